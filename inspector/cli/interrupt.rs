//! Ctrl-C, SIGTERM and a closed terminal, while something is tried that must be ended properly.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn noted(_: libc::c_int) {
    IS_INTERRUPTED.store(true, Ordering::Relaxed);
}

/// From now on they are only noted.
pub fn note() {
    let handler = noted as extern "C" fn(libc::c_int) as libc::sighandler_t;
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the handler stores to an atomic, which is allowed in one.
        unsafe { libc::signal(signal, handler) };
    }
    // A reader that has gone must not end the program before the output is at rest.
    // SAFETY: the default action takes no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Whether one came.
pub fn is_told_to_end() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}

/// Ends the program as one that does not listen to Ctrl-C ends by it: with exit code 130.
pub fn end() -> ! {
    std::process::exit(130)
}
