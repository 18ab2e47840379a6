//! The key that signs for a log: a file that its owner alone reads, in the data folder and in no backup.

use super::note::{Signer, Verifier};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where it lies.
pub fn path(data: &Path) -> PathBuf {
    data.join("journal.key")
}

/// Reads it; `None` where there is none.
///
/// # Errors
/// When it is there and cannot be read, or is no key.
pub fn read(data: &Path) -> Result<Option<Signer>> {
    match std::fs::read_to_string(path(data)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(text) => Signer::of_secret(&text).map(Some).ok_or_else(|| {
            let why = "expected a signer's key, as `inspector key new` makes it, and found something else; put the right \
                       file back, or remove it so that the next start makes a key";
            Error::new(ErrorKind::InvalidData, why)
        }),
    }
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
    set_aside(data)?;
    let path = path(data);
    let partial = path.with_extension("key.tmp");
    // One that was left over might be readable by others.
    let _ = std::fs::remove_file(&partial);
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&partial)?;
    writeln!(file, "{}", signer.secret())?;
    file.sync_all()?;
    std::fs::rename(&partial, &path)?;
    File::open(data)?.sync_all()?;
    Ok(signer)
}

fn set_aside(data: &Path) -> Result<()> {
    let of_key = |verifier: &Verifier| crate::hash::hex(&verifier.id());
    let name = match read(data) {
        Ok(None) => return Ok(()),
        Ok(Some(former)) => of_key(former.verifier()),
        Err(_) => "unknown".to_owned(),
    };
    let to = data.join(format!("journal-{name}.key"));
    std::fs::rename(path(data), to)
}
