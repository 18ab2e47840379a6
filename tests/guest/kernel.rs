//! A Debian kernel with the modules that the cases need, from the package, in a cache; nothing is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An unpacked kernel package.
pub struct Kernel {
    /// Holds `boot/` and `lib/modules/`.
    pub root: PathBuf,
    /// What `uname -r` will say.
    pub version: String,
    /// The package's own, which its sources have too.
    pub package_version: String,
}

impl Kernel {
    /// The bootable image.
    pub fn image(&self) -> PathBuf {
        self.root.join(format!("boot/vmlinuz-{}", self.version))
    }

    /// The files of a module and of all it needs, in the order of loading.
    pub fn modules(&self, name: &str) -> Result<Vec<PathBuf>, String> {
        let root = self.root.to_string_lossy();
        let shown = said(
            Command::new("modprobe")
                .args(["-d", &root, "-S", &self.version])
                .args(["--show-depends", name]),
        )?;
        let paths = shown
            .lines()
            .filter_map(|line| line.strip_prefix("insmod "));
        let paths = paths.filter_map(|line| line.split(' ').next());
        Ok(paths.map(PathBuf::from).collect())
    }
}

/// What a command printed; an error with its own words when it fails.
pub fn said(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name}: {error}; run `make setup-test`"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}: {}", output.status, words.trim()))
}

/// The newest kernel that the package lists name, downloaded unless the cache has it; where the lists
/// name none, the newest in the cache.
pub fn ready() -> Result<Kernel, String> {
    if !cfg!(target_arch = "x86_64") {
        return Err("the guest is an x86-64 machine, and this is not".to_owned());
    }
    let cache = cache()?;
    std::fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let package = match wanted() {
        Ok(package) => package,
        Err(why) => cached(&cache).ok_or(why)?,
    };
    let root = cache.join(&package);
    if !root.is_dir() {
        fetch(&cache, &package)?;
    }
    let version = package.trim_start_matches("linux-image-").to_owned();
    let package_version = root.join("package-version");
    let package_version = std::fs::read_to_string(&package_version)
        .map_err(|error| format!("{}: {error}", package_version.display()))?;
    Ok(Kernel {
        root,
        version,
        package_version: package_version.trim().to_owned(),
    })
}

fn cache() -> Result<PathBuf, String> {
    let chosen = std::env::var_os("INSPECTOR_TEST_CACHE").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/inspector"));
    let base = chosen.or_else(home);
    let base = base.ok_or("neither INSPECTOR_TEST_CACHE nor HOME says where to keep a kernel")?;
    Ok(base.join("guest-kernel"))
}

fn wanted() -> Result<String, String> {
    let shown = said(Command::new("apt-cache").args(["depends", "linux-image-amd64"]))?;
    let depends = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "));
    let mut kernels = depends.filter(|name| name.starts_with("linux-image-"));
    let found = kernels.next().map(str::to_owned);
    found.ok_or_else(|| {
        "the package lists name no kernel (linux-image-amd64); run `apt-get update`".to_owned()
    })
}

fn cached(cache: &Path) -> Option<String> {
    let names = std::fs::read_dir(cache).ok()?.flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with("linux-image-")).max()
}

/// Unpacks beside the cache and moves into it, so that a folder of that name is always whole.
fn fetch(cache: &Path, package: &str) -> Result<(), String> {
    let scratch = tempfile::tempdir_in(cache).map_err(|error| error.to_string())?;
    // apt downloads as another user where it can.
    said(
        Command::new("apt-get")
            .args(["download", "-q", package])
            .current_dir(&scratch),
    )?;
    let unpack = "set -e; mkdir root; dpkg-deb --fsys-tarfile linux-image-*.deb > all.tar
        tar -x -f all.tar -C root --wildcards './boot/vmlinuz*' './lib/modules/*/modules.*' \
            './lib/modules/*/kernel/drivers/media/*' './lib/modules/*/kernel/drivers/i2c/*' \
            './lib/modules/*/kernel/drivers/video/*' './lib/modules/*/kernel/sound/*' \
            './lib/modules/*/kernel/drivers/input/*' './lib/modules/*/kernel/drivers/gpio/*' \
            './lib/modules/*/kernel/fs/configfs/*'
        dpkg-deb -f linux-image-*.deb Version > root/package-version
        depmod -b root \"${1#linux-image-}\"";
    said(
        Command::new("sh")
            .args(["-c", unpack, "sh", package])
            .current_dir(&scratch),
    )?;
    let to = cache.join(package);
    match std::fs::rename(scratch.path().join("root"), &to) {
        // Another test run was faster.
        Err(_) if to.is_dir() => Ok(()),
        result => result.map_err(|error| format!("{}: {error}", to.display())),
    }
}
