//! Features of a device by their own names: looked up, checked against what the device says of them, set, and read back.

use super::library::{explain, is_gone};
use crate::ports::camera::OpenError;
use crate::ports::feature::{FeatureValue, offered};
use aravis::glib;
use aravis::glib::prelude::*;
use aravis::glib::translate::ToGlibPtr;
use aravis::prelude::*;
use aravis::{
    Device, GcBoolean, GcCategory, GcCommand, GcEnumeration, GcFloat, GcInteger, GcNode, GcString,
};
use std::ffi::CStr;

/// A feature that is about to be set.
struct Setting<'a> {
    device: &'a Device,
    camera: &'a str,
    name: &'a str,
    value: &'a FeatureValue,
    node: GcNode,
}

/// Sets one feature, and sees to it that the device took the value.
pub fn set(
    device: &Device,
    camera: &str,
    name: &str,
    value: &FeatureValue,
) -> Result<(), OpenError> {
    let Some(node) = device.feature(name) else {
        return Err(unknown(device, camera, name));
    };
    let is_available = device.is_feature_available(name);
    if !is_available.map_err(|error| explain(camera, &format!("look up {name}"), &error))? {
        let message = format!(
            "camera {camera}: the feature {name} cannot be used now; another feature switches it off, or must be set before it"
        );
        return Err(OpenError::Unsupported { message });
    }
    let setting = Setting {
        device,
        camera,
        name,
        value,
        node,
    };
    let node = &setting.node;
    // An enumeration is an integer and a text, too.
    if node.is::<GcEnumeration>() {
        setting.entry()
    } else if node.is::<GcBoolean>() {
        setting.boolean()
    } else if node.is::<GcCommand>() {
        setting.command()
    } else if node.is::<GcFloat>() || node.is::<GcInteger>() {
        setting.number()
    } else if node.is::<GcString>() {
        setting.text()
    } else {
        Err(setting.wrong("a feature with a value; it is a group or a register"))
    }
}

impl Setting<'_> {
    fn wrong(&self, expected: &str) -> OpenError {
        let (camera, name, value) = (self.camera, self.name, self.value);
        OpenError::Unsupported {
            message: format!("camera {camera}: {name}: expected {expected}, found {value}"),
        }
    }

    fn refused(&self, error: &glib::Error) -> OpenError {
        let doing = format!("set {} to {}", self.name, self.value);
        let error = explain(self.camera, &doing, error);
        if is_gone(&error) {
            return error;
        }
        OpenError::Unsupported {
            message: format!("{error}{}", limits(self.device, &self.node, self.name)),
        }
    }

    /// What the device has must be what it was told.
    fn taken(&self, has: Result<FeatureValue, glib::Error>) -> Result<(), OpenError> {
        taken(self.camera, self.name, self.value, has)
    }

    fn entry(&self) -> Result<(), OpenError> {
        let (device, name) = (self.device, self.name);
        let entries = device.dup_available_enumeration_feature_values_as_strings(name);
        let entries = entries.map_err(|error| self.refused(&error))?;
        match self.value {
            FeatureValue::Text(wanted) if entries.iter().any(|entry| entry == wanted) => {
                let done = device.set_string_feature_value(name, wanted);
                done.map_err(|error| self.refused(&error))?;
                let has = device.string_feature_value(name);
                self.taken(has.map(|text| FeatureValue::Text(text.into())))
            }
            _ => {
                let entries: Vec<&str> = entries.iter().map(glib::GString::as_str).collect();
                Err(self.wrong(&format!("one of {entries:?}")))
            }
        }
    }

    fn boolean(&self) -> Result<(), OpenError> {
        let FeatureValue::Bool(wanted) = *self.value else {
            return Err(self.wrong("true or false"));
        };
        let done = self.device.set_boolean_feature_value(self.name, wanted);
        done.map_err(|error| self.refused(&error))?;
        let has = self.device.boolean_feature_value(self.name);
        self.taken(has.map(FeatureValue::Bool))
    }

    fn command(&self) -> Result<(), OpenError> {
        if *self.value != FeatureValue::Bool(true) {
            return Err(self.wrong("true, as it is a command"));
        }
        let done = self.device.execute_command(self.name);
        done.map_err(|error| self.refused(&error))
    }

    fn number(&self) -> Result<(), OpenError> {
        let (device, camera, name) = (self.device, self.camera, self.name);
        let limits = || limits(device, &self.node, name);
        match (self.node.is::<GcFloat>(), self.value) {
            (true, FeatureValue::Float(wanted)) => set_float(device, camera, name, *wanted),
            (true, FeatureValue::Int(wanted)) => set_float(device, camera, name, *wanted as f64),
            (true, _) => Err(self.wrong(&format!("a number{}", limits()))),
            (false, FeatureValue::Int(wanted)) => set_integer(device, camera, name, *wanted),
            (false, _) => Err(self.wrong(&format!("a whole number{}", limits()))),
        }
    }

    fn text(&self) -> Result<(), OpenError> {
        let FeatureValue::Text(wanted) = self.value else {
            return Err(self.wrong("a text in quotes"));
        };
        let done = self.device.set_string_feature_value(self.name, wanted);
        done.map_err(|error| self.refused(&error))?;
        let has = self.device.string_feature_value(self.name);
        self.taken(has.map(|text| FeatureValue::Text(text.into())))
    }
}

