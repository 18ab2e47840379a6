//! The kernel's simulator of GPIO chips, which Debian does not build: made of the kernel's own sources, as a module, in
//! the cache; nothing is installed.

use crate::kernel::{Kernel, said};
use std::path::PathBuf;
use std::process::Command;

/// One file of each: what is missing in a kernel that was built without it. `irq_to_desc` is for built-in code only.
const BUILD: &str = r#"set -e
version=$1 source=$2
for package in linux-headers-*.deb linux-kbuild-*.deb; do dpkg-deb -x "$package" .; done
dpkg-deb --fsys-tarfile linux-source-*.deb > source.tar
tar -x -O -f source.tar --wildcards "./usr/src/$source.tar.xz" | xz -d | tar -x --strip-components=1 --wildcards \
    '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
mkdir module
cp drivers/gpio/gpiolib.h kernel/irq/irq_sim.c module/
cp drivers/gpio/gpio-sim.c module/gpio-sim-main.c
sed -i 's/handle_simple_irq(irq_to_desc(\(.*\)));/generic_handle_irq_safe(\1);/' module/irq_sim.c
printf 'obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n' > module/Kbuild
headers=$PWD/usr/src/linux-headers-$version
sed -i "s#/usr/src/#$PWD/usr/src/#" "$headers/Makefile"
make -C "$headers" "M=$PWD/module" modules
strip --strip-debug module/gpio-sim.ko
"#;

/// The module's file, from the kernel's package or built beside it; built once for each kernel.
pub fn gpio_sim(kernel: &Kernel) -> Result<Vec<PathBuf>, String> {
    if let Ok(modules) = kernel.modules("gpio-sim") {
        return Ok(modules);
    }
    let built = kernel.root.join("gpio-sim.ko");
    if !built.is_file() {
        build(kernel, &built).map_err(|why| format!("the module gpio-sim was not built: {why}"))?;
    }
    let mut modules = kernel.modules("configfs")?;
    modules.push(built);
    Ok(modules)
}

fn build(kernel: &Kernel, to: &PathBuf) -> Result<(), String> {
    let headers = format!("linux-headers-{}", kernel.version);
    let shown = said(Command::new("apt-cache").args(["depends", &headers]))?;
    let depends = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .filter(|name| name.starts_with("linux-headers-") || name.starts_with("linux-kbuild-"));
    let mut packages: Vec<String> = depends.map(str::to_owned).collect();
    let kbuild = packages
        .iter()
        .find_map(|name| name.strip_prefix("linux-kbuild-"));
    let series = kbuild.ok_or_else(|| format!("{headers} depends on no linux-kbuild-…"))?;
    let source = format!("linux-source-{series}");
    packages.extend([headers, source.clone()]);
    // The headers are of the kernel's own build, and the source is to be of the same.
    let wanted = packages
        .iter()
        .map(|name| format!("{name}={}", kernel.package_version));
    let scratch = tempfile::tempdir_in(&kernel.root).map_err(|error| error.to_string())?;
    said(
        Command::new("apt-get")
            .args(["download", "-q"])
            .args(wanted)
            .current_dir(&scratch),
    )?;
    said(
        Command::new("sh")
            .args(["-c", BUILD, "sh", &kernel.version, &source])
            .current_dir(&scratch),
    )?;
    std::fs::rename(scratch.path().join("module/gpio-sim.ko"), to)
        .map_err(|error| format!("{}: {error}", to.display()))
}
