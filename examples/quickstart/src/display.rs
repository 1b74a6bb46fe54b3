//! What the user sees while it works: bars on a terminal, plain lines elsewhere, nothing beside `--json`.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use igny8_core::RunHandle;
use indicatif::{ProgressBar, ProgressStyle};

/// Where progress goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Display {
    /// Bars on the terminal.
    Bars,
    /// A line at the end of each stage.
    Lines,
    /// Nothing.
    Silent,
}

/// One stage of the journey on display.
pub(crate) struct Stage {
    name: &'static str,
    bar: Option<ProgressBar>,
    lines: bool,
}

impl Display {
    pub(crate) fn new(json: bool) -> Self {
        if json {
            Self::Silent
        } else if std::io::stderr().is_terminal() {
            Self::Bars
        } else {
            Self::Lines
        }
    }

    /// Begins a stage that goes up to `length`.
    pub(crate) fn stage(self, name: &'static str, length: u64) -> Stage {
        let bar = matches!(self, Self::Bars).then(|| {
            let bar = ProgressBar::new(length).with_prefix(name);
            if let Ok(style) = ProgressStyle::with_template("{prefix:>9} [{bar:32}] {percent:>3}% {msg}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Stage { name, bar, lines: matches!(self, Self::Lines) }
    }

    /// Tells something before a stage begins.
    pub(crate) fn say(self, name: &str, words: &str) {
        if !matches!(self, Self::Silent) {
            drop(writeln!(std::io::stderr(), "{name:>9}: {words}"));
        }
    }

    /// Shows a run's progress until it has finished.
    pub(crate) async fn follow<O>(self, name: &'static str, run: &RunHandle<O>) -> Result<Stage> {
        let stage = self.stage(name, 100);
        let mut updates = run.progress();
        while let Some(progress) = updates.next().await? {
            stage.at(u64::from(progress.percentage), &progress.message);
        }
        Ok(stage)
    }
}

impl Stage {
    pub(crate) fn at(&self, position: u64, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(message.to_owned());
        }
    }

    pub(crate) fn done(self, outcome: &str) {
        if let Some(bar) = self.bar {
            bar.set_position(bar.length().unwrap_or_default());
            bar.finish_with_message(outcome.to_owned());
        } else if self.lines {
            drop(writeln!(std::io::stderr(), "{:>9}: {outcome}", self.name));
        }
    }
}
