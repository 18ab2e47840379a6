//! The virtual machine: an initramfs around this test program, and QEMU without hardware help.

use crate::IN_GUEST;
use crate::kernel::{Kernel, said};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Seconds until a machine that hangs is ended. It takes about 40.
const TIME_LIMIT: &str = "200";

/// Boots, runs the cases, powers off; returns what the serial line said. `gpio_sim` is empty where there is no such module.
pub fn boot(kernel: &Kernel, gpio_sim: &[PathBuf]) -> Result<String, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let initrd = initramfs(kernel, gpio_sim, scratch.path())?;
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

fn initramfs(kernel: &Kernel, gpio_sim: &[PathBuf], scratch: &Path) -> Result<PathBuf, String> {
    let root = scratch.join("root");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    for folder in ["bin", "proc", "sys", "dev", "tmp", "modules"] {
        let path = root.join(folder);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut modules = gpio_sim.to_vec();
    for name in ["vivid", "evdev", "uinput"] {
        modules.extend(kernel.modules(name)?);
    }
    let load = loading(&modules, &root)?;
    copy(Path::new("/bin/busybox"), &root.join("bin/busybox"))?;
    // Debug information is the largest part of it.
    let stripped = root.join("bin/cases");
    said(
        Command::new("strip")
            .arg("--strip-debug")
            .arg("-o")
            .arg(&stripped)
            .arg(&program),
    )?;
    for library in libraries(&program)? {
        let relative = library.strip_prefix("/").unwrap_or(&library);
        copy(&library, &root.join(relative))?;
    }
    let gpio = if gpio_sim.is_empty() {
        "no-gpio"
    } else {
        "gpio"
    };
    let init = format!(
        "#!/bin/busybox sh\n/bin/busybox --install -s /bin\nexport PATH=/bin {IN_GUEST}={gpio}\n\
         mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev\n\
         {load}mount -t configfs configfs /sys/kernel/config\n\
         cases guest --exact --ignored --nocapture --test-threads=1\npoweroff -f\n"
    );
    std::fs::write(root.join("init"), init).map_err(|error| error.to_string())?;
    let pack = "chmod +x init && find . | cpio -o -H newc --quiet > ../initrd";
    said(Command::new("sh").args(["-c", pack]).current_dir(&root))?;
    Ok(scratch.join("initrd"))
}

/// Copies modules into the machine; how they are loaded there.
fn loading(modules: &[PathBuf], root: &Path) -> Result<String, String> {
    let mut load = String::new();
    for module in modules {
        let name = module.file_name().unwrap_or_default().to_string_lossy();
        // Debian's older kernels leave modules as they are, newer ones pack them.
        let plain = name.trim_end_matches(".xz");
        let options = match plain {
            "vivid.ko" => crate::cases::VIVID_OPTIONS,
            _ => "",
        };
        let line = format!("insmod /modules/{plain} {options}\n");
        if load.contains(&line) {
            continue;
        }
        load.push_str(&line);
        copy(module, &root.join("modules").join(&*name))?;
        if plain != name {
            let packed = root.join("modules").join(&*name);
            said(Command::new("xz").arg("-d").arg(packed))?;
        }
    }
    Ok(load)
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
