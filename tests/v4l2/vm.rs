//! The virtual machine: an initramfs around this test program, and QEMU without hardware help.

use crate::IN_GUEST;
use crate::kernel::{Kernel, said};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Seconds until a machine that hangs is ended. It takes about 20.
const TIME_LIMIT: &str = "110";

/// Boots, runs the cases, powers off; returns what the serial line said.
pub fn boot(kernel: &Kernel) -> Result<String, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let initrd = initramfs(kernel, scratch.path())?;
    let mut qemu = Command::new("timeout");
    qemu.args(["-k", "5", TIME_LIMIT, "qemu-system-x86_64"])
        .args(["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "1024"])
        .args([
            "-nodefaults",
            "-display",
            "none",
            "-no-reboot",
            "-serial",
            "stdio",
        ])
        .args(["-append", "console=ttyS0 quiet panic=-1 tsc=reliable"])
        .arg("-kernel")
        .arg(kernel.image())
        .arg("-initrd")
        .arg(initrd);
    let output = qemu.stdin(std::process::Stdio::null()).output();
    let output = output.map_err(|error| format!("timeout: {error}"))?;
    let mut serial = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => {}
        // Of `timeout`: the program could not be started.
        Some(126 | 127) => return Err("no qemu-system-x86_64; run `make setup-test`".to_owned()),
        Some(124 | 137) => serial.push_str("\nended: it ran longer than the limit"),
        _ => serial.push_str(&String::from_utf8_lossy(&output.stderr)),
    }
    Ok(serial)
}

fn initramfs(kernel: &Kernel, scratch: &Path) -> Result<PathBuf, String> {
    let root = scratch.join("root");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut load = String::new();
    for folder in ["bin", "proc", "sys", "dev", "tmp", "modules"] {
        let path = root.join(folder);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for module in kernel.modules("vivid")? {
        let name = module.file_name().unwrap_or_default().to_string_lossy();
        // Debian's older kernels leave modules as they are, newer ones pack them.
        let plain = name.trim_end_matches(".xz");
        copy(&module, &root.join("modules").join(&*name))?;
        if plain != name {
            said(
                Command::new("xz")
                    .arg("-d")
                    .arg(root.join("modules").join(&*name)),
            )?;
        }
        let options = match plain {
            "vivid.ko" => crate::cases::VIVID_OPTIONS,
            _ => "",
        };
        load.push_str(&format!("insmod /modules/{plain} {options}\n"));
    }
    copy(Path::new("/bin/busybox"), &root.join("bin/busybox"))?;
    copy(&program, &root.join("bin/cases"))?;
    for library in libraries(&program)? {
        let relative = library.strip_prefix("/").unwrap_or(&library);
        copy(&library, &root.join(relative))?;
    }
    let init = format!(
        "#!/bin/busybox sh\n/bin/busybox --install -s /bin\nexport PATH=/bin {IN_GUEST}=1\n\
         mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev\n\
         {load}cases guest --exact --ignored --nocapture --test-threads=1\npoweroff -f\n"
    );
    std::fs::write(root.join("init"), init).map_err(|error| error.to_string())?;
    let pack = "chmod +x init && find . | cpio -o -H newc --quiet | gzip -1 > ../initrd";
    said(Command::new("sh").args(["-c", pack]).current_dir(&root))?;
    Ok(scratch.join("initrd"))
}

fn libraries(program: &Path) -> Result<Vec<PathBuf>, String> {
    let shown = said(Command::new("ldd").arg(program))?;
    let words = shown
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    Ok(words.map(PathBuf::from).collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().unwrap_or(to);
    let copied = std::fs::create_dir_all(folder).and_then(|()| std::fs::copy(from, to));
    let missing = |error| format!("{}: {error}; run `make setup-test`", from.display());
    copied.map(drop).map_err(missing)
}
