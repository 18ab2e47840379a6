//! Tests of the station as a whole.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]

mod aligned;
mod anew;
mod answered;
mod asked;
mod authority;
mod back;
mod backup;
mod begun;
mod bench;
mod bench_settings;
mod calibrate;
mod challenged;
mod corrected;
mod cosigned;
mod defects;
mod demo_line;
mod denied;
mod docs;
mod document;
mod events;
mod evidence;
mod exit_codes;
mod export;
#[cfg(feature = "parquet")]
mod export_days;
mod export_named;
mod export_pictures;
#[cfg(feature = "parquet")]
mod export_read;
mod export_reviewed;
mod export_taken;
mod exported;
mod folder;
mod forged;
mod forger;
mod forging;
mod found;
mod gaps;
mod gone;
mod gpio;
mod grey;
mod harmed;
mod import;
mod interrupted;
mod journal;
mod last_parts;
mod lesson;
mod line;
mod line_measured;
mod line_missing;
mod log;
mod logging_in;
mod names;
mod noted;
mod oracles;
mod packed;
mod paths;
#[path = "../signals/peer.rs"]
#[allow(
    dead_code,
    reason = "what stands between is for the suite of signal devices"
)]
mod peer;
mod pictures;
mod placed;
mod plc;
mod priority;
mod proven;
mod quality;
mod quantise;
mod quota;
mod restore;
mod reviewed;
mod reviewing;
mod roles;
mod search;
mod secured;
mod served;
mod signed;
mod silent;
mod sorted;
mod sorted_apart;
mod stamped;
mod stamped_shifts;
mod tampered;
mod teach;
mod telling;
mod threshold;
mod tidy;
mod tune;
mod unreviewed;
mod unseen;
mod unwritable;
mod upload;
mod verify;
mod versions;
mod wired;
mod wired_clients;
mod wirings;
mod witness;
mod witnessed;

use served::accept_demo;
