//! What the API says of a model that was made of a lesson.

use super::evidence::Evidence;
use super::place::Place;
use crate::control::teaching::lesson;
use serde::Serialize;
use utoipa::ToSchema;

/// A part that the station rejected before, and what the taught model says of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RejectScore {
    /// Row of its result in the log.
    pub id: i64,
    /// Index of the view.
    pub view: u8,
    /// As the line called the part.
    pub part_id: String,
    /// 0 to 1.
    pub score: f64,
}

impl From<lesson::RejectScore> for RejectScore {
    fn from(found: lesson::RejectScore) -> Self {
        Self {
            id: found.id,
            view: found.view,
            part_id: found.part_id,
            score: found.score,
        }
    }
}

/// A good image, and what a model says of it that had not seen it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldOut {
    /// Number of the image.
    pub n: u32,
    /// 0 to 1.
    pub score: f64,
}

impl From<lesson::HeldOut> for HeldOut {
    fn from(found: lesson::HeldOut) -> Self {
        Self {
            n: found.n,
            score: found.score,
        }
    }
}

/// How well images that were held out are told apart.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ToldApart {
    /// Area under the ROC curve, 0 to 1.
    pub auroc: f64,
    /// Defects that the threshold, chosen without them, rejects.
    pub caught: u32,
    /// Good images that it rejects.
    pub rejected: u32,
}

impl From<lesson::ToldApart> for ToldApart {
    fn from(found: lesson::ToldApart) -> Self {
        Self {
            auroc: found.auroc,
            caught: found.caught,
            rejected: found.rejected,
        }
    }
}

/// What the lesson's defects changed, told on images of both kinds that were held out, in at most five groups.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefectsTold {
    /// How many good images were held out.
    pub good: u32,
    /// Images of defects.
    pub defects: u32,
    /// From good images alone.
    pub without: ToldApart,
    /// Taught from good images and defects.
    pub with: ToldApart,
    /// Whether the model uses them: only where more is found with them.
    pub is_used: bool,
}

impl From<lesson::DefectsTold> for DefectsTold {
    fn from(found: lesson::DefectsTold) -> Self {
        Self {
            good: found.good,
            defects: found.defects,
            without: found.without.into(),
            with: found.with.into(),
            is_used: found.is_used,
        }
    }
}

/// How finely a model looks at images.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sight {
    /// Width and height that its networks see of an image, one look each, the closest first.
    pub sizes: Vec<[u32; 2]>,
    /// The most that a run was allowed to take.
    pub budget_us: u64,
    /// What more time would buy; null where it buys nothing.
    #[schema(required)]
    pub closer: Option<CloserLook>,
}

impl From<lesson::Sight> for Sight {
    fn from(found: lesson::Sight) -> Self {
        Self {
            sizes: found.sizes,
            budget_us: found.budget_us,
            closer: found.closer.map(|closer| CloserLook {
                size: closer.size,
                takes_us: closer.takes_us,
            }),
        }
    }
}

/// A closer look, from which defects half as large are seen.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CloserLook {
    /// Width and height that the networks would see.
    pub size: [u32; 2],
    /// What a run would take.
    pub takes_us: u64,
}

/// What was taught, for the person who decides about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaughtModel {
    /// Name of the model.
    pub name: String,
    /// SHA-256 of its graph, in hex.
    pub sha256: String,
    /// Id of its acceptance on this machine.
    pub acceptance: String,
    /// Who had it taught.
    pub author: String,
    /// When it was done.
    pub at_us: i64,
    /// How long it took.
    pub seconds: f64,
    /// Where in the camera's frames it learnt to look.
    pub place: Place,
    /// Size of the graph.
    pub bytes: u64,
    /// Features that the memory keeps.
    pub remembered: u64,
    /// How finely it looks; null in lessons of older versions.
    #[schema(required)]
    pub sight: Option<Sight>,
    /// Score of each good image by a model that had not seen it.
    pub held_out: Vec<HeldOut>,
    /// Numbers of good images that are unlike all the others. Nothing was learnt from them.
    pub odd: Vec<u32>,
    /// Proposed: scores at or above it are rejected.
    pub threshold: f64,
    /// The share of good parts that the proposal aims to reject.
    pub target: f64,
    /// How many of the good images it rejects.
    pub rejected: u32,
    /// With 95 % confidence it rejects at most this share of good parts.
    pub at_most: f64,
    /// Good images, none rejected, that would show the target.
    pub images_needed: u32,
    /// Good images, none rejected, that would show at most 5 %.
    pub images_needed_for_5: u32,
    /// One run as the station does it, median.
    pub run_us: u64,
    /// Parts that the station rejected before, newest first, but for those that a person has looked at as
    /// defects of this lesson.
    pub rejects: Vec<RejectScore>,
    /// Numbers of the images of defects that there were.
    #[schema(required)]
    pub defects: Vec<u32>,
    /// What they changed; null where there were too few to use.
    #[schema(required)]
    pub told: Option<DefectsTold>,
    /// What is known of its thresholds; null in lessons of older versions.
    #[schema(required)]
    pub evidence: Option<Evidence>,
    /// Styles that use it since, as `style version`.
    pub used_by: Vec<String>,
}

impl From<lesson::TaughtModel> for TaughtModel {
    fn from(found: lesson::TaughtModel) -> Self {
        Self {
            name: found.name,
            sha256: found.sha256,
            acceptance: found.acceptance,
            author: found.author,
            at_us: found.at_us,
            seconds: found.seconds,
            place: Place::from(&found.place),
            bytes: found.bytes,
            remembered: found.remembered,
            sight: found.sight.map(Into::into),
            held_out: found.held_out.into_iter().map(Into::into).collect(),
            odd: found.odd,
            threshold: found.threshold,
            target: found.target,
            rejected: found.rejected,
            at_most: found.at_most,
            images_needed: found.images_needed,
            images_needed_for_5: found.images_needed_for_5,
            run_us: found.run_us,
            rejects: found.rejects.into_iter().map(Into::into).collect(),
            defects: found.defects,
            told: found.told.map(Into::into),
            evidence: found.evidence.map(Into::into),
            used_by: found.used_by,
        }
    }
}
