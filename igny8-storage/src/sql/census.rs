//! The queue in figures, for operators.

use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::runs::QueueCount;
use igny8_core::tenancy::SystemScope;

use super::Store;
use crate::statement::SystemSql;

const COUNTS: SystemSql = SystemSql::new(
    "SELECT function, state, count(*) AS runs, min(CASE WHEN state <> 'progress' THEN run_at END) AS due
     FROM igny8_runs WHERE state IN ('pending', 'progress', 'retry') GROUP BY function, state ORDER BY function, state",
);

pub(super) async fn census(store: &Store, system: &SystemScope) -> Result<Vec<QueueCount>> {
    let mut db = store.system_read(system, "count the queue").await?;
    let now = db.now();
    db.query(COUNTS)
        .all(|row| {
            let due: Option<DateTime<Utc>> = row.get("due")?;
            Ok(QueueCount {
                function: row.get("function")?,
                state: row.word("state")?,
                runs: row.get("runs")?,
                oldest_due: due.and_then(|due| (now - due).to_std().ok()),
            })
        })
        .await
}
