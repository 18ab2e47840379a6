//! Leaves and their proofs as files: that each is signed, is what its name says, and that none of a pair is missing.

use super::about::About;
use super::files::{Held, IMAGES};
use super::{Problems, files_of, has_ending, read};
use crate::cli::export::pack::ABOUT;
use crate::error::Error;
use crate::export::proved::{Known, picture};
use crate::hash::sha256;
use crate::results::proof::evidence::{Unproven, check};
use crate::results::proof::note::{Checkpoint, Note, Verifier};
use crate::results::reader::{Exported, PictureFile, RecordedGap};
use serde_json::Value;
use std::collections::btree_map::Range;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// Proofs that are listed one by one.
const LISTED_MAX: u64 = 50;

/// What is known of a part by the names of its files.
#[derive(Default)]
pub struct OfPart {
    /// The leaf of its result.
    pub result: Option<PathBuf>,
    /// Leaves of its pictures.
    pub pictures: Vec<PathBuf>,
    /// Views whose picture the quota took.
    deleted: HashSet<i64>,
    is_rejected: bool,
}

/// All that hold.
#[derive(Default)]
pub struct Leaves {
    /// By the number of the row.
    pub parts: BTreeMap<i64, OfPart>,
    /// Of recipes and gaps.
    pub known: Known,
    /// Leaves with a proof that holds.
    pub held: u64,
    /// Leaves that are there, whether they hold or not.
    pub found: u64,
    kinds: BTreeMap<String, u64>,
    verdicts: [u64; 4],
    /// What the pack says of itself, which nobody signed.
    pub about: Option<About>,
}

/// `1 proof`, `2 proofs`.
pub fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

impl Leaves {
    /// Reads those of a folder, or of the folder of proofs in a pack.
    pub fn read(held: &Held, keys: &[Verifier], problems: &mut Problems) -> Result<Self, Error> {
        let mut leaves = Self::default();
        if held.is_pack {
            let path = held.folder.join(ABOUT);
            leaves.about = About::read(&path);
            if leaves.about.is_none() {
                let why = "is missing, or does not say what the pack was asked for";
                problems.push(format!("{}: {why}", path.display()));
            }
        }
        let tree = tree(&held.folder, keys, problems)?;
        let files = files_of(&held.proofs)?;
        let names: HashSet<&PathBuf> = files.iter().collect();
        for path in &files {
            if has_ending(path, "tlog-proof") && !names.contains(&path.with_extension("json")) {
                problems.push(format!("{}: its leaf (.json) is missing", path.display()));
            }
            let is_about = path.file_name().is_some_and(|name| name == ABOUT);
            if has_ending(path, "json") && !is_about {
                leaves.found += 1;
                match leaves.leaf(path, keys, tree.as_ref()) {
                    Ok(()) => leaves.held += 1,
                    Err(why) => problems.push(format!("{}: {why}", path.display())),
                }
            }
        }
        Ok(leaves)
    }

    fn leaf(
        &mut self,
        path: &Path,
        keys: &[Verifier],
        tree: Option<&Checkpoint>,
    ) -> Result<(), Unproven> {
        let beside = path.with_extension("tlog-proof");
        let content = read(path).map_err(|error| Unproven(error.to_string()))?;
        let Ok(proof) = std::fs::read(&beside) else {
            let why = "its proof (.tlog-proof) is missing or cannot be read";
            return Err(Unproven(why.to_owned()));
        };
        let proof = String::from_utf8_lossy(&proof);
        let mut why = Vec::new();
        let mut found = None;
        for key in keys {
            match check(&content, &proof, key) {
                Ok(checkpoint) => found = Some(checkpoint),
                Err(error) => why.push(error.to_string()),
            }
        }
        let Some(found) = found else {
            return Err(Unproven(why.join("; ")));
        };
        if let Some(tree) = tree
            && (tree.size, tree.root) != (found.size, found.root)
        {
            return Err(Unproven(format!(
                "is of the tree of {} leaves, the checkpoint beside it of {}: not of one export",
                found.size, tree.size
            )));
        }
        let leaf: Value =
            serde_json::from_slice(&content).map_err(|error| Unproven(error.to_string()))?;
        let index = proof
            .lines()
            .nth(1)
            .and_then(|line| line.strip_prefix("index "));
        let row = row_of(&leaf)
            .ok_or_else(|| Unproven("expected a leaf that names its row".to_owned()))?;
        let name = format!("{row}-{}", index.unwrap_or_default());
        if path.file_stem().is_none_or(|stem| *stem != *name) {
            return Err(Unproven(format!("its name lies: it is {name}")));
        }
        self.take(path, row, &leaf);
        Ok(())
    }

