//! Controls of a driver by their own names: looked up, checked against what the driver says of them, set, and read back.
#![allow(non_upper_case_globals, reason = "constants as bindgen names them")]

use super::device::explain;
use super::stream::{ioctl, zeroed};
use crate::ports::camera::OpenError;
use crate::ports::feature::{FeatureValue, offered};
use v4l::Device;
use v4l::v4l_sys::*;
use v4l::v4l2::vidioc;

/// A control as the driver describes it.
struct Control {
    id: u32,
    name: String,
    kind: u32,
    min: i64,
    max: i64,
    step: i64,
}

/// Sets one control, and sees to it that the driver took the value.
pub fn set(
    device: &Device,
    camera: &str,
    name: &str,
    value: &FeatureValue,
) -> Result<(), OpenError> {
    let all = all(device);
    let Some(control) = all
        .iter()
        .find(|control| variable(&control.name) == variable(name))
    else {
        let names: Vec<String> = all.iter().map(|control| variable(&control.name)).collect();
        let offered = offered(&variable(name), &names);
        let message = format!(
            "camera {camera}: it has no control {name:?}{offered}; `inspector cameras` lists them"
        );
        return Err(OpenError::Unsupported { message });
    };
    let wanted = control.number(device, value).map_err(|expected| {
        let message = format!("camera {camera}: {name}: expected {expected}, found {value}");
        OpenError::Unsupported { message }
    })?;
    let mut request: v4l2_control = zeroed();
    request.id = control.id;
    request.value = wanted;
    let doing = format!("set {name} to {value}");
    ioctl(&device.handle(), vidioc::VIDIOC_S_CTRL, &mut request)
        .map_err(|error| explain(camera, &doing, &error))?;
    if control.kind == v4l2_ctrl_type_V4L2_CTRL_TYPE_BUTTON {
        return Ok(());
    }
    let mut has: v4l2_control = zeroed();
    has.id = control.id;
    // What can only be written cannot be checked.
    if ioctl(&device.handle(), vidioc::VIDIOC_G_CTRL, &mut has).is_ok() && has.value != wanted {
        let message = format!(
            "camera {camera}: {name} was set to {value}, and the driver has {}",
            has.value
        );
        return Err(OpenError::Unsupported { message });
    }
    Ok(())
}

/// `Trigger Mode` as `v4l2-ctl` writes it: `trigger_mode`.
fn variable(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("_")
}

impl Control {
    /// The number that the driver takes for a value, or what it expects instead.
    fn number(&self, device: &Device, value: &FeatureValue) -> Result<i32, Expected> {
        let is_menu = self.kind == v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU;
        let number = match (self.kind, value) {
            (v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN, FeatureValue::Bool(value)) => i64::from(*value),
            (v4l2_ctrl_type_V4L2_CTRL_TYPE_BUTTON, FeatureValue::Bool(true)) => 1,
            (v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU, FeatureValue::Text(wanted)) => {
                let entries = self.entries(device);
                let found = entries.iter().find(|(_, entry)| entry == wanted);
                match found {
                    Some((index, _)) => *index,
                    None => return Err(Expected::Entries(entries)),
                }
            }
            (
                v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER
                | v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU
                | v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU,
                FeatureValue::Int(value),
            ) => *value,
            _ if is_menu => return Err(Expected::Entries(self.entries(device))),
            (v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN | v4l2_ctrl_type_V4L2_CTRL_TYPE_BUTTON, _) => {
                return Err(Expected::Boolean);
            }
            _ => return Err(self.range()),
        };
        let is_step = self.step <= 1 || (number - self.min) % self.step == 0;
        match i32::try_from(number) {
            Ok(fits) if (self.min..=self.max).contains(&number) && is_step => Ok(fits),
            _ => Err(self.range()),
        }
    }

    const fn range(&self) -> Expected {
        Expected::Range(self.min, self.max, self.step)
    }

    fn entries(&self, device: &Device) -> Vec<(i64, String)> {
        let mut found = Vec::new();
        for index in self.min..=self.max {
            let mut entry: v4l2_querymenu = zeroed();
            entry.id = self.id;
            entry.index = index as u32;
            if ioctl(&device.handle(), vidioc::VIDIOC_QUERYMENU, &mut entry).is_ok() {
                // SAFETY: `name` is the member in use for a menu of texts.
                let name = unsafe { entry.__bindgen_anon_1.name };
                let end = name
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(name.len());
                let name = String::from_utf8_lossy(&name[..end]).into_owned();
                found.push((index, name));
            }
        }
        found
    }
}

/// What a control takes.
enum Expected {
    Boolean,
    Entries(Vec<(i64, String)>),
    Range(i64, i64, i64),
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expected::Boolean => write!(f, "true or false"),
            Expected::Entries(entries) => {
                let names: Vec<&str> = entries.iter().map(|(_, name)| name.as_str()).collect();
                write!(f, "one of {names:?}")
            }
            Expected::Range(min, max, step) if *step > 1 => {
                write!(f, "{min} to {max} in steps of {step}")
            }
            Expected::Range(min, max, _) => write!(f, "{min} to {max}"),
        }
    }
}

fn all(device: &Device) -> Vec<Control> {
    let mut found = Vec::new();
    let mut entry: v4l2_query_ext_ctrl = zeroed();
    loop {
        entry.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
        if ioctl(&device.handle(), vidioc::VIDIOC_QUERY_EXT_CTRL, &mut entry).is_err() {
            return found;
        }
        let kinds = [
            v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_BUTTON,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU,
        ];
        if entry.flags & V4L2_CTRL_FLAG_DISABLED == 0 && kinds.contains(&entry.type_) {
            let name = entry.name.iter().take_while(|byte| **byte != 0);
            let name: Vec<u8> = name.map(|byte| byte.to_ne_bytes()[0]).collect();
            found.push(Control {
                id: entry.id,
                name: String::from_utf8_lossy(&name).into_owned(),
                kind: entry.type_,
                min: entry.minimum,
                max: entry.maximum,
                step: i64::try_from(entry.step).unwrap_or(1),
            });
        }
    }
}
