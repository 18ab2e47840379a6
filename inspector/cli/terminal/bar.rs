//! A line on the terminal that is drawn over.

use crate::station::name::shown;
use std::io::{IsTerminal, Write};

const CELLS: usize = 24;

/// How far it has come. Where there is no terminal, only what is being done is told, once.
pub struct Bar {
    is_drawn: bool,
    width: usize,
    told: String,
}

impl Bar {
    /// Not drawn yet.
    pub fn new() -> Self {
        Self {
            is_drawn: std::io::stderr().is_terminal(),
            width: 0,
            told: String::new(),
        }
    }

    /// Whether there is a terminal to draw it on.
    pub const fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// `what` is being done, `share` of it is done, and what else there is to say.
    pub fn draw(&mut self, what: &str, share: f64, more: &str) {
        if !self.is_drawn {
            if self.told != what {
                eprintln!("{} …", shown(what));
                what.clone_into(&mut self.told);
            }
            return;
        }
        let filled = ((CELLS as f64 * share) as usize).min(CELLS);
        let (done, left) = ("█".repeat(filled), "░".repeat(CELLS - filled));
        let line = format!("[{done}{left}] {} {}", shown(what), shown(more));
        let width = line.chars().count();
        eprint!("\r{line}{}", " ".repeat(self.width.saturating_sub(width)));
        self.width = width;
        let _ = std::io::stderr().flush();
    }

    /// Takes it off the terminal.
    pub fn clear(&mut self) {
        if self.is_drawn {
            eprint!("\r{}\r", " ".repeat(self.width));
            self.width = 0;
        }
    }
}
