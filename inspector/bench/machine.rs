//! What machine this is. Belongs here: what Linux and NVML tell of it. What they do not tell stays absent and
//! is never guessed.

use super::nvml::Gpus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The machine, as it was when the report began. What it does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Model name of the processor.
    pub processor: String,
    /// Processors that this program may use.
    pub cores: usize,
    /// Of those that matter to a model: avx2, avx512f, avx512_vnni, avx512_bf16, amx_bf16, amx_int8, neon …
    pub instructions: Vec<String>,
    /// Whether it is a virtual machine.
    pub is_virtual: bool,
    /// MHz, when the report began; of the slowest and the fastest processor.
    pub clock_mhz: Option<[f64; 2]>,
    /// Frequency governor of the processors.
    pub governor: Option<String>,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Name and release, as `Linux 6.1.0-…`.
    pub kernel: String,
    /// `Debian GNU/Linux 13 (trixie)`.
    pub system: String,
    /// Processes that could run, averaged over a minute, when the report began.
    pub load: Option<f64>,
    /// Every GPU that NVML names.
    pub gpus: Vec<Gpu>,
    /// Version of ONNX Runtime.
    pub onnxruntime: String,
    /// Its build and what is behind each provider of it: OpenVINO, CUDA, driver.
    pub providers: Vec<String>,
}

/// A GPU as NVML tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Product name, as NVML says it.
    pub name: String,
    /// Version of its driver.
    pub driver: String,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Watts that it may draw.
    pub power_limit_w: Option<f64>,
    /// MHz of its processors, when the report began.
    pub clock_mhz: Option<u32>,
}

/// Instructions that matter to a model, as Linux names them, and as they are known.
const INSTRUCTIONS: [(&str, &str); 20] = [
    ("avx", "avx"),
    ("avx2", "avx2"),
    ("fma", "fma"),
    ("f16c", "f16c"),
    ("avx_vnni", "avx_vnni"),
    ("avx512f", "avx512f"),
    ("avx512_vnni", "avx512_vnni"),
    ("avx512_bf16", "avx512_bf16"),
    ("avx512_fp16", "avx512_fp16"),
    ("amx_tile", "amx_tile"),
    ("amx_bf16", "amx_bf16"),
    ("amx_int8", "amx_int8"),
    ("neon", "neon"),
    ("asimd", "neon"),
    ("asimdhp", "asimdhp"),
    ("asimddp", "asimddp"),
    ("bf16", "bf16"),
    ("i8mm", "i8mm"),
    ("sve", "sve"),
    ("sve2", "sve2"),
];

/// `CPU part` of Arm's own cores (implementer 0x41), from the main ID registers of their manuals.
const ARM_PARTS: [(&str, &str); 12] = [
    ("0xd03", "Cortex-A53"),
    ("0xd05", "Cortex-A55"),
    ("0xd08", "Cortex-A72"),
    ("0xd0b", "Cortex-A76"),
    ("0xd0c", "Neoverse-N1"),
    ("0xd40", "Neoverse-V1"),
    ("0xd41", "Cortex-A78"),
    ("0xd42", "Cortex-A78AE"),
    ("0xd44", "Cortex-X1"),
    ("0xd47", "Cortex-A710"),
    ("0xd49", "Neoverse-N2"),
    ("0xd4f", "Neoverse-V2"),
];

/// Describes the machine whose files lie under `root`, which is `/` but in tests. `onnxruntime` and
/// `providers` are what the library says of itself.
pub fn read(root: &Path, onnxruntime: String, providers: Vec<String>) -> Machine {
    let gpus = Gpus::open().map_or_else(Vec::new, |gpus| gpus.describe());
    Machine {
        gpus,
        onnxruntime,
        providers,
        ..read_files(root)
    }
}

fn read_files(root: &Path) -> Machine {
    let cpuinfo = text(root, "proc/cpuinfo").unwrap_or_default();
    let flags = flags(&cpuinfo);
    let known = INSTRUCTIONS.into_iter();
    Machine {
        processor: processor(root, &cpuinfo),
        cores: std::thread::available_parallelism().map_or(0, |cores| cores.get()),
        instructions: known
            .filter(|(flag, _)| flags.contains(flag))
            .map(|(_, name)| name.to_owned())
            .collect(),
        is_virtual: flags.contains(&"hypervisor")
            // Arm has no such flag.
            || root.join("sys/hypervisor/type").exists()
            || root.join("proc/device-tree/hypervisor").exists(),
        clock_mhz: clock_mhz(root),
        governor: governor(root),
        memory_bytes: memory_bytes(root).unwrap_or(0),
        kernel: kernel(root).unwrap_or_default(),
        system: system(root).unwrap_or_default(),
        load: load(root),
        ..Machine::default()
    }
}

