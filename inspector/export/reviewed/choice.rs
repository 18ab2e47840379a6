//! Which pictures of reviewed parts say something, what they say, and which parts are left out and why.

use super::UNNAMED;
use crate::results::reader::{RecordedReview, ReviewedPart, ReviewedPicture};
use crate::station::review::{Judgement, Reviewed};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Whose pictures are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// A defect without a box says nothing.
    pub needs_boxes: bool,
    /// Only of the view of this name.
    pub view: Option<&'a str>,
}

/// A box, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledBox {
    /// Left, top, width and height, in pixels of the picture.
    pub area: [u32; 4],
    /// As the reviewer called it; [`UNNAMED`] where he did not.
    pub class: String,
}

/// A picture that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledPicture {
    /// Row of the result.
    pub id: i64,
    /// Index of the view, from 0.
    pub view: u8,
    /// As the recipe calls the view.
    pub view_name: String,
    /// As the line called the part.
    pub part_id: String,
    /// What the part is.
    pub style: Option<String>,
    /// Whether the part was accepted.
    pub was_accepted: bool,
    /// Where the picture lies in the data folder.
    pub file: PathBuf,
    /// Its width and height in pixels.
    pub size: [u32; 2],
    /// Whether a defect is to be seen on it.
    pub is_bad: bool,
    /// What was named without a box.
    pub named: Option<String>,
    /// Where defects are.
    pub boxes: Vec<LabelledBox>,
}

impl LabelledPicture {
    /// Class of a picture of a defect: of its first box, or as it was named.
    pub fn class(&self) -> &str {
        let drawn = self.boxes.first().map(|drawn| drawn.class.as_str());
        drawn.or(self.named.as_deref()).unwrap_or(UNNAMED)
    }
}

/// How many parts say nothing, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Reviewers say different things, or name different classes.
    pub disputed: u64,
    /// Nobody could tell.
    pub cannot_tell: u64,
    /// Challenge parts: a model that learnt from them would be tried on what it knows.
    pub challenge: u64,
    /// No picture is there any more, or none was kept.
    pub no_picture: u64,
    /// A defect without a box, where boxes are wanted.
    pub no_box: u64,
    /// A defect without a box on a part of several views: on which of them it is to be seen, nobody said.
    pub which_view: u64,
    /// A defect that is on another view than the wanted one.
    pub elsewhere: u64,
}

impl LeftOut {
    /// All of them.
    pub const fn parts(&self) -> u64 {
        let Self {
            disputed,
            cannot_tell,
            challenge,
            no_picture,
            no_box,
            which_view,
            elsewhere,
        } = *self;
        disputed + cannot_tell + challenge + no_picture + no_box + which_view + elsewhere
    }

    /// Each reason that occurs, with its number, for people.
    pub fn told(&self) -> Vec<String> {
        let reasons = [
            (self.disputed, "reviewers do not agree"),
            (self.cannot_tell, "nobody could tell"),
            (self.challenge, "challenge parts"),
            (self.no_picture, "no picture is there"),
            (
                self.no_box,
                "a defect without a box; draw one in the review",
            ),
            (
                self.which_view,
                "a defect without a box on a part of several views, so that nobody knows on which it is",
            ),
            (self.elsewhere, "a defect on another view"),
        ];
        let occurs = reasons.into_iter().filter(|(count, _)| *count > 0);
        occurs
            .map(|(count, why)| format!("{count}: {why}"))
            .collect()
    }
}

/// Pictures that say something, and how many parts do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// In the order of the parts.
    pub pictures: Vec<LabelledPicture>,
    /// Parts whose pictures say nothing.
    pub left_out: LeftOut,
}

/// What the pictures of these parts show.
pub fn chosen(parts: &[ReviewedPart], wanted: &Wanted<'_>) -> Choice {
    let mut choice = Choice::default();
    for part in parts {
        match of_part(part, wanted) {
            Ok(pictures) => choice.pictures.extend(pictures),
            Err(why) => *why(&mut choice.left_out) += 1,
        }
    }
    choice
}

/// Which count a part belongs to that says nothing.
type Why = fn(&mut LeftOut) -> &mut u64;