    fn take(&mut self, path: &Path, row: i64, leaf: &Value) {
        let kind = leaf["kind"].as_str().unwrap_or_default();
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        match kind {
            "result" => {
                let verdict = leaf["row"]["verdict"].as_u64().unwrap_or_default().min(3);
                self.verdicts[verdict as usize] += 1;
                let part = self.parts.entry(row).or_default();
                part.result = Some(path.to_owned());
                part.is_rejected = leaf["row"]["disposition"] == "reject";
            }
            "picture" => {
                let part = self.parts.entry(row).or_default();
                part.pictures.push(path.to_owned());
            }
            "picture_deleted" => {
                let part = self.parts.entry(row).or_default();
                part.deleted.extend(leaf["row"]["view"].as_i64());
            }
            _ => self.known.take(leaf),
        }
        if self.held < LISTED_MAX {
            let row = &leaf["row"];
            let of = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            say!(
                "proven     {kind}{}{} {} {}",
                row["job_id"]
                    .as_i64()
                    .map_or(String::new(), |job| format!(" job {job}")),
                row["part_no"]
                    .as_i64()
                    .map_or(String::new(), |part| format!(" part {part}")),
                of("part_id"),
                of("disposition")
            );
        }
    }

    /// How many of which kind, so that missing ones are seen.
    pub fn say_kinds(&self) {
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        say!("kinds      {}", kinds.join(", "));
        let [_, pass, fail, not_decided] = self.verdicts;
        say!("verdicts   {pass} pass, {fail} fail, {not_decided} not decided");
    }

    /// Of each gap the leaf that was signed last, and whether a pack of its time must have its row.
    pub fn gaps(&self) -> Vec<(&RecordedGap, bool)> {
        let mut newest: BTreeMap<(i64, i64, &str), &RecordedGap> = BTreeMap::new();
        for gap in self.known.gaps() {
            let place = (gap.job, gap.first_part_no, gap.kind.as_str());
            let known = newest.entry(place).or_insert(gap);
            if known.to_us <= gap.to_us {
                *known = gap;
            }
        }
        let about = self.about.as_ref();
        let is_of_time = |gap: &RecordedGap| about.is_none_or(|about| about.is_of_time(gap));
        // What the pack says of its time is not signed, its parts are.
        let is_between = |gap: &RecordedGap| {
            let (job, place) = (gap.job << 32, gap.job << 32 | gap.first_part_no);
            let has = |mut parts: Range<'_, i64, OfPart>| parts.next().is_some();
            has(self.parts.range(job..place)) && has(self.parts.range(place..=job | 0xFFFF_FFFF))
        };
        newest
            .into_values()
            .map(|gap| (gap, is_of_time(gap) || is_between(gap)))
            .collect()
    }

