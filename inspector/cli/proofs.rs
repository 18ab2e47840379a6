//! What a third party checks with tools of its own: leaves, checkpoints and proofs as files, and the same looked at here.

use super::export::to_place;
use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::proof::evidence::{Evidence, EvidenceError, check};
use crate::results::proof::note::Verifier;
use crate::results::reader::{Exported, Filter, Reader};
use std::io::Write;
use std::path::Path;

const README: &str = "\
One part of a log, proven without the station. Of each part here there are, by the number of its row and of its leaf:

  ROW-LEAF.json         what the station recorded, byte for byte
  ROW-LEAF.tlog-proof   that it is in the log that was signed (c2sp.org/tlog-proof@v1)

checkpoint              the signed root of the log (c2sp.org/tlog-checkpoint)
key, key.pem            the key as this log names it. Compare it with the one from commissioning, which is what counts

With tools that are not ours: the signature, by openssl 3, and that the leaf is in what was signed, by aics-tlog (PyPI):

  sed '/^$/,$d' checkpoint > text; tail -n 1 checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c +5 > signature
  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature

  sed '1,2d;/^$/,$d' ROW-LEAF.tlog-proof > hashes
  aics-tlog verify-inclusion --leaf ROW-LEAF.json --index LEAF --proof hashes --size SIZE --root ROOT
                        SIZE and ROOT are the second and third line of checkpoint

With the station's own program:  inspector verify --proofs FOLDER --key KEY
";

fn failed(error: EvidenceError) -> Error {
    Error::new(ErrorKind::Storage, error)
}

/// Writes every leaf that is signed, one a line: `aics-tlog build-tiles` computes the root of them.
pub fn write_leaves(data: &Path, sink: &mut impl Write) -> Result<u64, EvidenceError> {
    let evidence = Evidence::open(data)?;
    let count = evidence.leaves(|leaf| {
        sink.write_all(leaf)?;
        sink.write_all(b"\n")
    })?;
    sink.flush().map_err(EvidenceError::Write)?;
    Ok(count)
}

/// Writes the newest checkpoint.
pub fn write_checkpoint(data: &Path, sink: &mut impl Write) -> Result<u64, EvidenceError> {
    let evidence = Evidence::open(data)?;
    sink.write_all(evidence.checkpoint.as_bytes())
        .and_then(|()| sink.flush())
        .map_err(EvidenceError::Write)?;
    Ok(evidence.size)
}

/// Writes leaf and proof of every matching part into a folder that is empty or not there yet.
pub fn write_proofs(data: &Path, filter: &Filter, folder: &Path) -> Result<(), Error> {
    to_place(folder, data)?;
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    std::fs::create_dir_all(folder)
        .at("make", folder)
        .map_err(storage)?;
    to_empty(folder)?;
    let put = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content)
            .at("write", &path)
            .map_err(storage)
    };
    let evidence = Evidence::open(data).map_err(failed)?;
    let unread = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Storage, format!("read the result log: {error}"))
    };
    let reader = Reader::open(data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let mut everything = reader.everything(filter).map_err(|error| unread(&error))?;
    let (mut parts, mut unsigned) = (0_u64, 0_u64);
    while let Some(page) = everything.page().map_err(|error| unread(&error))? {
        for line in page {
            let Exported::Part(judged) = line else {
                continue;
            };
            let Some(id) = judged.part.id else { continue };
            let proven = evidence.of_part(id).map_err(failed)?;
            unsigned += u64::from(proven.is_empty());
            parts += 1;
            for leaf in proven {
                put(&format!("{id}-{}.json", leaf.index), &leaf.content)?;
                put(
                    &format!("{id}-{}.tlog-proof", leaf.index),
                    leaf.proof.as_bytes(),
                )?;
            }
        }
    }
    put("checkpoint", evidence.checkpoint.as_bytes())?;
    put("key", format!("{}\n", evidence.key).as_bytes())?;
    put("key.pem", evidence.key.pem().as_bytes())?;
    put("README.txt", README.as_bytes())?;
    remark!(
        "proved {} of {parts} parts in {} by the checkpoint over {} leaves; {unsigned} are not signed yet",
        parts - unsigned,
        folder.display(),
        evidence.size
    );
    Ok(())
}

fn to_empty(folder: &Path) -> Result<(), Error> {
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    let mut entries = std::fs::read_dir(folder)
        .at("read", folder)
        .map_err(storage)?;
    if entries.next().is_none() {
        return Ok(());
    }
    let message = format!(
        "{}: expected an empty folder, so that all proofs in it are of one export; take another",
        folder.display()
    );
    Err(Error::new(ErrorKind::Settings, message))
}

/// Holds every proof of a folder against the keys: one of them must have signed it.
pub fn verify_proofs(folder: &Path, keys: &[Verifier]) -> Result<(), Error> {
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    let read = |path: &Path| std::fs::read(path).at("read", path).map_err(storage);
    let mut keys = keys.to_vec();
    if keys.is_empty() {
        let text = read(&folder.join("key"))?;
        remark!(
            "the key is the one beside the proofs, which whoever made them chose: give --key with the one from commissioning"
        );
        let parsed = String::from_utf8_lossy(&text).parse();
        keys.push(parsed.map_err(|error| Error::new(ErrorKind::Verification, error))?);
    }
    let entries = std::fs::read_dir(folder)
        .at("read", folder)
        .map_err(storage)?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    names.sort();
    let mut problems = Vec::new();
    for path in &names {
        let proof = read(&path.with_extension("tlog-proof"))?;
        let (content, proof) = (read(path)?, String::from_utf8_lossy(&proof).into_owned());
        let found = keys.iter().map(|key| check(&content, &proof, key));
        let found: Result<Vec<_>, _> = found.map(|found| found.err().ok_or(())).collect();
        if let Ok(why) = found {
            let why: Vec<String> = why.iter().map(ToString::to_string).collect();
            problems.push(format!("{}: {}", path.display(), why.join("; ")));
        }
    }
    say!(
        "proofs     {} of {} hold",
        names.len() - problems.len(),
        names.len()
    );
    for key in &keys {
        say!("key        {key}");
    }
    match problems.is_empty() && !names.is_empty() {
        true => Ok(()),
        false if names.is_empty() => Err(Error::new(
            ErrorKind::Verification,
            format!("{}: expected proofs, found none", folder.display()),
        )),
        false => Err(Error::all(ErrorKind::Verification, problems)),
    }
}
