//! The queue in figures, for operators.

use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::runs::QueueCount;
use igny8_core::tenancy::SystemScope;

use super::Store;
use crate::statement::SystemSql;

/// Runs of accounts that may not work are counted, and are not due.
const COUNTS: SystemSql = SystemSql::new(
    "SELECT r.function, r.state, count(*) AS runs,
         min(CASE WHEN r.state <> 'progress' AND a.status IN ('active', 'trial') THEN r.run_at END) AS due
     FROM igny8_runs r JOIN igny8_accounts a ON a.account_id = r.account_id
     WHERE r.state IN ('pending', 'progress', 'retry') GROUP BY r.function, r.state ORDER BY r.function, r.state",
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
