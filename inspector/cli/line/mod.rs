//! `inspector line`: what an integrator tries on a line before a station runs on it: every signal live, one output by
//! hand, the delay from trigger to sensor, the handshake step by step.

mod delay;
mod fire;
mod following;
mod gpio;
mod handshake;
mod opened;
mod proof;
mod rules;
mod running;
mod show;
mod steps;
mod table;
mod watched;

pub use self::proof::prove;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Arguments of `inspector line`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = false)]
pub struct LineArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml", global = true)]
    settings: PathBuf,
    /// One line of JSON for each look, as `/api/line` has it.
    #[arg(long, global = true)]
    json: bool,
    /// Shows what is so, once, and ends.
    #[arg(long)]
    once: bool,
    /// Where a station that runs serves its page, instead of http.listen.
    #[arg(long)]
    listen: Option<SocketAddr>,
    #[command(subcommand)]
    command: Option<LineCommand>,
}

/// What is tried.
#[derive(clap::Subcommand)]
enum LineCommand {
    /// Switches one output on for a while, by hand, and says what the device answers.
    Fire(fire::FireArgs),
    /// Measures how long parts take from the trigger to a sensor behind it, and proposes settings.
    Delay(delay::DelayArgs),
    /// Goes through the handshake with a PLC step by step and says which side waits for what.
    Handshake(handshake::HandshakeArgs),
    /// Lists this computer's GPIO chips and lines, and who uses them; needs no settings.
    Gpio,
}

/// Looks, or tries what the subcommand says.
pub fn line(args: &LineArgs) -> Result<(), Error> {
    if let Some(LineCommand::Gpio) = &args.command {
        return gpio::list(args.json);
    }
    let settings = super::load_settings_of(&args.settings)?;
    if settings.line.devices.is_empty() {
        let message = format!(
            "{}: expected at least one [[device]], found none: no line is wired; docs/guide/wire.md shows how",
            settings.file.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    match &args.command {
        None | Some(LineCommand::Gpio) => show::show(&settings, args),
        Some(LineCommand::Fire(fire)) => fire::fire(&settings, fire),
        Some(LineCommand::Delay(delay)) => delay::delay(&settings, delay, args.json),
        Some(LineCommand::Handshake(handshake)) => handshake::handshake(&settings, handshake),
    }
}

/// The only lane-independent names that people type for an output or a device.
fn device_name(settings: &StationSettings, device: u8) -> &str {
    &settings.line.devices[usize::from(device)].name
}