/// Sets a number and reads it back. The device may round to its own steps.
pub fn set_float(device: &Device, camera: &str, name: &str, wanted: f64) -> Result<(), OpenError> {
    let failed = |error: glib::Error| explain(camera, &format!("set {name} to {wanted}"), &error);
    if let Ok((least, most)) = device.float_feature_bounds(name)
        && least <= most
        && !(least..=most).contains(&wanted)
    {
        let message =
            format!("camera {camera}: {name}: expected {least} to {most}, found {wanted}");
        return Err(OpenError::Unsupported { message });
    }
    device
        .set_float_feature_value(name, wanted)
        .map_err(failed)?;
    let has = device.float_feature_value(name).map_err(failed)?;
    let step = device
        .float_feature_increment(name)
        .ok()
        .filter(|step| step.is_finite() && *step < wanted.abs());
    let tolerance = (wanted.abs() / 100.0).max(step.unwrap_or(0.0)).max(1e-6);
    if (has - wanted).abs() <= tolerance {
        return Ok(());
    }
    let message = format!("camera {camera}: {name} was set to {wanted}, and the device has {has}");
    Err(OpenError::Unsupported { message })
}

/// Sets a whole number and reads it back.
pub fn set_integer(
    device: &Device,
    camera: &str,
    name: &str,
    wanted: i64,
) -> Result<(), OpenError> {
    let failed = |error: glib::Error| explain(camera, &format!("set {name} to {wanted}"), &error);
    let (least, most) = device
        .integer_feature_bounds(name)
        .unwrap_or((i64::MIN, i64::MAX));
    let step = device.integer_feature_increment(name).unwrap_or(1).max(1);
    let off = wanted
        .checked_sub(least.max(-i64::MAX / 2))
        .map_or(0, |above| above % step);
    if !(least..=most).contains(&wanted) || (least > i64::MIN && off != 0) {
        let steps = if step > 1 {
            format!(" in steps of {step}")
        } else {
            String::new()
        };
        let message =
            format!("camera {camera}: {name}: expected {least} to {most}{steps}, found {wanted}");
        return Err(OpenError::Unsupported { message });
    }
    device
        .set_integer_feature_value(name, wanted)
        .map_err(failed)?;
    let has = device.integer_feature_value(name);
    taken(
        camera,
        name,
        &FeatureValue::Int(wanted),
        has.map(FeatureValue::Int),
    )
}

/// What the device has must be what it was told. What cannot be read cannot be checked.
fn taken(
    camera: &str,
    name: &str,
    wanted: &FeatureValue,
    has: Result<FeatureValue, glib::Error>,
) -> Result<(), OpenError> {
    match has {
        Ok(has) if has == *wanted => Ok(()),
        Ok(has) => Err(OpenError::Unsupported {
            message: format!(
                "camera {camera}: {name} was set to {wanted}, and the device has {has}"
            ),
        }),
        Err(error) => {
            let error = explain(camera, &format!("read {name} back"), &error);
            if is_gone(&error) { Err(error) } else { Ok(()) }
        }
    }
}

/// What the device takes, for a message.
fn limits(device: &Device, node: &GcNode, name: &str) -> String {
    if node.is::<GcFloat>()
        && let Ok((least, most)) = device.float_feature_bounds(name)
        && least < most
    {
        return format!(" from {least} to {most}");
    }
    if node.is::<GcInteger>()
        && let Ok((least, most)) = device.integer_feature_bounds(name)
        && least < most
    {
        return format!(" from {least} to {most}");
    }
    String::new()
}

fn unknown(device: &Device, camera: &str, name: &str) -> OpenError {
    let offered = offered(name, &names(device));
    OpenError::Unsupported {
        message: format!("camera {camera}: it has no feature {name:?}{offered}"),
    }
}

/// Every feature that stands in a category of the device.
pub fn names(device: &Device) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec!["Root".to_owned()];
    // A category that holds itself would never end.
    let mut seen = std::collections::BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        match device.feature(&name).and_downcast::<GcCategory>() {
            Some(category) => open.extend(members(&category)),
            None => found.push(name),
        }
    }
    found.sort();
    found
}

fn members(category: &GcCategory) -> Vec<String> {
    let mut found = Vec::new();
    // SAFETY: a list of texts that belongs to the category, which is held for as long as it is walked.
    unsafe {
        let mut entry = aravis_sys::arv_gc_category_get_features(category.to_glib_none().0);
        while !entry.is_null() {
            let text = (*entry).data.cast::<std::ffi::c_char>();
            if !text.is_null() {
                found.push(CStr::from_ptr(text).to_string_lossy().into_owned());
            }
            entry = (*entry).next;
        }
    }
    found
}
