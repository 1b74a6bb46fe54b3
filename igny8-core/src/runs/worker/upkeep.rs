//! What a worker sees to beside its runs: the reaper, monthly grants, the queue's figures, and what is too old to keep.

use std::time::Duration;

use tokio::time::Instant;

use super::Worker;
use crate::error::Result;
use crate::functions::bought;
use crate::runs::Pruned;
use crate::telemetry;
use crate::tenancy::bot_scope;

/// How often it looks for what is too old to keep.
const PRUNING: Duration = Duration::from_secs(10 * 60);

impl Worker {
    /// Sees to each part when it is due, for as long as the worker is there.
    pub(super) async fn keep_up(self) {
        let now = Instant::now();
        let (mut reaping, mut census, mut pruning) = (now, now, now);
        loop {
            tokio::time::sleep_until(reaping.min(census).min(pruning)).await;
            let now = Instant::now();
            if reaping <= now {
                self.tidy().await;
                reaping = Instant::now() + self.config.upkeep;
            }
            if census <= now {
                tried("count the queue", self.count().await);
                census = Instant::now() + self.config.census;
            }
            if pruning <= now {
                let pruned = tried("remove what is too old to keep", self.prune().await);
                let more = pruned.is_some_and(|pruned| pruned.more);
                pruning = Instant::now() + if more { self.config.upkeep } else { PRUNING };
            }
        }
    }

    /// Ends what no worker can, and grants what is due.
    pub(super) async fn tidy(&self) {
        tried("reap", self.reap().await);
        tried("grant monthly credits", self.grant_months().await);
    }

    /// Ends what no worker can.
    async fn reap(&self) -> Result<()> {
        let reaped = self.services.store.reap(&self.system).await?;
        telemetry::leases_expired(reaped.returned);
        if reaped.returned > 0 {
            self.services.signals.work_arrived();
        }
        for run in reaped.ended {
            telemetry::run_finished(&run);
            tracing::warn!(run = %run.id, function = run.function, state = %run.state, "run was given up");
            self.services.signals.run_changed(run.id);
            bought::forget(&self.services, &run).await;
        }
        Ok(())
    }

    /// Grants this month's credits to accounts that have not had them.
    async fn grant_months(&self) -> Result<()> {
        const AT_ONCE: u32 = 100;
        let month = crate::credits::month_key(self.services.clock.as_ref());
        let key = crate::credits::grant_key(&month);
        for account in self.services.store.accounts_without_posting(&self.system, &key, AT_ONCE).await? {
            let scope = bot_scope(account);
            // One account that is busy keeps no other waiting.
            tried("grant an account its month", self.igny8.credits(&scope).grant_month().await);
        }
        Ok(())
    }

    async fn count(&self) -> Result<()> {
        let counts = self.services.store.census(&self.system).await?;
        telemetry::queue(&self.functions, &counts);
        Ok(())
    }

    async fn prune(&self) -> Result<Pruned> {
        let pruned = self.services.store.prune(&self.system, self.config.retention).await?;
        let Pruned { runs, answers, sessions, idempotency_keys, deliveries, .. } = pruned;
        if runs + answers + sessions + idempotency_keys + deliveries > 0 {
            let what = "removed what was too old to keep";
            tracing::info!(runs, answers, sessions, idempotency_keys, deliveries, "{what}");
        }
        Ok(pruned)
    }
}

/// Upkeep that fails is tried again when it is due the next time.
fn tried<T>(what: &'static str, done: Result<T>) -> Option<T> {
    match done {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(
                what,
                error = &error as &dyn std::error::Error,
                "upkeep failed; it is tried again"
            );
            None
        }
    }
}
