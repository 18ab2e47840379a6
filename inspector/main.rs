//! The `inspector` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    match inspector::cli::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for message in &error.messages {
                eprintln!("inspector: {message}");
            }
            ExitCode::from(error.kind.exit_code())
        }
    }
}