/// MHz of the slowest and of the fastest processor at this moment.
pub fn clock_mhz(root: &Path) -> Option<[f64; 2]> {
    let kilohertz = |folder: PathBuf| -> Option<f64> {
        let text = fs::read_to_string(folder.join("cpufreq/scaling_cur_freq")).ok()?;
        text.trim().parse().ok()
    };
    let mut clocks: Vec<f64> = processors(root)
        .into_iter()
        .filter_map(kilohertz)
        .map(|clock| clock / 1e3)
        .collect();
    if clocks.is_empty() {
        clocks = counted_clocks(&text(root, "proc/cpuinfo")?);
    }
    let slowest = clocks.iter().copied().reduce(f64::min)?;
    let fastest = clocks.iter().copied().reduce(f64::max)?;
    Some([slowest, fastest])
}

/// `cpu MHz`, only where the processor counts it: elsewhere Linux prints a constant there, whatever the clock.
fn counted_clocks(cpuinfo: &str) -> Vec<f64> {
    if !flags(cpuinfo).contains(&"aperfmperf") {
        return Vec::new();
    }
    let clocks = values(cpuinfo, "cpu MHz");
    clocks.filter_map(|clock| clock.parse().ok()).collect()
}

/// Folders of the processors, `…/cpu0` and so on.
pub(super) fn processors(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root.join("sys/devices/system/cpu")) else {
        return Vec::new();
    };
    let is_processor = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix("cpu"));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(is_processor).collect()
}

