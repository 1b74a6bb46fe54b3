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
    //! Every pair of statuses, written out once more: a change of a table is a change here too.

    use std::fmt::Debug;
    use std::str::FromStr;

    use super::*;

    const KEYWORD: &str = r"
        from\to    new clustered in_use orphaned archived
        new        =   yes       -      -        yes
        clustered  yes =         yes    yes      yes
        in_use     -   yes       =      yes      yes
        orphaned   yes yes       -      =        yes
        archived   yes -         -      -        =
    ";
    const CLUSTER: &str = r"
        from\to    new pending finalized archived
        new        =   yes     yes       yes
        pending    yes =       yes       yes
        finalized  -   yes     =         yes
        archived   yes -       -         =
    ";
    const IDEA: &str = r"
        from\to    new scheduled used archived
        new        =   yes       -    yes
        scheduled  yes =         yes  yes
        used       -   -         =    yes
        archived   yes -         -    =
    ";
    const TASK: &str = r"
        from\to            pending queued in_progress generated published refresh_scheduled failed cancelled
        pending            =       yes    yes         yes       -         -                 -      yes
        queued             yes     =      yes         yes       -         -                 yes    yes
        in_progress        yes     yes    =           yes       -         -                 yes    yes
        generated          -       yes    -           =         yes       yes               -      yes
        published          -       -      -           yes       =         yes               -      -
        refresh_scheduled  -       yes    yes         yes       -         =                 yes    yes
        failed             yes     yes    yes         yes       -         -                 =      yes
        cancelled          yes     -      -           -         -         -                 -      =
    ";
    const CONTENT: &str = r"
        from\to    draft review approved scheduled published failed
        draft      =     yes    yes      -         -         -
        review     yes   =      yes      -         -         -
        approved   yes   yes    =        yes       yes       yes
        scheduled  -     -      yes      =         yes       yes
        published  yes   -      -        -         =         yes
        failed     yes   -      yes      yes       yes       =
    ";
    const IMAGE: &str = r"
        from\to     pending generating generated failed
        pending     =       yes        yes       yes
        generating  yes     =          yes       yes
        generated   yes     yes        =         -
        failed      yes     yes        yes       =
    ";

    /// The table allows exactly the pairs that the matrix marks with `yes`, and the way from a status to itself.
    fn is_as_drawn<S: Moves + Debug + FromStr<Err: Debug>>(all: &[S], matrix: &str) {
        let status = |word: &str| S::from_str(word).unwrap();
        let mut lines = matrix.lines().filter(|line| !line.trim().is_empty());
        let header: Vec<S> = lines.next().unwrap().split_whitespace().skip(1).map(status).collect();
        assert_eq!(header, all);
        let mut rows = Vec::new();
        for line in lines {
            let mut words = line.split_whitespace();
            let from = status(words.next().unwrap());
            let cells: Vec<&str> = words.collect();
            assert_eq!(cells.len(), all.len(), "{line}");
            for (to, cell) in header.iter().zip(cells) {
                let legal = match cell {
                    "yes" => from != *to,
                    "=" => from == *to,
                    "-" => false,
                    other => panic!("{other} in {line}"),
                };
                assert_eq!(from.check_move(*to).is_ok(), legal, "{} {from} -> {to}", S::WHAT);
            }
            rows.push(from);
        }
        assert_eq!(rows, all);
        for (at, pair) in S::TABLE.iter().enumerate() {
            assert!(pair.0 != pair.1 && !S::TABLE[at + 1..].contains(pair), "{pair:?} twice or to itself");
        }
    }

    #[test]
    fn every_pair_is_as_drawn() {
        is_as_drawn(KeywordStatus::ALL, KEYWORD);
        is_as_drawn(ClusterStatus::ALL, CLUSTER);
        is_as_drawn(IdeaStatus::ALL, IDEA);
        is_as_drawn(TaskStatus::ALL, TASK);
        is_as_drawn(ContentStatus::ALL, CONTENT);
        is_as_drawn(ImageStatus::ALL, IMAGE);
    }
}
