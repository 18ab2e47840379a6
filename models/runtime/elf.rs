//! Whether a file can be a shared library of this machine, before the dynamic linker maps it. The
//! linker itself dies of SIGBUS on a file that was cut short, which no caller could report.
//!
//! Source of the offsets: System V ABI, "ELF header" and "Program header", 64-bit little-endian.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: usize = 56;
const PT_LOAD: u64 = 1;
const ET_DYN: u64 = 3;

/// `e_machine` of the libraries this program can load, and its name; `None` where not known.
const MACHINE: Option<(u64, &str)> = if cfg!(target_arch = "x86_64") {
    Some((62, "x86_64"))
} else if cfg!(target_arch = "aarch64") {
    Some((183, "aarch64"))
} else {
    None
};

/// `Err` says what is wrong with the file, in words that follow its path.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let unreadable = |error: io::Error| error.to_string();
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)
        .map_err(|_| format!("it has only {length} bytes"))?;
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Err("it is no 64-bit ELF file".to_owned());
    }
    if number(&header, 16, 2) != ET_DYN {
        return Err("it is an ELF file, but no shared library".to_owned());
    }
    let machine = number(&header, 18, 2);
    if let Some((expected, name)) = MACHINE
        && machine != expected
    {
        return Err(format!(
            "it is for another machine than {name} (ELF machine {machine})"
        ));
    }
    let (programs_at, count) = (number(&header, 32, 8), number(&header, 56, 2));
    let (sections_at, section_bytes) = (number(&header, 40, 8), number(&header, 58, 2));
    let sections_end = sections_at.saturating_add(section_bytes * number(&header, 60, 2));
    let mut end = sections_end;
    let mut programs = vec![0; count as usize * PROGRAM_HEADER_BYTES];
    let cut = |needed: u64| format!("it was cut short: it needs {needed} bytes and has {length}");
    file.seek(SeekFrom::Start(programs_at))
        .map_err(unreadable)?;
    file.read_exact(&mut programs)
        .map_err(|_| cut(programs_at.saturating_add(programs.len() as u64)))?;
    for program in programs.chunks_exact(PROGRAM_HEADER_BYTES) {
        if number(program, 0, 4) == PT_LOAD {
            end = end.max(number(program, 8, 8).saturating_add(number(program, 32, 8)));
        }
    }
    if end > length { Err(cut(end)) } else { Ok(()) }
}

/// Why the dynamic linker refused a library, in its own words.
pub(crate) fn refusal(error: &libloading::Error) -> String {
    let own = std::error::Error::source(error);
    own.map_or(error.to_string(), ToString::to_string)
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes[at..at + width]
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
