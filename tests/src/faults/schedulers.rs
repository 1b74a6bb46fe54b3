//! Two schedulers: two processes start the same work under the same keys and grant the same months at the same time, and one
//! of them may be killed over it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::runs::RunState;

use super::child::was_killed;
use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::point::{Act, Point, nth_of};
use super::work::{Order, Schedule};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::good;
use crate::{Answer, Chance, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "schedulers",
    about: "two processes start under the same keys and grant the same months at once: one run a key, one grant a month",
    of_200: 20,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const KEYS: usize = 8;
const MONTHS: u32 = 3;
/// Credits of the plan, a month.
const GRANT: i64 = 30_000;

/// How often a round is played at the most until its kill hits.
const TRIES: u32 = 10;

/// Where one of the two is killed.
const POINTS: [(&str, bool); 5] = [
    ("Runs::enqueue", false),
    ("Runs::enqueue", true),
    ("Billing::post", false),
    ("Billing::post", true),
    ("Runs::run_by_key", true),
];

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let mut chance = Chance::of_round(stage.seed, round);
        // In every fourth round both live.
        let point = (round % 4 != 3).then(|| {
            let (method, after) = nth_of(&POINTS, stage.seed, round - round / 4);
            let nth =
                1 + u32::try_from(chance.below(if method.starts_with("Runs") { 4 } else { 2 })).unwrap();
            Point { method: method.to_owned(), after, nth, act: Act::Kill }
        });
        let at =
            point.as_ref().map_or_else(|| "none killed".to_owned(), |point| format!("one killed {point}"));
        let what = format!("round {round} of seed {}, {at}", stage.seed);
        outcome.attempt(what, until_it_hits(stage, &ground, &mut oracle, round, point)).await;
        outcome.count("keys_started_twice", KEYS);
        outcome.count("months_granted_twice", MONTHS);
    }
    outcome
}

/// One of the two may come to its end without coming to its point, because the other was first.
async fn until_it_hits(
    stage: &Stage,
    ground: &Ground,
    oracle: &mut Oracle,
    round: u32,
    mut point: Option<Point>,
) {
    for number in 0..TRIES {
        let name = format!("Round {round}, try {number}");
        if one_round(stage, ground, oracle, &name, point.clone()).await {
            return;
        }
        point = point.map(|point| Point { nth: 1, ..point });
    }
    panic!("none came to its point");
}

/// Whether the one that was to be killed was.
async fn one_round(
    stage: &Stage,
    ground: &Ground,
    oracle: &mut Oracle,
    name: &str,
    point: Option<Point>,
) -> bool {
    let service =
        FakeOpenAi::answering(|asked| Answer::json(&good(asked)).late(Duration::from_millis(20))).await;
    let desk = oracle.watch_over(ground.desk(name, &Opening::default(), &service).await);
    desk.tasks(&[500; KEYS]).await;
    let slug = desk.igny8.account(&desk.scope).get().await.unwrap().slug;
    let order = Schedule {
        place: ground.place().to_owned(),
        provider: service.base_url(),
        account: slug,
        months: MONTHS,
        point: None,
    };
    let is_killed = point.is_some();
    let orders = [Schedule { point, ..order.clone() }, order.clone()];
    let mut both: Vec<Child> =
        orders.into_iter().map(|order| Child::start(&stage.program, &Order::Schedule(order))).collect();
    for child in &mut both {
        assert_eq!(child.line().await.as_deref(), Some("ready"));
    }
    for child in &mut both {
        child.tell("go");
    }
    let mut told = Vec::new();
    let mut ends = Vec::new();
    for child in &mut both {
        told.push(started(child).await);
        ends.push(child.ended().await);
    }
    assert!(was_killed(ends[0]) || ends[0].success(), "it ended with {}", ends[0]);
    assert!(ends[1].success(), "the one that nobody killed ended with {}", ends[1]);
    if is_killed {
        let mut again = Child::start(&stage.program, &Order::Schedule(order));
        assert_eq!(again.line().await.as_deref(), Some("ready"));
        again.tell("go");
        told.push(started(&mut again).await);
        assert!(again.ended().await.success(), "the next one did not end well");
    }
    let whole = told.last().unwrap();
    assert_eq!(whole.len(), KEYS, "not every key was started: {told:#?}");
    for one in &told {
        assert!(one.iter().all(|(key, run)| whole[key] == *run), "one key, two runs: {told:#?}");
    }

    let runs = oracle::settled(&desk).await;
    oracle::all_well(&runs);
    assert_eq!((runs.len(), desk.articles().await.len()), (KEYS, KEYS));
    assert!(runs.iter().all(|run| run.state == RunState::Success && run.charged == Some(5)), "{runs:#?}");
    let entries = desk.transactions().await;
    let grants = entries.iter().filter(|entry| entry.idempotency_key.starts_with("grant:"));
    let grants: Vec<i64> = grants.map(|entry| entry.amount).collect();
    assert_eq!(grants, vec![GRANT; 1 + MONTHS as usize], "one grant a month, and that of the opening");
    oracle.ledgers(&desk).await;
    was_killed(ends[0]) == is_killed
}

/// What a process says it has started: the run of each key.
async fn started(child: &mut Child) -> BTreeMap<String, String> {
    let mut runs = BTreeMap::new();
    while let Some(line) = child.line().await {
        let (key, run) = line.split_once(' ').expect("a key and a run");
        runs.insert(key.to_owned(), run.to_owned());
    }
    runs
}