/// Each value of a key of `/proc/cpuinfo`.
fn values<'a>(cpuinfo: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    pairs
        .filter(move |(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

fn flags(cpuinfo: &str) -> Vec<&str> {
    let found = values(cpuinfo, "flags")
        .chain(values(cpuinfo, "Features"))
        .next();
    found.unwrap_or_default().split_whitespace().collect()
}

fn processor(root: &Path, cpuinfo: &str) -> String {
    if let Some(name) = values(cpuinfo, "model name").next() {
        return name.to_owned();
    }
    // Arm: the board, and its kinds of cores, of which there may be several.
    let board = text(root, "proc/device-tree/model");
    let board = board.map(|board| board.trim_matches(['\0', '\n', ' ']).to_owned());
    let is_arms_own = values(cpuinfo, "CPU implementer").all(|implementer| implementer == "0x41");
    let mut cores: Vec<String> = Vec::new();
    for part in values(cpuinfo, "CPU part") {
        let known = ARM_PARTS.iter().find(|(number, _)| *number == part);
        let core = match known.filter(|_| is_arms_own) {
            Some((_, name)) => (*name).to_owned(),
            None => format!("CPU part {part}"),
        };
        if !cores.contains(&core) {
            cores.push(core);
        }
    }
    match (board, cores.is_empty()) {
        (Some(board), true) => board,
        (Some(board), false) => format!("{board} ({})", cores.join(" + ")),
        (None, _) => cores.join(" + "),
    }
}

fn governor(root: &Path) -> Option<String> {
    let mut found: Vec<String> = processors(root)
        .into_iter()
        .filter_map(|folder| fs::read_to_string(folder.join("cpufreq/scaling_governor")).ok())
        .map(|governor| governor.trim().to_owned())
        .collect();
    found.sort();
    found.dedup();
    (!found.is_empty()).then(|| found.join(" + "))
}

fn memory_bytes(root: &Path) -> Option<u64> {
    let text = text(root, "proc/meminfo")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

fn kernel(root: &Path) -> Option<String> {
    if let Some(release) = text(root, "proc/sys/kernel/osrelease") {
        return Some(format!("Linux {}", release.trim()));
    }
    let version = text(root, "proc/version")?;
    let release = version.strip_prefix("Linux version ")?;
    Some(format!("Linux {}", release.split_whitespace().next()?))
}

fn system(root: &Path) -> Option<String> {
    let text = text(root, "etc/os-release")?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim().trim_matches(['"', '\'']).to_owned())
}

fn load(root: &Path) -> Option<f64> {
    text(root, "proc/loadavg")?.split(' ').next()?.parse().ok()
}

fn text(root: &Path, path: &str) -> Option<String> {
    fs::read_to_string(root.join(path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const X86: &str = "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i5-13500\ncpu MHz\t\t: 2500.000\n\
        flags\t\t: fpu avx avx2 fma avx_vnni aperfmperf\n\nprocessor\t: 1\n\
        model name\t: Intel(R) Core(TM) i5-13500\ncpu MHz\t\t: 800.000\nflags\t\t: fpu avx avx2\n";

    #[test]
    fn a_pc_tells_what_it_is() {
        let root = folder(&[
            ("proc/cpuinfo", X86),
            (
                "proc/meminfo",
                "MemTotal:       16316412 kB\nMemFree: 1 kB\n",
            ),
            ("proc/sys/kernel/osrelease", "6.12.48-amd64\n"),
            (
                "etc/os-release",
                "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n",
            ),
            ("proc/loadavg", "0.48 0.30 0.60 1/84 3132\n"),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq",
                "4800000\n",
            ),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                "powersave\n",
            ),
            (
                "sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq",
                "3500000\n",
            ),
            (
                "sys/devices/system/cpu/cpu10/cpufreq/scaling_governor",
                "powersave\n",
            ),
            (
                "sys/devices/system/cpu/cpuidle/current_driver",
                "intel_idle\n",
            ),
        ]);
        let machine = read_files(root.path());
        assert_eq!(machine.processor, "Intel(R) Core(TM) i5-13500");
        assert_eq!(machine.instructions, ["avx", "avx2", "fma", "avx_vnni"]);
        assert!(!machine.is_virtual);
        assert_eq!(machine.clock_mhz, Some([3_500.0, 4_800.0]));
        assert_eq!(machine.governor.as_deref(), Some("powersave"));
        assert_eq!(machine.memory_bytes, 16_316_412 * 1_024);
        assert_eq!(machine.kernel, "Linux 6.12.48-amd64");
        assert_eq!(machine.system, "Debian GNU/Linux 13 (trixie)");
        assert_eq!(machine.load, Some(0.48));
        assert!(machine.cores > 0);
    }

    #[test]
    fn a_board_tells_what_it_is() {
        let core = |part| format!("CPU implementer\t: 0x41\nCPU part\t: {part}\n");
        let cpuinfo = format!(
            "Features\t: fp asimd asimdhp asimddp\n{}{}{}",
            core("0xd05"),
            core("0xd0b"),
            core("0xd0b")
        );
        let root = folder(&[
            ("proc/cpuinfo", &cpuinfo),
            ("proc/device-tree/model", "Radxa ROCK 5B\0"),
            (
                "proc/version",
                "Linux version 6.1.84-8-rk2410 (gcc) #8 SMP\n",
            ),
        ]);
        let machine = read_files(root.path());
        assert_eq!(machine.processor, "Radxa ROCK 5B (Cortex-A55 + Cortex-A76)");
        assert_eq!(machine.instructions, ["neon", "asimdhp", "asimddp"]);
        assert_eq!(machine.kernel, "Linux 6.1.84-8-rk2410");
    }

    #[test]
    fn a_virtual_machine_has_no_clock_to_tell() {
        let cpuinfo = "model name\t: Intel(R) Xeon(R) Processor\ncpu MHz\t: 2300.000\nflags\t: avx hypervisor\n";
        let machine = read_files(folder(&[("proc/cpuinfo", cpuinfo)]).path());
        assert!(machine.is_virtual);
        assert_eq!(machine.clock_mhz, None);
    }

    #[test]
    fn without_cpufreq_the_clock_is_what_the_processor_counts() {
        let root = folder(&[("proc/cpuinfo", X86)]);
        assert_eq!(clock_mhz(root.path()), Some([800.0, 2_500.0]));
    }

    #[test]
    fn what_cannot_be_read_is_absent() {
        let machine = read_files(folder(&[]).path());
        let cores = machine.cores;
        assert_eq!(
            machine,
            Machine {
                cores,
                ..Machine::default()
            }
        );
    }
}
