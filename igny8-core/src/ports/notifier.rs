//! News between the processes of one installation: work has come, a run has changed or is to stop.
//! Nothing depends on it: the store is the truth, and news that is lost costs whoever waited for it one poll.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::error::{Error, FieldErrors, Result};
use crate::ids::RunId;

/// One piece of news. It names a run and says nothing of its tenant or contents: whoever may see the run asks the store.
///
/// Its text (`work`, `changed:0190…`, `cancel:0190…`, `missed`) is what travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notice {
    /// There is something to claim.
    WorkArrived,
    /// The run's state or progress is another now.
    RunChanged(RunId),
    /// Somebody asked the run to stop.
    CancelRequested(RunId),
    /// News may have been lost, such as while there was no connection: everybody looks for themselves.
    Missed,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkArrived => f.write_str("work"),
            Self::RunChanged(run) => write!(f, "changed:{run}"),
            Self::CancelRequested(run) => write!(f, "cancel:{run}"),
            Self::Missed => f.write_str("missed"),
        }
    }
}

impl FromStr for Notice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "work" => Ok(Self::WorkArrived),
            None if text == "missed" => Ok(Self::Missed),
            Some(("changed", run)) => run.parse().map(Self::RunChanged),
            Some(("cancel", run)) => run.parse().map(Self::CancelRequested),
            _ => Err(FieldErrors::one("notice", format!("`{text}` is no notice")).into()),
        }
    }
}

/// Carries news to every process that listens, the sender's own included. Adapters: LISTEN/NOTIFY and NATS in `igny8-storage`.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// Sends news. Order between calls need not be kept, nor need news arrive.
    ///
    /// # Errors
    /// [`Error::Storage`] when it could not be sent: it is then dropped.
    async fn publish(&self, notices: &[Notice]) -> Result<()>;

    /// Listens from now on. A lost connection is the adapter's to mend: it answers with [`Notice::Missed`] afterwards. A
    /// stream that ends is subscribed to again.
    ///
    /// # Errors
    /// [`Error::Storage`] when there is no connection.
    async fn subscribe(&self) -> Result<BoxStream<'static, Notice>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_read_as_they_were_written() {
        let run = RunId::new();
        for notice in
            [Notice::WorkArrived, Notice::RunChanged(run), Notice::CancelRequested(run), Notice::Missed]
        {
            assert_eq!(notice.to_string().parse::<Notice>().unwrap(), notice);
        }
        for text in ["", "works", "changed", "changed:", "cancel:12", "work:0190"] {
            assert!(matches!(text.parse::<Notice>(), Err(Error::Invalid(_))), "{text}");
        }
    }
}
