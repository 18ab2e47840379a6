//! How a version of a recipe comes to be a file: prepared under a name that nobody loads, then given its own.

use super::recipe_text::text_of;
use crate::hash::sha256;
use crate::station::part::Style;
use crate::station::recipe::Recipe;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A path, and what the system said of it.
#[derive(Debug)]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// What was said.
    pub error: io::Error,
}

impl FileError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |error| Self {
            path: path.to_owned(),
            error,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for FileError {}

/// A version on the disk, durable, under a name that nobody loads: `5.tmp`.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    target: PathBuf,
    sha256: String,
}

impl Prepared {
    /// Of its content, in hex; that of the recipe file which it becomes.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe file which it becomes.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Its style and version; `None` for what an older program left.
    pub fn number(&self) -> Option<(Style, u32)> {
        let style = self.path.parent()?.file_name()?.to_str()?;
        Some((Style::of_folder(style).ok()?, number_of(&self.path)?))
    }

    /// Gives it its name. A version is never overwritten.
    ///
    /// # Errors
    /// When it keeps the name that it has.
    pub fn publish(self) -> Result<(), FileError> {
        // A hard link, unlike a rename, refuses to replace what is there.
        match std::fs::hard_link(&self.path, &self.target) {
            // As when the station was killed between the two names.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.is_linked() => {}
            linked => linked.map_err(FileError::at(&self.target))?,
        }
        std::fs::remove_file(&self.path).map_err(FileError::at(&self.path))?;
        synced(&self.target)
    }

    /// It never was.
    pub fn discard(self) {
        // What stays is removed by the next start.
        let _ = std::fs::remove_file(&self.path);
    }

    fn is_linked(&self) -> bool {
        std::fs::read(&self.target).is_ok_and(|bytes| sha256(&bytes) == self.sha256)
    }
}

fn synced(file: &Path) -> Result<(), FileError> {
    let folder = file.parent().unwrap_or(file);
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(FileError::at(folder))
}

/// Makes a version durable under a preliminary name.
///
/// # Errors
/// When the disk does not take it.
pub fn prepare(folder: &Path, recipe: &Recipe, cameras: &[String]) -> Result<Prepared, FileError> {
    let folder = folder.join(recipe.style.folder());
    let target = folder.join(format!("{}.toml", recipe.version));
    let text = text_of(recipe, cameras).map_err(FileError::at(&target))?;
    std::fs::create_dir_all(&folder).map_err(FileError::at(&folder))?;
    let path = target.with_extension("tmp");
    let written = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
    });
    if let Err(error) = written {
        let _ = std::fs::remove_file(&path);
        return Err(FileError { path, error });
    }
    synced(&path)?;
    Ok(Prepared {
        sha256: sha256(text.as_bytes()),
        path,
        target,
    })
}

/// What was prepared and neither published nor discarded.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn unfinished(folder: &Path) -> Result<Vec<Prepared>, FileError> {
    let mut all = Vec::new();
    for style in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in entries(&style)? {
            if path.extension().is_none_or(|ending| ending != "tmp") || !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(FileError::at(&path))?;
            all.push(Prepared {
                sha256: sha256(&bytes),
                target: path.with_extension("toml"),
                path,
            });
        }
    }
    Ok(all)
}

/// The largest number of a style's files; 0 where it has none.
///
/// # Errors
/// When the folder cannot be read.
pub fn newest_number(folder: &Path, style: Style) -> Result<u32, FileError> {
    let numbers = entries(&folder.join(style.folder()))?;
    let numbers = numbers.iter().filter_map(|path| {
        let is_recipe = path.extension().is_some_and(|ending| ending == "toml");
        number_of(path).filter(|_| is_recipe)
    });
    Ok(numbers.max().unwrap_or(0))
}

/// The version that a file's name says.
fn number_of(path: &Path) -> Option<u32> {
    let stem = path.file_stem()?.to_str()?;
    stem.parse()
        .ok()
        .filter(|version: &u32| version.to_string() == stem)
}

/// What lies in a folder; nothing where there is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let read = std::fs::read_dir(folder).and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<io::Result<Vec<_>>>()
    });
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(FileError::at(folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::recipes::{load_all, newest};
    use crate::station::recipe::RecipeView;
    use crate::station::time::WallTime;
    use crate::station::verdict::{Score, Thresholds};

    fn recipe(style: &str, version: u32) -> Recipe {
        let thresholds = Score::new(0.4).zip(Score::new(0.5));
        let thresholds = thresholds.and_then(|(accept, reject)| Thresholds::new(accept, reject));
        let view = RecipeView {
            name: "top".to_owned(),
            camera: 0,
            model: "demo".to_owned(),
            thresholds: thresholds.expect("thresholds"),
            place: Default::default(),
        };
        Recipe {
            style: Style::new(style).expect("a style"),
            version,
            author: "Li".to_owned(),
            reason: "a test".to_owned(),
            created_at: WallTime(1_764_270_000_000_000),
            rules: Default::default(),
            views: [view].into_iter().collect(),
        }
    }

    #[test]
    fn what_is_written_for_a_style_is_read_back_whatever_the_style_is_called() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("recipes");
        let cameras = ["top".to_owned()];
        let styles = ["50%", "M6/10", "a%2Fb", "支架 3"];
        for style in styles {
            for version in [1, 2] {
                let written = prepare(&folder, &recipe(style, version), &cameras);
                written.expect("durable").publish().expect("named");
            }
        }
        let other = Recipe {
            author: "Wang".to_owned(),
            ..recipe("M6/10", 2)
        };
        let again = prepare(&folder, &other, &cameras).expect("durable");
        let left = again.path().to_owned();
        let refused = again.publish().expect_err("a version is never overwritten");
        assert_eq!(refused.error.kind(), io::ErrorKind::AlreadyExists);
        let unfinished = unfinished(&folder).expect("readable");
        assert_eq!((unfinished.len(), unfinished[0].path()), (1, &*left));
        let number = unfinished[0]
            .number()
            .map(|(style, version)| (style.to_string(), version));
        assert_eq!(number, Some(("M6/10".to_owned(), 2)));
        let found = load_all(&folder, &cameras).expect("read");
        assert!(found.strays.is_empty(), "{:?}", found.strays);
        let newest = newest(&found.files);
        let read: Vec<&str> = newest
            .iter()
            .map(|file| file.recipe.style.as_str())
            .collect();
        assert_eq!(read, styles);
        assert!(newest.iter().all(|file| file.recipe.version == 2));
        // Nothing beside them, and no folder within a folder.
        let beside = std::fs::read_dir(home.path()).expect("read").count();
        assert_eq!(
            (beside, std::fs::read_dir(&folder).expect("read").count()),
            (1, 4)
        );
        assert!(folder.join("M6%2F10/2.toml").is_file());
    }
}
