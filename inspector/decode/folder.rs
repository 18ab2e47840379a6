//! Which files of a folder are pictures.

use std::io;
use std::path::{Path, PathBuf};

/// Endings of files that are looked into.
pub const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "bmp"];

/// Picture files of a folder, by name. Files whose names begin with a dot are none: file systems and other systems leave
/// them beside the real ones (`._00.png`).
///
/// # Errors
/// When the folder cannot be read.
pub fn pictures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let is_known = ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        if is_known && !is_hidden(&path) && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file's name begins with a dot.
pub fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_listed_by_name_and_hidden_files_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = [
            "b.PNG",
            "a.jpg",
            "._a.jpg",
            ".hidden.png",
            "c.JFIF",
            "d.txt",
            "png",
            "e.tif~",
        ];
        for name in names {
            std::fs::write(folder.path().join(name), b"").expect("written");
        }
        std::fs::create_dir(folder.path().join("f.png")).expect("a folder");
        let found = pictures(folder.path()).expect("listed");
        let found: Vec<_> = found.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(found, ["a.jpg", "b.PNG", "c.JFIF"]);
        assert!(pictures(&folder.path().join("gone")).is_err());
    }
}
