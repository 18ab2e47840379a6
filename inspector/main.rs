//! The `inspector` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Microsoft's builds of ONNX Runtime gather what is run and look for a server of theirs, whatever its own switch
    // says; nothing of a station may leave it unasked. The library reads this when it is loaded.
    // SAFETY: there is no other thread yet that could read the environment meanwhile.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
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
