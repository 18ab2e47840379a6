//! The log in the data folder: `log/events.jsonl` and those before it, of bounded size.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that has grown so large is put aside.
const BYTES_MAX: u64 = 8 << 20;
/// Files kept: the one that is written, and those before it.
pub const FILES_MAX: usize = 4;

/// The files of the log in this data folder, oldest first, whether or not they are there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let older = (1..FILES_MAX).rev();
    let mut files: Vec<PathBuf> = older
        .map(|n| folder.join(format!("events.{n}.jsonl")))
        .collect();
    files.push(folder.join("events.jsonl"));
    files
}

/// The folder of the log in a data folder.
pub fn folder_in(data: &Path) -> PathBuf {
    data.join("log")
}

/// Writes lines, and begins a new file when one is full. Opened with the first line, and again after an error.
pub(super) struct RotatingFile {
    folder: PathBuf,
    open: Option<(File, u64)>,
    bytes_max: u64,
}

impl RotatingFile {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            open: None,
            bytes_max: BYTES_MAX,
        }
    }

    fn opened(&mut self) -> io::Result<&mut (File, u64)> {
        if self
            .open
            .as_ref()
            .is_some_and(|(_, bytes)| *bytes >= self.bytes_max)
        {
            self.open = None;
            let files = files(&self.folder);
            for pair in files.windows(2) {
                // Those that are not there yet cannot be moved.
                let _ = std::fs::rename(&pair[1], &pair[0]);
            }
        }
        match &mut self.open {
            Some(open) => Ok(open),
            none => {
                std::fs::create_dir_all(&self.folder)?;
                let path = self.folder.join("events.jsonl");
                let file = File::options().create(true).append(true).open(path)?;
                let bytes = file.metadata()?.len();
                Ok(none.insert((file, bytes)))
            }
        }
    }
}

impl Write for RotatingFile {
    /// A whole line at once, or nothing of it is counted.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let (file, bytes) = self.opened()?;
        match file.write_all(line) {
            Ok(()) => {
                *bytes += line.len() as u64;
                Ok(line.len())
            }
            Err(error) => {
                self.open = None;
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_bounded_and_nothing_between_them_is_lost() {
        let home = tempfile::tempdir().expect("a folder");
        let mut log = RotatingFile {
            bytes_max: 100,
            ..RotatingFile::new(home.path())
        };
        let line = |n: u32| format!("{n:09}\n");
        for n in 0..38 {
            log.write_all(line(n).as_bytes()).expect("written");
        }
        let files = files(home.path());
        let texts: Vec<String> = files
            .iter()
            .map(|file| std::fs::read_to_string(file).expect("a file"))
            .collect();
        let expected: String = (0..38).map(line).collect();
        assert_eq!(texts.concat(), expected);
        for n in 38..60 {
            log.write_all(line(n).as_bytes()).expect("written");
        }
        let kept: String = files
            .iter()
            .map(|file| std::fs::read_to_string(file).expect("a file"))
            .collect();
        assert!(kept.ends_with(&line(59)) && kept.len() <= 4 * 100, "{kept}");
        assert_eq!(
            std::fs::read_dir(home.path()).expect("a folder").count(),
            FILES_MAX
        );
    }
}
