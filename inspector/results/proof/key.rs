//! The key that signs for a log: a file that its owner alone reads, in the data folder and in no backup.

use super::note::{Note, Signer, Verifier};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where it lies.
pub fn path(data: &Path) -> PathBuf {
    data.join("journal.key")
}

/// Reads it; `None` where there is none.
///
/// # Errors
/// When it is there and cannot be read, or is no key, or others than its owner may read it.
pub fn read(data: &Path) -> Result<Option<Signer>> {
    let path = path(data);
    let Some(signer) = read_from(&path)? else {
        return Ok(None);
    };
    let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(Some(signer)),
        _ => Err(Error::new(
            ErrorKind::PermissionDenied,
            format!(
                "expected a file that its owner alone can read (mode 600), found mode {mode:03o}: `chmod 600 {}`, and if \
                 somebody may have copied it, `inspector key new --replace`",
                path.display()
            ),
        )),
    }
}

fn read_from(path: &Path) -> Result<Option<Signer>> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(text) => Signer::of_secret(&text).map(Some).ok_or_else(|| {
            let why = "expected a signer's key, as `inspector key new` makes it, and found something else; put the right \
                       file back, or remove it so that the next start makes a key";
            Error::new(ErrorKind::InvalidData, why)
        }),
    }
}

/// What keys signed last, where the station keeps it: beside the key and in no backup, so that a log that is cut back or
/// exchanged is noticed. The note of the present key first; those of keys before it keep their places.
///
/// # Errors
/// When one is there and cannot be read.
pub fn kept(data: &Path) -> Result<Vec<(PathBuf, String)>> {
    let present = signed(data);
    let mut paths = Vec::new();
    for entry in data.read_dir().map_err(|error| at("read", data, &error))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_former =
            name.is_some_and(|name| name.starts_with("journal-") && name.ends_with(".signed"));
        if is_former || path == present {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| (*path != present, path.clone()));
    let read = |path: PathBuf| match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(at("read", &path, &error)),
    };
    paths.into_iter().map(read).collect()
}

/// Puts the note of the present key aside, under the name of the key that signed it: whatever is signed next does not
/// write over it.
///
/// # Errors
/// When it cannot be moved.
fn set_note_aside(data: &Path) -> Result<()> {
    let path = signed(data);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|error| at("read", &path, &error))?,
    };
    let note: Option<Note> = text.parse().ok();
    let signature = note.as_ref().and_then(|note| note.signatures.first());
    let name = signature.map_or_else(|| "unknown".to_owned(), |found| crate::hash::hex(&found.id));
    let to = data.join(format!("journal-{name}.signed"));
    std::fs::rename(&path, &to).map_err(|error| at("move", &path, &error))
}

/// A log was restored: the notes that lie there are of what was there before, and get names under which nobody holds this
/// log against them.
///
/// # Errors
/// When one cannot be moved.
pub fn set_notes_aside(data: &Path) -> Result<()> {
    for (path, _) in kept(data)? {
        let to = path.with_extension("signed-before-restore");
        std::fs::rename(&path, &to).map_err(|error| at("move", &path, &error))?;
    }
    File::open(data)?.sync_all()
}

/// Keeps a note there: the former one stays until this one is durable.
///
/// # Errors
/// When it cannot be written.
pub fn keep(data: &Path, note: &str) -> Result<()> {
    let path = signed(data);
    let partial = path.with_extension("signed.tmp");
    let written = File::create(&partial)
        .and_then(|mut file| {
            file.write_all(note.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&partial, &path))
        .and_then(|()| File::open(data)?.sync_all());
    written.map_err(|error| at("write", &path, &error))
}

/// Where the newest note lies that the key signed.
pub fn signed(data: &Path) -> PathBuf {
    data.join("journal.signed")
}

fn at(doing: &str, path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{doing} {}: {error}", path.display()))
}

/// The key that was put aside when another took its place, where it is still there.
pub fn former(data: &Path, verifier: &Verifier) -> Option<Signer> {
    let name = aside(&crate::hash::hex(&verifier.id()));
    let signer = read_from(&data.join(name)).ok().flatten()?;
    (signer.verifier() == verifier).then_some(signer)
}

fn aside(name: &str) -> String {
    format!("journal-{name}.key")
}

/// Makes one. What was there before gets another name, which says which key it is.
///
/// # Errors
/// When it cannot be written. What was there stays then.
pub fn make(data: &Path) -> Result<Signer> {
    let mut random = [0; 48];
    let drawn = SystemRandom::new().fill(&mut random);
    drawn.map_err(|_| Error::other("the system gave no random numbers"))?;
    let (name, seed) = random.split_at(16);
    // An origin must be one log's alone, and stations have no names that somebody would keep apart.
    let name = format!("inspector/{}", crate::hash::hex(name));
    let signer = seed
        .try_into()
        .ok()
        .and_then(|seed| Signer::new(&name, seed))
        .ok_or_else(|| Error::other("no key can be made of these random numbers"))?;
    let path = path(data);
    let partial = path.with_extension("key.tmp");
    // One that was left over might be readable by others.
    let _ = std::fs::remove_file(&partial);
    write(&partial, &signer).map_err(|error| at("write", &partial, &error))?;
    // The new one is there before the former loses its name.
    set_aside(data)?;
    set_note_aside(data)?;
    std::fs::rename(&partial, &path)?;
    File::open(data)?.sync_all()?;
    Ok(signer)
}

fn write(path: &Path, signer: &Signer) -> Result<()> {
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{}", signer.secret())?;
    file.sync_all()
}

/// Gives the key that is there a second name, under which it stays.
fn set_aside(data: &Path) -> Result<()> {
    let path = path(data);
    let name = match read_from(&path) {
        Ok(None) => return Ok(()),
        Ok(Some(former)) => crate::hash::hex(&former.verifier().id()),
        Err(_) => "unknown".to_owned(),
    };
    let mut to = data.join(aside(&name));
    // One of this name is another only where nobody knows what it is.
    for again in 2.. {
        match std::fs::hard_link(&path, &to) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if std::fs::read(&to).ok() == std::fs::read(&path).ok() {
                    return Ok(());
                }
                to = data.join(aside(&format!("{name}-{again}")));
            }
            linked => return linked,
        }
    }
    Ok(())
}
