//! Cases of what `inspector cameras` is told.

use crate::cases::{Outcome, expect};
use crate::ports::camera::OpenError;
use inspector::adapters::camera::v4l2::list::{Rates, Sizes, list};

pub fn vivid_is_listed() -> Outcome {
    let reports = list();
    let [report] = &reports[..] else {
        return Err(format!("expected one device, found {reports:?}"));
    };
    expect(
        report.path.ends_with("video0"),
        format!("{:?}", report.path),
    )?;
    let found = report.found.as_ref().map_err(ToString::to_string)?;
    let names = (found.card.as_str(), found.bus.as_str());
    expect(
        names == ("vivid", "platform:vivid-000"),
        format!("{names:?}"),
    )?;
    for (fourcc, pfnc) in [
        ("GREY", Some("Mono8")),
        ("YUYV", Some("YUV422_8")),
        ("NV24", None),
    ] {
        let format = found.formats.iter().find(|format| format.fourcc == fourcc);
        let format = format.ok_or_else(|| format!("no {fourcc} in {:?}", found.formats))?;
        expect(format.pfnc == pfnc, format!("{format:?}"))?;
        // Thousandths of a hertz: vivid's webcam is slower the larger the picture.
        for (size, fast, slow) in [
            (Sizes::One(640, 360), 40_000, 1_000),
            (Sizes::One(3840, 2160), 2_000, 1_000),
        ] {
            let found = format.sizes.iter().find(|(each, _)| *each == size);
            let Some((_, Rates::Some(rates))) = found else {
                return Err(format!("{size}: {format:?}"));
            };
            let ends = (rates.iter().max(), rates.iter().min());
            expect(
                ends == (Some(&fast), Some(&slow)),
                format!("{size}: {rates:?}"),
            )?;
        }
    }
    let brightness = found
        .controls
        .iter()
        .find(|control| control.name == "Brightness");
    let brightness = brightness.ok_or_else(|| format!("{:?}", found.controls))?;
    let numbers = (
        brightness.min,
        brightness.max,
        brightness.step,
        brightness.default,
    );
    expect(
        numbers == (0, 255, 1, 128) && brightness.now == Some(128),
        format!("{brightness:?}"),
    )
}

/// As a user who is not in the group `video`.
pub fn permission_is_named() -> Outcome {
    let become_user = |user: libc::uid_t| {
        // SAFETY: takes no pointers; the cases run on one thread, and root comes back below.
        expect(unsafe { libc::seteuid(user) } == 0, "seteuid was refused")
    };
    become_user(1000)?;
    let reports = list();
    become_user(0)?;
    let said = reports.first().map(|report| &report.found);
    expect(
        matches!(said, Some(Err(OpenError::Permission { message })) if message.contains("video")),
        format!("expected a permission problem, found {said:?}"),
    )
}
