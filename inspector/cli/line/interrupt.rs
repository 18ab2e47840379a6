//! Ctrl-C, SIGTERM and a closed terminal, while something is tried that must be ended properly.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn noted(_: libc::c_int) {
    IS_INTERRUPTED.store(true, Ordering::Relaxed);
}

/// From now on they are only noted.
pub(super) fn note() {
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
pub(super) fn is_told_to_end() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}