    /// Rejected parts of which no signed picture is here: one may have been taken out with all that speaks of it.
    pub fn say_without_picture(&self) {
        let parts = self.parts.iter();
        let without: Vec<String> = parts
            .filter(|(_, part)| part.is_rejected && part.pictures.is_empty())
            .map(|(id, _)| format!("job {} part {}", id >> 32, id & 0xFFFF_FFFF))
            .collect();
        if without.is_empty() {
            return;
        }
        let shown = without.len().min(LISTED_MAX as usize);
        let more = match without.len() - shown {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        say!(
            "           {} without a signed picture: {}{more}",
            counted(without.len() as u64, "rejected part"),
            without[..shown].join(", ")
        );
    }

    /// The part as its leaves tell it; `None` where there are none.
    pub fn part(&self, id: i64) -> Result<Option<Exported>, Error> {
        let Some(part) = self.parts.get(&id) else {
            return Ok(None);
        };
        let Some(result) = &part.result else {
            return Ok(None);
        };
        let json = |path: &PathBuf| -> Result<Value, Error> {
            Ok(serde_json::from_slice(&read(path)?).unwrap_or_default())
        };
        let mut pictures = part
            .pictures
            .iter()
            .map(json)
            .collect::<Result<Vec<_>, _>>()?;
        pictures.sort_by_key(|leaf| leaf["row"]["view"].as_i64());
        Ok(self.known.part(&json(result)?, &pictures))
    }

    /// Each picture that leaves name, and each file that is there.
    pub fn check_pictures(&self, folder: &Path, problems: &mut Problems) -> Result<(), Error> {
        let mut named: HashMap<PathBuf, String> = HashMap::new();
        let (mut whole, mut absent, mut deleted) = (0, 0, 0);
        for (id, part) in &self.parts {
            for leaf in &part.pictures {
                let leaf: Value = serde_json::from_slice(&read(leaf)?).unwrap_or_default();
                let Some(PictureFile {
                    view,
                    path,
                    sha256: wanted,
                    ..
                }) = picture(&leaf)
                else {
                    continue;
                };
                let path = safe(folder, &path);
                let is_wanted = match self.about.as_ref().map(About::pictures) {
                    Some("all") => true,
                    Some("rejects") => part.is_rejected,
                    _ => false,
                };
                let Some(path) = path else {
                    problems.push(format!(
                        "picture of row {id}: its leaf names a path outside"
                    ));
                    continue;
                };
                if path.is_file() {
                    match sha256(&read(&path)?) == wanted {
                        true => whole += 1,
                        false => problems.push(format!(
                            "{}: is not the picture that was signed",
                            path.display()
                        )),
                    }
                } else if part.deleted.contains(&view) {
                    deleted += 1;
                } else if is_wanted {
                    problems.push(format!("{}: is missing", path.display()));
                } else {
                    absent += 1;
                }
                named.insert(path, wanted);
            }
        }
        let mut folders = vec![folder.join(IMAGES)];
        while let Some(next) = folders.pop().filter(|next| next.is_dir()) {
            for path in files_of(&next)? {
                match path.is_dir() {
                    true => folders.push(path),
                    false if named.contains_key(&path) => {}
                    false => problems.push(format!("{}: no leaf names it", path.display())),
                }
            }
        }
        say!(
            "pictures   {whole} as they were signed; {absent} are not in here, {deleted} were deleted to keep within the quota"
        );
        Ok(())
    }
}

/// The root that all proofs must be of.
fn tree(
    folder: &Path,
    keys: &[Verifier],
    problems: &mut Problems,
) -> Result<Option<Checkpoint>, Error> {
    let path = folder.join("checkpoint");
    if !path.is_file() {
        problems.push(format!("{}: is missing", path.display()));
        return Ok(None);
    }
    let text = read(&path)?;
    let note: Option<Note> = String::from_utf8_lossy(&text).parse().ok();
    let signed = note.filter(|note| keys.iter().any(|key| key.has_signed(note)));
    let Some(note) = signed else {
        let why = "has no right signature of a key that was given";
        problems.push(format!("{}: {why}", path.display()));
        return Ok(None);
    };
    Ok(note.text.parse().ok())
}

/// The number of the row that a leaf is of: of pictures, gaps and reviews that of their part.
fn row_of(leaf: &Value) -> Option<i64> {
    let row = &leaf["row"];
    let part = |name: &str| Some(row["job_id"].as_i64()? << 32 | row[name].as_i64()?);
    match leaf["kind"].as_str()? {
        "picture" | "picture_deleted" | "late_verdict" => part("part_no"),
        "gap" => part("first_part_no"),
        "review" => row["result_id"].as_i64(),
        _ => row["id"].as_i64(),
    }
}

/// Where a picture lies in the pack; `None` for a name that leads anywhere but below `images/`.
fn safe(folder: &Path, relative: &str) -> Option<PathBuf> {
    let relative = Path::new(relative);
    let mut components = relative.components();
    let is_below = components.next() == Some(Component::Normal("images".as_ref()));
    let are_normal = components.all(|component| matches!(component, Component::Normal(_)));
    (is_below && are_normal).then(|| folder.join(relative))
}
