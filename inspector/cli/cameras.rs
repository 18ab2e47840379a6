//! `inspector cameras`: which cameras are there, and what may be written of them in the settings.

use super::terminal;
use crate::adapters::camera::genicam::{self, Found};
use crate::adapters::camera::v4l2::list::{Abilities, DeviceReport, Format, list};
use crate::error::{Error, ErrorKind};

/// Arguments of `inspector cameras`.
///
/// Exit code 0 when at least one camera can be used, 4 when none can.
#[derive(clap::Args)]
pub struct CamerasArgs {
    /// Also lists the formats that this program cannot read.
    #[arg(long)]
    all: bool,
}

/// Prints every device; fails when none can be used.
pub fn cameras(args: &CamerasArgs) -> Result<(), Error> {
    let reports = list();
    for report in &reports {
        terminal::answer(&described(report, args.all));
    }
    let found = genicam::list();
    for found in &found {
        terminal::answer(&found_as(found));
    }
    verdict(&reports, &found)
}

fn found_as(found: &Found) -> String {
    format!(
        "{}: {} {}\n  id       {}\n  serial   {}\n  physical {}\n  protocol {}\n",
        found.address,
        found.vendor,
        found.model,
        found.id,
        found.serial,
        found.physical_id,
        found.protocol
    )
}

fn verdict(reports: &[DeviceReport], found: &[Found]) -> Result<(), Error> {
    if !found.is_empty() {
        return Ok(());
    }
    if reports.is_empty() {
        let network = match genicam::IS_BUILT {
            true => {
                "no GigE Vision or USB3 Vision camera answered either: check its power, and that its address is of the same \
                 network as this computer's"
            }
            false => genicam::HOW_TO_BUILD,
        };
        let message = format!(
            "no cameras found; looked at /dev/video*; plug one in, or see `dmesg` for why its driver did not load; {network}"
        );
        return Err(Error::new(ErrorKind::Device, message));
    }
    let usable = |report: &&DeviceReport| {
        let found = report.found.as_ref();
        found.is_ok_and(|found| found.formats.iter().any(|format| format.pfnc.is_some()))
    };
    if reports.iter().find(usable).is_none() {
        let message = format!(
            "none of the {} devices under /dev/video* can be used; each says above why",
            reports.len()
        );
        return Err(Error::new(ErrorKind::Device, message));
    }
    Ok(())
}

fn described(report: &DeviceReport, all: bool) -> String {
    let path = report.path.display();
    match &report.found {
        Err(error) => format!("{path}: cannot be used\n  {error}\n"),
        Ok(found) => format!("{path}: {}\n{}", found.card, abilities(found, all)),
    }
}

fn abilities(found: &Abilities, all: bool) -> String {
    let mut text = format!("  bus      {}\n", found.bus);
    let (known, unknown): (Vec<&Format>, Vec<&Format>) = found
        .formats
        .iter()
        .partition(|format| format.pfnc.is_some());
    for format in known.iter().chain(unknown.iter().filter(|_| all)) {
        let sizes = format.sizes.iter();
        let sizes: Vec<String> = sizes
            .map(|(size, rates)| format!("{size}{rates}"))
            .collect();
        text.push_str(&format!(
            "  format   {} ({}): {}\n",
            format.pfnc.unwrap_or("cannot be read here"),
            format.fourcc,
            sizes.join("; ")
        ));
    }
    if known.is_empty() {
        text.push_str("  cannot be used: it has no format that this program reads\n");
    }
    if !all && !unknown.is_empty() {
        let count = unknown.len();
        text.push_str(&format!(
            "  and {count} formats that cannot be read here (--all lists them)\n"
        ));
    }
    for control in &found.controls {
        let now = control
            .now
            .map_or("unreadable".to_owned(), |now| now.to_string());
        text.push_str(&format!(
            "  control  {}: {} to {} by {}, default {}, now {now}\n",
            control.name, control.min, control.max, control.step, control.default
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::camera::v4l2::list::{Rates, Setting, Sizes};
    use crate::ports::camera::OpenError;

    fn report(pfnc: Option<&'static str>) -> DeviceReport {
        let format = Format {
            fourcc: "GREY".to_owned(),
            pfnc,
            sizes: vec![
                (Sizes::One(640, 480), Rates::Some(vec![30_000, 7_500])),
                (
                    Sizes::Between((2, 2), (1280, 960)),
                    Rates::Between(1_000, 60_000),
                ),
            ],
        };
        let gain = Setting {
            name: "Gain".to_owned(),
            min: 0,
            max: 255,
            step: 1,
            default: 16,
            now: Some(20),
        };
        DeviceReport {
            path: "/dev/video0".into(),
            found: Ok(Abilities {
                card: "Cam".to_owned(),
                bus: "usb-1".to_owned(),
                formats: vec![format],
                controls: vec![gain],
            }),
        }
    }

    fn forbidden() -> DeviceReport {
        let message = "camera /dev/video1: cannot open: Permission denied".to_owned();
        DeviceReport {
            path: "/dev/video1".into(),
            found: Err(OpenError::Permission { message }),
        }
    }

    #[test]
    fn a_camera_is_described_in_the_words_of_the_settings() {
        assert_eq!(
            described(&report(Some("Mono8")), false),
            "/dev/video0: Cam\n  bus      usb-1\n  format   Mono8 (GREY): 640x480 at 30, 7.5 Hz; \
             2x2 to 1280x960 at 1 to 60 Hz\n  \
             control  Gain: 0 to 255 by 1, default 16, now 20\n"
        );
    }

    #[test]
    fn a_camera_without_a_readable_format_says_so() {
        let text = described(&report(None), false);
        assert!(text.contains("no format that this program reads"), "{text}");
        assert!(text.contains("and 1 formats"), "{text}");
        assert!(described(&report(None), true).contains("cannot be read here (GREY)"));
    }

    #[test]
    fn it_fails_unless_a_camera_can_be_used() {
        let failed = |reports: &[DeviceReport]| verdict(reports, &[]).map_err(|error| error.kind);
        assert_eq!(failed(&[forbidden(), report(Some("Mono8"))]), Ok(()));
        for reports in [vec![], vec![forbidden()], vec![report(None)]] {
            assert_eq!(failed(&reports), Err(ErrorKind::Device), "{reports:?}");
        }
        assert!(described(&forbidden(), false).contains("Permission denied"));
        let found = Found {
            id: "Acme-A5-0042".to_owned(),
            address: "169.254.3.7".to_owned(),
            physical_id: "00:11:22:33:44:55".to_owned(),
            serial: "0042".to_owned(),
            vendor: "Acme".to_owned(),
            model: "A5".to_owned(),
            protocol: "GigEVision".to_owned(),
        };
        assert_eq!(
            verdict(&[forbidden()], std::slice::from_ref(&found)),
            Ok(())
        );
        assert!(found_as(&found).starts_with("169.254.3.7: Acme A5\n  id       Acme-A5-0042\n"));
    }
}
