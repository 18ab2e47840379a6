//! From raw sections to checked types: one function a section.

use super::super::document::{Document, Section};
use super::{CameraKind, CameraSettings, RawSource, RawTrigger, TriggerSettings};
use crate::adapters::camera::genicam;
use crate::adapters::camera::presence::PresenceSettings;
use crate::station::name::file_name;
use crate::station::part::Style;
use crate::station::result::VIEWS_MAX;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStation {
    pub name: String,
    pub time_zone: Option<String>,
    pub data: PathBuf,
    pub recipes: PathBuf,
    pub models: PathBuf,
    #[serde(default = "configuration")]
    pub configuration: PathBuf,
}

fn configuration() -> PathBuf {
    PathBuf::from("configuration")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSimCamera {
    #[serde(default)]
    view: u8,
}

pub(super) fn cameras(document: &mut Document<'_>) -> Vec<CameraSettings> {
    let sections = document.sections("camera");
    if sections.is_empty() || sections.len() > VIEWS_MAX {
        let message = format!(
            "expected 1 to {VIEWS_MAX} sections [[camera]], found {}",
            sections.len()
        );
        document.problem(None, message);
    }
    let mut cameras: Vec<CameraSettings> = Vec::new();
    for section in sections {
        let at = section.span();
        let Some(camera) = camera(document, section) else {
            continue;
        };
        if cameras.iter().any(|other| other.name == camera.name) {
            let message = format!("camera {:?} is there twice; names must differ", camera.name);
            document.problem(Some(at), message);
            continue;
        }
        cameras.push(camera);
    }
    cameras
}

fn camera<'a>(document: &mut Document<'a>, mut section: Section<'a>) -> Option<CameraSettings> {
    let at = section.span();
    let name: Option<String> = document.take(&mut section, "name");
    let kind: Option<String> = document.take(&mut section, "kind");
    let presence: Option<PresenceSettings> = document.take(&mut section, "presence");
    let (Some(name), Some(kind)) = (name, kind) else {
        let message = "[[camera]]: expected name = \"…\" and kind = \"sim\", \"folder\", \"v4l2\" or \"genicam\"";
        document.problem(Some(at), message.to_owned());
        return None;
    };
    if let Err(error) = file_name(&name) {
        document.problem(Some(at), format!("camera {name:?}: the name {error}"));
        return None;
    }
    let kind = match kind.as_str() {
        "sim" => {
            let raw: RawSimCamera = document.read("camera", section)?;
            CameraKind::Sim { view: raw.view }
        }
        "folder" => CameraKind::Folder(document.read("camera", section)?),
        "v4l2" => CameraKind::V4l2(document.read("camera", section)?),
        "genicam" if !genicam::IS_BUILT => {
            let message = format!(
                "camera {name:?}: kind = \"genicam\": {}",
                genicam::HOW_TO_BUILD
            );
            document.problem(Some(at), message);
            return None;
        }
        "genicam" => CameraKind::Genicam(Box::new(document.read("camera", section)?)),
        other => {
            let message = format!(
                "camera {name:?}: expected kind = \"sim\", \"folder\", \"v4l2\" or \"genicam\", found {other:?}"
            );
            document.problem(Some(at), message);
            return None;
        }
    };
    if let Some(problem) = presence.as_ref().and_then(PresenceSettings::problem) {
        document.problem(Some(at), format!("camera {name:?}: presence.{problem}"));
    }
    Some(CameraSettings {
        name,
        kind,
        presence,
    })
}

pub(super) fn checked_trigger(
    document: &mut Document<'_>,
    raw: &RawTrigger,
    cameras: &[CameraSettings],
) -> Option<TriggerSettings> {
    let trigger = announcing(document, raw, cameras)?;
    check_presence(document, &trigger, cameras);
    Some(trigger)
}

fn announcing(
    document: &mut Document<'_>,
    raw: &RawTrigger,
    cameras: &[CameraSettings],
) -> Option<TriggerSettings> {
    let style = match raw.style.as_deref().map(Style::new) {
        Some(Err(error)) => {
            document.problem(None, format!("trigger.style {error}"));
            None
        }
        Some(Ok(style)) => Some(style),
        None => None,
    };
    match raw.source {
        RawSource::Sim => return Some(TriggerSettings::Sim),
        RawSource::Line => return Some(TriggerSettings::Line { style }),
        RawSource::Camera => {}
    }
    let found = match &raw.camera {
        Some(name) => cameras.iter().position(|camera| camera.name == *name),
        None => (!cameras.is_empty()).then_some(0),
    };
    if found.is_none() {
        let message = format!(
            "trigger.camera: expected the name of a [[camera]], found {:?}",
            raw.camera
        );
        document.problem(None, message);
    }
    Some(TriggerSettings::Camera {
        camera: found?,
        style,
    })
}

/// Only frames that are triggers can be thinned out: the others belong to parts that somebody else announced.
fn check_presence(
    document: &mut Document<'_>,
    trigger: &TriggerSettings,
    cameras: &[CameraSettings],
) {
    for (index, camera) in cameras.iter().enumerate() {
        let leads = matches!(trigger, TriggerSettings::Camera { camera, .. } if *camera == index);
        if leads && camera.kind.waits_for_trigger() {
            let name = &camera.name;
            let message = format!(
                "camera {name:?} waits for the station to trigger it, and its frames are to be the triggers; expected \
                 trigger.source = \"line\", or no trigger = \"software\""
            );
            document.problem(None, message);
        }
        if camera.presence.is_some() && !leads {
            let name = &camera.name;
            let message = format!(
                "camera {name:?}: presence makes parts of frames; expected trigger.source = \"camera\" and trigger.camera = \
                 {name:?}, or no [camera.presence]"
            );
            document.problem(None, message);
        }
    }
}
