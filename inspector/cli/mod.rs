//! One file per command: parse, wire, call, print. The only room that names adapters.

// First: its macros are for all that follow.
#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "commands answer on the terminal; what runs a station tells events instead"
)]
#[macro_use]
pub mod terminal;

mod account;
mod agreement;
mod align;
mod asking;
mod backup;
mod bench;
mod calibrate;
mod cameras;
mod check;
mod codes;
mod events;
mod export;
mod find;
mod images;
mod init;
mod interrupt;
mod key;
mod line;
mod line_wiring;
mod model;
mod place;
mod plc_tags;
mod proofs;
mod proved;
mod render;
mod run;
mod simulate;
mod support;
mod teach;
mod told;
mod verify;
mod wiring;

use crate::error::{Error, ErrorKind};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

/// A station that looks at every part and rejects what it cannot vouch for.
///
/// Exit codes: 0 done; 1 internal error; 2 wrong arguments; 3 settings or recipes; 4 camera or other
/// device; 5 model or ONNX Runtime; 6 disk or result log; 7 network address; 8 verification failed.
#[derive(Parser)]
#[command(version, about, long_about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the station until Ctrl-C.
    Run(run::RunArgs),
    /// Makes the folder of a new station, with a camera that it finds; `run` does so where it finds an empty folder.
    Init(init::InitArgs),
    /// Checks settings, recipes and models, opens the cameras, runs each model once.
    Check(check::CheckArgs),
    /// Calibrates a camera: lens, part plane and flat field, from images or live.
    Calibrate(calibrate::CalibrateArgs),
    /// Prints a chessboard for `calibrate` as SVG, to scale.
    Board(calibrate::BoardArgs),
    /// Makes a reference by which parts are found that do not lie still, and tries it on pictures.
    #[command(subcommand)]
    Align(align::AlignCommand),
    /// Teaches a model from images of good parts, and proposes a threshold with its confidence.
    Teach(Box<teach::TeachArgs>),
    /// Compares models on images of good and bad parts.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Measures whether this machine holds the cycle with these models, and how fast it can be.
    Bench(Box<bench::BenchArgs>),
    /// Lists the cameras of this computer: formats, sizes, controls, or why one cannot be used.
    Cameras(cameras::CamerasArgs),
    /// Reads the codes in pictures (QR, Data Matrix, Code 128, …) as a station would, with the time each took.
    Codes(codes::CodesArgs),
    /// Says whether people and the station agree on what is good: a study by the rules of AIAG MSA 4.
    Agreement(agreement::AgreementArgs),
    /// Writes the result log in another format.
    Export(export::ExportArgs),
    /// Finds parts by any piece of their ID.
    Find(find::FindArgs),
    /// Says whether every result and picture that was promised is there.
    Verify(verify::VerifyArgs),
    /// Prints the public key that verifies the signatures of the log, also as a QR code; makes another.
    Key(key::KeyArgs),
    /// Says who may log in, and which machines may ask.
    Account(account::AccountArgs),
    /// Copies the result log and its pictures into an empty folder, while the station runs.
    Backup(backup::CopyArgs),
    /// Puts a backup into a data folder that holds no log and no pictures.
    Restore(backup::CopyArgs),
    /// Shows what the station told: events and alarms, now and before.
    Events(events::EventsArgs),
    /// Packs what a maker needs to help: log, settings without secrets, versions, alarms, latencies.
    SupportBundle(support::SupportArgs),
    /// Runs the station under faults drawn from seeds, in simulated time, and checks every law.
    Simulate(simulate::SimulateArgs),
    /// Shows every input and output of the line live, fires one, measures delays, checks the handshake: before a station runs.
    Line(line::LineArgs),
    /// Writes the addresses of the handshake with a PLC as a tag file: CSV, GX Works or TIA Portal.
    PlcTags(plc_tags::PlcTagsArgs),
    /// Prints the reference of station.toml, every key explained.
    Settings,
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Writes pictures of the simulated line, with masks and truth, for training.
    Render(render::RenderArgs),
}

/// Which station a command is about.
#[derive(clap::Args)]
struct StationArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml")]
    settings: PathBuf,
}

/// Does what the arguments say.
pub fn main() -> Result<(), Error> {
    let command = match Cli::try_parse() {
        Ok(parsed) => parsed.command,
        Err(error) => refuse(&error),
    };
    if !matches!(command, Command::Run(_)) {
        end_with_the_pipe();
    }
    match command {
        Command::Run(args) => run::run(&args),
        Command::Init(args) => init::init(&args),
        Command::Check(args) => check::check(&args),
        Command::Calibrate(args) => calibrate::calibrate(&args),
        Command::Board(args) => calibrate::print_board(&args),
        Command::Align(command) => align::align(&command),
        Command::Teach(args) => teach::teach(&args),
        Command::Model(command) => model::model(&command),
        Command::Bench(args) => bench::bench(&args),
        Command::Cameras(args) => cameras::cameras(&args),
        Command::Codes(args) => codes::codes(&args),
        Command::Agreement(args) => agreement::agreement(&args),
        Command::Export(args) => export::export(&args),
        Command::Find(args) => find::find(&args),
        Command::Key(args) => key::key(&args),
        Command::Account(args) => account::account(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Events(args) => events::events(&args),
        Command::SupportBundle(args) => support::support(&args),
        Command::Simulate(args) => simulate::run(&args, &crate::clock::SystemClock),
        Command::Line(args) => line::line(&args),
        Command::PlcTags(args) => {
            plc_tags::plc_tags(&args);
            Ok(())
        }
        Command::Settings => {
            terminal::answer(crate::settings::DEFAULT);
            Ok(())
        }
        Command::Openapi => {
            terminal::answer(&crate::http::openapi_json());
            Ok(())
        }
        Command::Render(args) => {
            let rendered = render::render(&args, &crate::clock::SystemClock)?;
            say!(
                "wrote {} pictures; painting one took {} µs on average",
                rendered.pictures,
                rendered.paint_mean.as_micros()
            );
            Ok(())
        }
    }
}

/// Says what the arguments are wrong in as anything else is said; help and version come as clap lays them out.
fn refuse(error: &clap::Error) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    terminal::note(&error.render().to_string());
    std::process::exit(error.exit_code());
}

/// A command whose output nobody reads any more (`| head`) ends quietly, as others do. A station goes on.
fn end_with_the_pipe() {
    // SAFETY: no other thread runs yet, and the default action takes no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

fn load_settings(args: &StationArgs) -> Result<crate::settings::StationSettings, Error> {
    load_settings_of(&args.settings)
}

fn load_settings_of(file: &Path) -> Result<crate::settings::StationSettings, Error> {
    crate::settings::StationSettings::load(file).map_err(|problems| {
        let lines = problems.iter().map(ToString::to_string).collect();
        Error::all(ErrorKind::Settings, lines)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_of_a_command_share_a_name() {
        super::Cli::command().debug_assert();
    }
}
