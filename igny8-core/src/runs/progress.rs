//! How far a run is: a phase, a percentage that never falls, and the steps taken so far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::vocabulary;

vocabulary! {
    /// The part of the work a run is in.
    pub enum Phase as "phase" {
        /// 0–10: the input is checked.
        Init = "INIT",
        /// 10–25: the work is cut into items.
        Prep = "PREP",
        /// 25–70: a provider is asked.
        AiCall = "AI_CALL",
        /// 70–85: its answer is read.
        Parse = "PARSE",
        /// 85–98: the rows are saved.
        Save = "SAVE",
        /// 100: finished.
        Done = "DONE",
    }
}

impl Phase {
    /// The percentage at which the phase begins.
    #[must_use]
    pub const fn start(self) -> u8 {
        match self {
            Self::Init => 0,
            Self::Prep => 10,
            Self::AiCall => 25,
            Self::Parse => 70,
            Self::Save => 85,
            Self::Done => 100,
        }
    }

    /// The phase that a percentage lies in.
    #[must_use]
    pub const fn at(percentage: u8) -> Self {
        match percentage {
            0..10 => Self::Init,
            10..25 => Self::Prep,
            25..70 => Self::AiCall,
            70..85 => Self::Parse,
            85..100 => Self::Save,
            _ => Self::Done,
        }
    }
}

vocabulary! {
    /// How a step went.
    pub enum StepStatus as "status" {
        /// Well.
        Success = "success",
        /// Badly.
        Error = "error",
    }
}

/// One step taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// From 1, among the steps of its kind.
    pub number: u32,
    /// The phase and the item, such as `AI_CALL tea brewing`.
    pub name: String,
    /// How it went.
    pub status: StepStatus,
    /// What was done or what went wrong.
    pub message: String,
    /// How long it took.
    pub duration_ms: u64,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// The part of the work.
    pub phase: Phase,
    /// 0 to 100; never falls.
    pub percentage: u8,
    /// For people.
    pub message: String,
    /// Items ended so far.
    pub current: u64,
    /// Items in all.
    pub total: u64,
    /// Steps up to and with the provider calls; the last [`Progress::KEPT_STEPS`].
    pub request_steps: Vec<Step>,
    /// Steps after them; the last [`Progress::KEPT_STEPS`].
    pub response_steps: Vec<Step>,
    /// Raised by every change.
    pub version: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            phase: Phase::Init,
            percentage: 0,
            message: "Waiting for a worker".to_owned(),
            current: 0,
            total: 0,
            request_steps: Vec::new(),
            response_steps: Vec::new(),
            version: 0,
        }
    }
}

impl Progress {
    /// How many steps of each kind are kept.
    pub const KEPT_STEPS: usize = 100;

    /// Moves on to a percentage, or stays where it is when that is less; the phase follows from it.
    pub fn advance(&mut self, percentage: u8, message: impl Into<String>) {
        self.percentage = self.percentage.max(percentage.min(100));
        self.phase = Phase::at(self.percentage);
        self.message = message.into();
        self.version += 1;
    }

    /// The percentage when `done` items of `total` have ended and the one at work has come to the start of `phase`.
    ///
    /// Items share the span from 25 to 98, so the phases of a run with one item lie exactly where the phases' own
    /// ranges do, and a run with many moves through the same ranges once.
    #[must_use]
    pub fn of_items(done: u64, total: u64, phase: Phase) -> u8 {
        const START: u64 = Phase::AiCall.start() as u64;
        const SPAN: u64 = 98 - START;
        let total = total.max(1);
        let within = u64::from(phase.start()).clamp(START, START + SPAN) - START;
        let percentage = START + (SPAN * done.min(total) + within) / total;
        u8::try_from(percentage.min(START + SPAN)).unwrap_or(98)
    }

    /// Notes a step; it belongs to the response when the phase comes after the call.
    pub fn note(&mut self, phase: Phase, item: &str, status: StepStatus, message: &str, duration_ms: u64) {
        let steps = match phase {
            Phase::Init | Phase::Prep | Phase::AiCall => &mut self.request_steps,
            Phase::Parse | Phase::Save | Phase::Done => &mut self.response_steps,
        };
        let number = steps.last().map_or(1, |last| last.number + 1);
        let name = if item.is_empty() { phase.to_string() } else { format!("{phase} {item}") };
        steps.push(Step { number, name, status, message: message.to_owned(), duration_ms });
        if steps.len() > Self::KEPT_STEPS {
            steps.remove(0);
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_goes_through_the_published_ranges() {
        assert_eq!(Progress::of_items(0, 1, Phase::AiCall), 25);
        assert_eq!(Progress::of_items(0, 1, Phase::Parse), 70);
        assert_eq!(Progress::of_items(0, 1, Phase::Save), 85);
        assert_eq!(Progress::of_items(1, 1, Phase::AiCall), 98);
    }

    #[test]
    fn the_percentage_never_falls_and_steps_are_bounded() {
        let mut progress = Progress::default();
        progress.advance(70, "parsed");
        progress.advance(30, "next item");
        assert_eq!((progress.percentage, progress.phase), (70, Phase::Parse));
        for _ in 0..250 {
            progress.note(Phase::Save, "x", StepStatus::Success, "", 1);
        }
        assert_eq!(progress.response_steps.len(), Progress::KEPT_STEPS);
        assert_eq!(progress.response_steps.last().map(|step| step.number), Some(250));
    }

    #[test]
    fn many_items_move_through_the_ranges_once() {
        let mut last = 0;
        for done in 0..50 {
            for phase in [Phase::AiCall, Phase::Parse, Phase::Save] {
                let now = Progress::of_items(done, 50, phase);
                assert!(now >= last && (25..=98).contains(&now));
                last = now;
            }
        }
    }
}
