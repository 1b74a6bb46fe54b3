//! One claimed run under way: executed while its lease is kept, until it ends, is cancelled, is lost, or the worker stops.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;

use super::{Worker, is_on_last_chance};
use crate::error::{Error, Result};
use crate::functions::{Ended, Engine};
use crate::runs::{GiveBack, Heartbeat, Run};
use crate::telemetry;
use crate::tenancy::bot_scope;

/// How long to wait before asking a store that was away again.
const HAND_BACK: Duration = Duration::from_millis(500);

/// What ends an attempt first.
enum Next {
    Ended(Result<Ended>),
    Stop,
    Beat(Heartbeat),
}

impl Worker {
    /// Executes the run. What is traced meanwhile says of which account, run and function it is.
    pub(super) async fn carry_out(self, run: Run, leaving: watch::Receiver<bool>) {
        let span = tracing::info_span!(
            "run",
            account = %run.tenant.account(),
            run = %run.id,
            function = run.function,
            epoch = run.epoch,
            attempt = run.attempts,
        );
        async {
            telemetry::run_claimed(&run);
            let outcome = self.attempt(&run, leaving).await;
            // There is a run to claim, or room for one.
            let gave_back = matches!(outcome, Ok(Ended::Returned(_)));
            note(&run, outcome);
            self.services.signals.run_changed(run.id);
            if gave_back || self.config.per_account.is_some() {
                self.services.signals.work_arrived();
            }
        }
        .instrument(span)
        .await;
    }

    async fn attempt(&self, run: &Run, mut leaving: watch::Receiver<bool>) -> Result<Ended> {
        let scope = bot_scope(run.tenant.account());
        let engine = Engine::new(&self.services, &scope, run);
        let next = {
            let stop = async {
                if leaving.wait_for(|stop| *stop).await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(self.config.grace).await;
            };
            tokio::select! {
                ended = self.in_turn(run, guarded(&engine, engine.execute())) => Next::Ended(ended),
                () = stop => Next::Stop,
                beat = self.keep_lease(run) => Next::Beat(beat),
            }
        };
        match next {
            Next::Ended(Err(error)) if error.is_retryable() => self.hand_back(&engine, error).await,
            Next::Ended(ended) => ended,
            // As if it had not come: nothing is counted, and what the run failed by before stays told.
            Next::Stop => {
                let failure = run.error.clone();
                engine.give_back(GiveBack { delay: Duration::ZERO, failure, counted: false }).await
            }
            Next::Beat(Heartbeat::CancelRequested) => guarded(&engine, engine.revoke()).await,
            Next::Beat(_) => engine.find_out().await,
        }
    }

    /// The store was away in the middle of the run. Tries to give it back for as long as it is held, so that it need not wait for
    /// its lease.
    async fn hand_back(&self, engine: &Engine<'_>, mut error: Error) -> Result<Ended> {
        let held_until = Instant::now() + self.config.lease;
        while Instant::now() < held_until {
            tokio::time::sleep(HAND_BACK).await;
            match engine.give_up_or_retry(&error, true).await {
                Ok(Ended::Lost) => return engine.find_out().await,
                Err(again) if again.is_retryable() => error = again,
                ended => return ended,
            }
        }
        Err(error)
    }

    /// Does the work beside the worker's other runs, or after them where it must be alone.
    async fn in_turn<T>(&self, run: &Run, work: impl Future<Output = T>) -> T {
        if is_on_last_chance(run) {
            let _alone = self.floor.write().await;
            work.await
        } else {
            let _in_common = self.floor.read().await;
            work.await
        }
    }

    /// Renews the run's lease, by the clock and whenever somebody asks it to stop, until it is not simply held any more.
    async fn keep_lease(&self, run: &Run) -> Heartbeat {
        let mut changes = self.services.signals.changes();
        let mut renewal =
            tokio::time::interval_at(Instant::now() + self.config.heartbeat, self.config.heartbeat);
        renewal.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = renewal.tick() => {}
                () = changes.cancel_of(run.id) => {}
            }
            let store = &self.services.store;
            match store.heartbeat(&self.system, run.id, run.epoch, self.config.lease).await {
                Ok(Heartbeat::Held) => {}
                Ok(other) => return other,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "could not renew a lease");
                }
            }
        }
    }
}

/// Says how an attempt went.
fn note(run: &Run, outcome: Result<Ended>) {
    match outcome {
        Ok(Ended::Finished(finished)) => {
            telemetry::run_finished(&finished);
            tracing::info!(state = %finished.state, charged = finished.charged, "run finished");
        }
        Ok(Ended::Returned(wait)) => {
            telemetry::run_returned(run);
            tracing::info!(?wait, "run is given back");
        }
        Ok(Ended::Lost) | Err(Error::LeaseLost) => {
            telemetry::lease_lost(run);
            tracing::warn!("run was taken over by another worker");
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "run is left to its lease");
        }
    }
}

/// Ends the run when what works on it panics, be it a function or a hook of the host's: left alone it would keep its lease
/// and its credits until the reaper came, and panic again.
async fn guarded(engine: &Engine<'_>, work: impl Future<Output = Result<Ended>>) -> Result<Ended> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(ended) => ended,
        Err(_) => engine.abandon().await,
    }
}
