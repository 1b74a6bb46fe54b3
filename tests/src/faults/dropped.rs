//! Requests dropped at every await: each call is polled once, twice, three times and so on, then dropped, until it comes to
//! its end. Afterwards its connections work, what was acknowledged is there, and what was not is there whole or not at all.

use std::pin::pin;
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::{join_all, poll_fn};
use igny8_core::Igny8;
use igny8_core::pipeline::NewKeyword;
use igny8_core::ports::Store;
use igny8_core::tenancy::TenantScope;

use super::calls::Call;
use super::ground::{Opened, Opening, desk_of};
use super::oracle::Oracle;
use super::{Fault, Ground, Outcome, Stage, ground};
use crate::{Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "dropped",
    about: "calls dropped at every await, on a pool of two connections: the pool works, nothing is lost or half written",
    of_200: 10,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

/// Fewer than ask at once.
const CONNECTIONS: u32 = 2;
const PROBES: usize = 4;
/// No call waits this often.
const MOST_POLLS: u32 = 500;

/// A store whose callers go away, and who judges what is left.
pub(super) struct Scene<S> {
    /// The store, with few connections.
    pub(super) store: S,
    /// The SDK on it.
    pub(super) igny8: Igny8,
    /// The account, seen through other connections.
    pub(super) desk: Desk,
    /// Its owner's scope.
    pub(super) scope: TenantScope,
}

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let opening = Opening { connections: CONNECTIONS, ..Opening::default() };
        match ground::opened(ground.place(), &opening).await {
            Opened::Sqlite(store) => every_call(store, &ground, &mut oracle, round, &mut outcome).await,
            Opened::Postgres(store) => every_call(store, &ground, &mut oracle, round, &mut outcome).await,
        }
    }
    outcome
}

async fn every_call<S: Store + Clone>(
    store: S,
    ground: &Ground,
    oracle: &mut Oracle,
    round: u32,
    outcome: &mut Outcome,
) {
    let service = FakeOpenAi::good().await;
    let opening = Opening::default();
    let judge = ground.open(&opening, |builder| builder.text_model(service.provider())).await;
    let desk = oracle.watch_over(desk_of(judge, &format!("Round {round}")).await);
    let igny8 = ground::outfitted(store.clone(), &opening).text_model(service.provider()).build().unwrap();
    let scene = Scene { store, igny8, scope: desk.scope.clone(), desk };
    for call in Call::ALL {
        let mut polls = 0;
        loop {
            polls += 1;
            assert!(polls < MOST_POLLS, "{call:?} never comes to its end");
            let what = format!("{call:?} of round {round} dropped after {polls} polls");
            let ended = outcome.attempt(what, once(&scene, call, polls)).await;
            if ended != Some(false) {
                break;
            }
        }
        outcome.count("drops", polls - 1);
    }
    outcome.attempt(format!("round {round}"), oracle.ledgers(&scene.desk)).await;
}

/// Whether the call came to its end.
async fn once<S: Store + Clone>(scene: &Scene<S>, call: Call, polls: u32) -> bool {
    let ended = call.dropped_after(polls, scene).await;
    let probes = (0..PROBES).map(|number| {
        let keyword = NewKeyword::new(format!("{call:?} probe {polls} {number}"));
        let keywords = scene.igny8.keywords(&scene.scope);
        async move { keywords.create(scene.desk.home.sector, keyword).await }
    });
    for probe in join_all(probes).await {
        let keyword = probe.expect("the connections work after a drop");
        let found = scene.desk.igny8.keywords(&scene.scope).get(keyword.id).await;
        assert!(found.is_ok(), "an acknowledged write is lost: {found:?}");
    }
    scene.desk.assert_ledger_sound().await;
    ended
}

/// Polls the future this often, each time once it has been woken, then drops it; `None` when it had not come to its end.
pub(super) async fn polled<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(move |cx| match work.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}
