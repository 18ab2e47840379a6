//! The `inspector` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Microsoft's builds of ONNX Runtime gather what is run and look for a server of theirs, whatever its own switch
    // says; nothing of a station may leave it unasked. The library reads this when it is loaded.
    // SAFETY: there is no other thread yet that could read the environment meanwhile.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
    match inspector::cli::main() {
        Ok(()) => {
            if let Some(log) = inspector::telemetry::log::installed() {
                log.flush();
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// To the log where there is one: a station's terminal may take nothing, and nobody waits for it.
fn tell(error: &inspector::error::Error) {
    use inspector::telemetry::{catalogue::Code, log};
    match log::installed() {
        Some(installed) => {
            for message in &error.messages {
                inspector::tell!(Code::StationFailed, "{message}");
            }
            installed.flush();
        }
        None => {
            for message in &error.messages {
                inspector::cli::terminal::note(&format!("inspector: {message}\n"));
            }
        }
    }
}
