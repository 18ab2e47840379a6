//! The time stamp of a folder of proofs: that it is over a checkpoint by the key, and that this grew into the one beside the
//! proofs.

use super::{Problems, read};
use crate::error::Error;
use crate::results::proof::cosign::WitnessKey;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::hash::goes_on;
use crate::results::proof::note::{Checkpoint, Note, Verifier, hash_of};
use crate::results::proof::stamp::Stamp;
use std::path::Path;

/// What was stamped, as the station signed it.
pub const STAMPED: &str = "stamp.checkpoint";
/// The server's answer.
pub const ANSWER: &str = "stamp.tsr";
/// That what was stamped grew into the checkpoint.
pub const GREW: &str = "stamp.consistency";

/// Checks what can be checked without the server's certificate, and says when and by whom; nothing where there is no stamp.
///
/// # Errors
/// When a file cannot be read.
pub fn check(folder: &Path, keys: &[Verifier], problems: &mut Problems) -> Result<(), Error> {
    let all = [STAMPED, ANSWER, GREW].map(|name| folder.join(name));
    if !all.iter().any(|path| path.exists()) {
        return Ok(());
    }
    if let Some(missing) = all.iter().find(|path| !path.is_file()) {
        let why = "is missing: expected all three files of a time stamp, or none";
        problems.push(format!("{}: {why}", missing.display()));
        return Ok(());
    }
    let [stamped, answer, grew] = [read(&all[0])?, read(&all[1])?, read(&all[2])?];
    let checkpoint = read(&folder.join("checkpoint"))?;
    match held(keys, (&stamped, &answer), (&grew, &checkpoint)) {
        Ok((stamp, size)) => say!(
            "stamped    over {size} leaves at {} by {}; whether the stamp is genuine says openssl, by the server's certificate \
             (README.txt)",
            stamp.at,
            stamp.by
        ),
        Err(Unproven(found)) => problems.push(format!("{}: {found}", all[1].display())),
    }
    Ok(())
}

/// Whether these witnesses cosigned the checkpoint of the proofs.
///
/// # Errors
/// When it cannot be read.
pub fn cosigned(
    folder: &Path,
    witnesses: &[WitnessKey],
    problems: &mut Problems,
) -> Result<(), Error> {
    if witnesses.is_empty() {
        return Ok(());
    }
    let text = read(&folder.join("checkpoint"))?;
    // What is no note is named where proofs are read.
    let Ok(note) = String::from_utf8_lossy(&text).parse::<Note>() else {
        return Ok(());
    };
    for key in witnesses {
        match key.has_cosigned(&note) {
            Ok(Some(time)) => {
                let at = jiff::Timestamp::from_second(time.cast_signed()).unwrap_or_default();
                say!("cosigned   by {} at {at}", key.name);
            }
            Ok(None) => problems.push(format!("checkpoint: has no cosignature of {key}")),
            Err(Unproven(found)) => problems.push(format!("checkpoint: {found}")),
        }
    }
    Ok(())
}

fn held(
    keys: &[Verifier],
    (stamped, answer): (&[u8], &[u8]),
    (grew, checkpoint): (&[u8], &[u8]),
) -> Result<(Stamp, u64), Unproven> {
    let old = signed(stamped, keys)?;
    let new = signed(checkpoint, keys)?;
    let stamp = Stamp::read(answer)?;
    stamp.check(stamped, None)?;
    let grew = String::from_utf8_lossy(grew);
    let path: Option<Vec<_>> = grew.lines().map(hash_of).collect();
    let is_grown =
        path.is_some_and(|path| goes_on((old.size, old.root), (new.size, new.root), &path));
    match is_grown {
        true => Ok((stamp, old.size)),
        false => Err(Unproven(format!(
            "{GREW} does not show that the checkpoint over {} leaves, which was stamped, grew into the one over {}",
            old.size, new.size
        ))),
    }
}

fn signed(text: &[u8], keys: &[Verifier]) -> Result<Checkpoint, Unproven> {
    let note: Note = String::from_utf8_lossy(text).parse()?;
    let checkpoint: Checkpoint = note.text.parse()?;
    let is_signed = keys
        .iter()
        .any(|key| key.name == checkpoint.origin && key.has_signed(&note));
    match is_signed {
        true => Ok(checkpoint),
        false => Err(Unproven(
            "a checkpoint has no right signature of a key that was given".to_owned(),
        )),
    }
}
