//! What a person who waits gets to see, on standard error: a bar on a terminal, lines elsewhere.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::left_out::LeftOut;
use super::pins::Pin;

/// A bar, or lines.
pub(super) struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        let is_terminal = stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, is_terminal }
    }

    /// Says what is being done.
    pub(super) fn say(&self, what: &str) {
        self.line(what);
        self.bar.set_message(what.to_owned());
    }

    /// Begins work on so many packages.
    pub(super) fn begin(&self, doing: &'static str, packages: usize) {
        if packages > 0 {
            self.line(&format!("{doing} {packages} packages"));
            self.bar.reset();
            self.bar.set_length(packages as u64);
            self.bar.set_prefix(doing);
        }
    }

    /// Begins work on the next of them.
    pub(super) fn next(&self, pin: &Pin) {
        self.bar.inc(1);
        self.bar.set_message(pin.to_string());
    }

    /// Says at once that a package is left out; the report says it again.
    pub(super) fn warn(&self, left_out: &LeftOut) {
        self.line(&format!("left out: {left_out}"));
        self.bar.println(format!("left out: {left_out}"));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if !self.is_terminal {
            eprintln!("corpus: {text}");
        }
    }
}