fn of_part(part: &ReviewedPart, wanted: &Wanted<'_>) -> Result<Vec<LabelledPicture>, Why> {
    if part.is_challenge {
        return Err(|left| &mut left.challenge);
    }
    let is_bad = match part.reviewed {
        Reviewed::Disputed => return Err(|left| &mut left.disputed),
        Reviewed::CannotTell => return Err(|left| &mut left.cannot_tell),
        Reviewed::Defect => true,
        Reviewed::Good => false,
    };
    let is_wanted = |name: &str| wanted.view.is_none_or(|view| view == name);
    let views = part.pictures.iter();
    let views: Vec<&ReviewedPicture> = views.filter(|view| is_wanted(&view.name)).collect();
    if !is_bad {
        let pictures = views
            .into_iter()
            .filter_map(|view| labelled(part, view, &[]));
        return some(pictures.collect());
    }
    let Some(drawn) = drawn(part) else {
        return Err(|left| &mut left.disputed);
    };
    if drawn.iter().all(|said| said.region.is_none()) {
        return match (wanted.needs_boxes, part.views) {
            (true, _) => Err(|left| &mut left.no_box),
            (false, 2..) => Err(|left| &mut left.which_view),
            (false, _) => {
                let pictures = views
                    .into_iter()
                    .filter_map(|view| labelled(part, view, &drawn));
                some(pictures.collect())
            }
        };
    }
    let regions = || drawn.iter().filter_map(|said| said.region.as_ref());
    if !regions().any(|(_, name)| is_wanted(name)) {
        return Err(|left| &mut left.elsewhere);
    }
    let shows = |view: &&ReviewedPicture| regions().any(|(region, _)| region.view == view.view);
    let shown = views.into_iter().filter(shows);
    some(
        shown
            .filter_map(|view| labelled(part, view, &drawn))
            .collect(),
    )
}

fn some(pictures: Vec<LabelledPicture>) -> Result<Vec<LabelledPicture>, Why> {
    match pictures.is_empty() {
        true => Err(|left| &mut left.no_picture),
        false => Ok(pictures),
    }
}

/// What the reviewer said of the defect who drew last: boxes of two people are of the same defect. `None` where people
/// name different classes.
fn drawn(part: &ReviewedPart) -> Option<Vec<&RecordedReview>> {
    let of = |author: &str| -> Vec<&RecordedReview> {
        let said = part.reviews.iter();
        said.filter(|said| said.author == author && said.judgement == Judgement::Defect)
            .collect()
    };
    let mut named: Vec<BTreeSet<&str>> = Vec::new();
    for author in part.reviews.iter().map(|said| said.author.as_str()) {
        let classes: BTreeSet<&str> = of(author)
            .iter()
            .filter_map(|said| said.class.as_deref())
            .collect();
        if !classes.is_empty() && !named.contains(&classes) {
            named.push(classes);
        }
    }
    if named.len() > 1 {
        return None;
    }
    let mut newest = part.reviews.iter().rev();
    let last = newest.clone().find(|said| said.region.is_some());
    let author = &last.or_else(|| newest.next())?.author;
    Some(of(author))
}

/// The picture of a view, unless it is gone.
fn labelled(
    part: &ReviewedPart,
    picture: &ReviewedPicture,
    said: &[&RecordedReview],
) -> Option<LabelledPicture> {
    let named = part.reviews.iter().find_map(|said| said.class.clone());
    // Who drew may have left the class to the other. Who named one of his boxes left the others unnamed, and of several
    // classes nobody said which it is.
    let classes: BTreeSet<&str> = part
        .reviews
        .iter()
        .filter_map(|said| said.class.as_deref())
        .collect();
    let is_left = classes.len() == 1 && said.iter().all(|said| said.class.is_none());
    let boxes = said.iter().filter_map(|said| {
        let (region, _) = said.region.as_ref()?;
        let class = said.class.clone();
        let class = class.or_else(|| named.clone().filter(|_| is_left));
        (region.view == picture.view).then(|| LabelledBox {
            area: region.area,
            class: class.unwrap_or_else(|| UNNAMED.to_owned()),
        })
    });
    Some(LabelledPicture {
        id: part.id,
        view: picture.view,
        view_name: picture.name.clone(),
        part_id: part.part_id.clone(),
        style: part.style.clone(),
        was_accepted: part.is_accepted,
        file: picture.file.clone()?,
        size: picture.size,
        is_bad: part.reviewed == Reviewed::Defect,
        boxes: boxes.collect(),
        named,
    })
}
