//! GenICam cameras against Aravis' simulator, over real sockets: the contract of the port, pixel formats, features by
//! name, triggers, and everything that happens to a camera in a network.

#![allow(clippy::print_stderr, reason = "what was skipped is told")]

mod cases;
#[path = "../station/conformance.rs"]
mod conformance;
mod device;
mod faults;
mod formats;
mod namespace;

use inspector::{clock, ports, station};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
