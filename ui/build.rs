//! Compiles the crate again when the built web app changes.

#[allow(clippy::print_stdout, reason = "this is how cargo is told")]
fn main() {
    // An empty folder stands for "not built yet": cargo would take a missing one as changed at every build.
    if let Err(error) = std::fs::create_dir_all("dist") {
        println!("cargo:warning=make the folder ui/dist: {error}");
    }
    println!("cargo:rerun-if-changed=dist");
}
