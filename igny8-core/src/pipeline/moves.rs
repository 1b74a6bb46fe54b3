//! Which status may follow which, for every noun of the flow, in one place.
//! A move to the status a row already has is always allowed and changes nothing.

use super::{ClusterStatus, ContentStatus, IdeaStatus, ImageStatus, KeywordStatus, TaskStatus};
use crate::error::{Error, Result};

/// A status with a table of legal moves.
pub trait Moves: Copy + PartialEq + std::fmt::Display + 'static {
    /// The noun, for messages.
    const WHAT: &'static str;
    /// Every legal move, as (from, to).
    const TABLE: &'static [(Self, Self)];

    /// Whether the move is legal.
    fn may_become(self, to: Self) -> bool {
        self == to || Self::TABLE.contains(&(self, to))
    }

    /// Checks a move.
    ///
    /// # Errors
    /// [`Error::IllegalMove`] when the table does not have it.
    fn check_move(self, to: Self) -> Result<()> {
        if self.may_become(to) {
            Ok(())
        } else {
            Err(Error::IllegalMove { what: Self::WHAT, from: self.to_string(), to: to.to_string() })
        }
    }

    /// The statuses from which `to` may be reached, itself included.
    #[must_use]
    fn sources(to: Self) -> Vec<Self> {
        let mut sources = vec![to];
        sources.extend(Self::TABLE.iter().filter(|(_, target)| *target == to).map(|(from, _)| *from));
        sources
    }
}

impl Moves for KeywordStatus {
    const WHAT: &'static str = "keyword";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::New, Self::Clustered),
        (Self::New, Self::Archived),
        (Self::Clustered, Self::New),
        (Self::Clustered, Self::InUse),
        (Self::Clustered, Self::Orphaned),
        (Self::Clustered, Self::Archived),
        (Self::InUse, Self::Clustered),
        (Self::InUse, Self::Orphaned),
        (Self::InUse, Self::Archived),
        (Self::Orphaned, Self::New),
        (Self::Orphaned, Self::Clustered),
        (Self::Orphaned, Self::Archived),
        (Self::Archived, Self::New),
    ];
}

impl Moves for ClusterStatus {
    const WHAT: &'static str = "cluster";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::New, Self::Pending),
        (Self::New, Self::Finalized),
        (Self::New, Self::Archived),
        (Self::Pending, Self::New),
        (Self::Pending, Self::Finalized),
        (Self::Pending, Self::Archived),
        (Self::Finalized, Self::Pending),
        (Self::Finalized, Self::Archived),
        (Self::Archived, Self::New),
    ];
}

impl Moves for IdeaStatus {
    const WHAT: &'static str = "idea";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::New, Self::Scheduled),
        (Self::New, Self::Archived),
        (Self::Scheduled, Self::New),
        (Self::Scheduled, Self::Used),
        (Self::Scheduled, Self::Archived),
        (Self::Used, Self::Archived),
        (Self::Archived, Self::New),
    ];
}

impl Moves for TaskStatus {
    const WHAT: &'static str = "task";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::Pending, Self::Queued),
        (Self::Pending, Self::InProgress),
        (Self::Pending, Self::Generated),
        (Self::Pending, Self::Cancelled),
        (Self::Queued, Self::Pending),
        (Self::Queued, Self::InProgress),
        (Self::Queued, Self::Generated),
        (Self::Queued, Self::Failed),
        (Self::Queued, Self::Cancelled),
        (Self::InProgress, Self::Pending),
        (Self::InProgress, Self::Queued),
        (Self::InProgress, Self::Generated),
        (Self::InProgress, Self::Failed),
        (Self::InProgress, Self::Cancelled),
        (Self::Generated, Self::Published),
        (Self::Generated, Self::RefreshScheduled),
        (Self::Generated, Self::Queued),
        (Self::Generated, Self::Cancelled),
        (Self::Published, Self::RefreshScheduled),
        (Self::Published, Self::Generated),
        (Self::RefreshScheduled, Self::Queued),
        (Self::RefreshScheduled, Self::InProgress),
        (Self::RefreshScheduled, Self::Generated),
        (Self::RefreshScheduled, Self::Failed),
        (Self::RefreshScheduled, Self::Cancelled),
        (Self::Failed, Self::Pending),
        (Self::Failed, Self::Queued),
        (Self::Failed, Self::InProgress),
        (Self::Failed, Self::Generated),
        (Self::Failed, Self::Cancelled),
        (Self::Cancelled, Self::Pending),
    ];
}

impl Moves for ContentStatus {
    const WHAT: &'static str = "content";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::Draft, Self::Review),
        (Self::Draft, Self::Approved),
        (Self::Review, Self::Draft),
        (Self::Review, Self::Approved),
        (Self::Approved, Self::Draft),
        (Self::Approved, Self::Review),
        (Self::Approved, Self::Scheduled),
        (Self::Approved, Self::Published),
        (Self::Approved, Self::Failed),
        (Self::Scheduled, Self::Approved),
        (Self::Scheduled, Self::Published),
        (Self::Scheduled, Self::Failed),
        (Self::Published, Self::Draft),
        (Self::Published, Self::Failed),
        (Self::Failed, Self::Draft),
        (Self::Failed, Self::Approved),
        (Self::Failed, Self::Scheduled),
        (Self::Failed, Self::Published),
    ];
}

impl Moves for ImageStatus {
    const WHAT: &'static str = "image";
    const TABLE: &'static [(Self, Self)] = &[
        (Self::Pending, Self::Generating),
        (Self::Pending, Self::Generated),
        (Self::Pending, Self::Failed),
        (Self::Generating, Self::Pending),
        (Self::Generating, Self::Generated),
        (Self::Generating, Self::Failed),
        (Self::Generated, Self::Pending),
        (Self::Generated, Self::Generating),
        (Self::Failed, Self::Pending),
        (Self::Failed, Self::Generating),
        (Self::Failed, Self::Generated),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<S: Moves + std::fmt::Debug>(all: &[S]) {
        for from in all {
            assert!(from.may_become(*from));
            for to in all {
                assert_eq!(
                    from.check_move(*to).is_ok(),
                    S::sources(*to).contains(from),
                    "{from:?} -> {to:?}"
                );
            }
            assert!(all.iter().any(|to| to != from && from.may_become(*to)), "{from:?} is a dead end");
        }
        for (at, pair) in S::TABLE.iter().enumerate() {
            assert!(pair.0 != pair.1 && !S::TABLE[at + 1..].contains(pair), "{pair:?} twice or to itself");
        }
    }

    #[test]
    fn every_table_is_sound_and_has_no_dead_end() {
        holds(KeywordStatus::ALL);
        holds(ClusterStatus::ALL);
        holds(IdeaStatus::ALL);
        holds(TaskStatus::ALL);
        holds(ContentStatus::ALL);
        holds(ImageStatus::ALL);
    }

    #[test]
    fn what_must_never_be() {
        assert!(!KeywordStatus::New.may_become(KeywordStatus::InUse));
        assert!(!IdeaStatus::New.may_become(IdeaStatus::Used));
        assert!(!TaskStatus::Pending.may_become(TaskStatus::Published));
        assert!(!ContentStatus::Draft.may_become(ContentStatus::Published));
        assert!(TaskStatus::Published.check_move(TaskStatus::Pending).is_err());
    }
}
