//! Providers that fail in every way: a typed error or a wait that is kept in the store, at most one charge, no half article.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::ids::RunId;
use igny8_core::pipeline::NewTask;
use igny8_core::ports::TextRequest;
use igny8_core::runs::{Run, RunState};

use super::ground::{self, Opening};
use super::oracle::{self, Oracle};
use super::work::worker;
use super::{Fault, Ground, Outcome, Stage};
use crate::fake_openai::{Asked, good};
use crate::{Answer, Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "providers",
    about: "429 with and without Retry-After, 500, hangs, resets, slow drips, malformed and cut-off answers, half articles",
    of_200: 10,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const MAX_ATTEMPTS: u32 = 3;
/// Far longer than a good answer takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);
/// For an answer that does not come.
const SHORT: Duration = Duration::from_secs(1);
/// What the provider asks for.
const PATIENCE_ASKED: Duration = Duration::from_secs(2);
const PRICE: i64 = 6;

/// One way to fail.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    answer: fn(&Asked) -> Answer,
    /// Any of these is the right word for it.
    codes: &'static [&'static str],
    /// Whether the provider is asked again by a further attempt.
    again: bool,
    /// Whether there is nothing to wait for.
    never_comes: bool,
}

static CASES: [Case; 10] = [
    case(
        "429 with Retry-After",
        |_| Answer::rate_limited(PATIENCE_ASKED.as_secs()),
        &["provider_rate_limit"],
    ),
    case("429", |_| Answer::too_many(), &["provider_rate_limit"]),
    case("500", |_| Answer::broken(), &["provider_server"]),
    Case { never_comes: true, ..case("hang", |_| Answer::Hang, &["provider_timeout"]) },
    case("reset", |_| Answer::Reset, &["provider_connection"]),
    Case {
        never_comes: true,
        ..case(
            "slow drip",
            |asked| Answer::Dripping(Duration::from_millis(200), whole(asked)),
            &["provider_timeout"],
        )
    },
    case("malformed", |_| Answer::Malformed, &["provider_malformed"]),
    case(
        "cut-off body",
        |asked| Answer::CutOff(whole(asked)),
        &["provider_connection", "provider_malformed"],
    ),
    Case {
        again: false,
        ..case("half an article", |asked| Answer::truncated(&good(asked)), &["unusable_answer"])
    },
    Case {
        again: false,
        ..case("out of tokens", |asked| Answer::out_of_tokens(&good(asked)), &["unusable_answer"])
    },
];

const fn case(name: &'static str, answer: fn(&Asked) -> Answer, codes: &'static [&'static str]) -> Case {
    Case { name, answer, codes, again: true, never_comes: false }
}

fn whole(asked: &Asked) -> Box<Answer> {
    Box::new(Answer::json(&good(asked)))
}

/// When each task was asked about.
type Times = Arc<Mutex<BTreeMap<String, Vec<Instant>>>>;

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let mut counted = Outcome::default();
        outcome.attempt(format!("round {round}"), one_round(&ground, &mut oracle, round, &mut counted)).await;
        for (fact, count) in counted.facts {
            *outcome.facts.entry(fact).or_default() += count;
        }
    }
    outcome
}

/// Each case twice, all at once: one task whose first call fails, and one whose calls all do.
async fn one_round(ground: &Ground, oracle: &mut Oracle, round: u32, counted: &mut Outcome) {
    let times = Times::default();
    let service = FakeOpenAi::answering(script(Arc::clone(&times))).await;
    let igny8 = ground
        .open(&Opening::attempts(MAX_ATTEMPTS), |builder| {
            let builder = builder.text_model(service.provider()).call_deadline(DEADLINE);
            builder.hook(Impatience(Arc::clone(&times)))
        })
        .await;
    let desk = oracle.watch_over(ground::desk_of(igny8, &format!("Round {round}")).await);
    let mut runs = Vec::new();
    for case in CASES {
        for how in ["once", "always"] {
            runs.push((case, how, start(&desk, &format!("{}, {how}", case.name)).await));
        }
    }
    let patient = runs[0].2;
    let work = desk.igny8.spawn_worker(worker(Duration::from_secs(60), runs.len(), false));
    // The wait is in the store, for any worker to see.
    let waiting = desk.run_when(patient, |run| run.state == RunState::Retry || run.state.is_finished()).await;
    if waiting.state == RunState::Retry {
        let wait = (waiting.run_at - waiting.created_at).to_std().unwrap_or_default();
        assert!(wait >= PATIENCE_ASKED, "the provider asked for {PATIENCE_ASKED:?} and gets {wait:?}");
        counted.count("waits_seen_in_the_store", 1_u8);
    }
    work.finished().await;

    oracle::settled(&desk).await;
    let articles = desk.articles().await;
    let written: Vec<&str> = articles.values().map(|article| article.draft.title.as_str()).collect();
    for (case, how, id) in runs {
        let run = desk.run(id).await;
        let title = format!("{}, {how}", case.name);
        let is_written = written.contains(&title.as_str());
        let is_well = how == "once" && (case.again || case.name == "half an article");
        if is_well {
            assert_eq!(
                (run.state, run.charged, is_written),
                (RunState::Success, Some(PRICE), true),
                "{title}: {run:#?}"
            );
        } else {
            assert_eq!(
                (run.state, run.charged, is_written),
                (RunState::Failure, Some(0), false),
                "{title}: {run:#?}"
            );
            let code = run.error.as_ref().map(|error| error.code.as_str()).unwrap_or_default();
            assert!(case.codes.contains(&code), "{title} is called `{code}`: {run:#?}");
        }
        assert_asked(&desk, &case, &title, &run, &times).await;
    }
    {
        let times = times.lock().unwrap();
        let of_patient = &times["429 with Retry-After, once"];
        let waited = of_patient[1] - of_patient[0];
        assert!(waited >= PATIENCE_ASKED, "asked again after {waited:?}");
        counted.count("calls", times.values().map(Vec::len).sum::<usize>());
    }
    oracle.ledgers(&desk).await;
}

/// A failing call is on record by its code, and nobody is asked more often than the run has attempts.
async fn assert_asked(desk: &Desk, case: &Case, title: &str, run: &Run, times: &Times) {
    let asked = times.lock().unwrap()[title].len();
    let calls = desk.calls(run.id).await;
    assert_eq!(calls.len(), asked, "{title}: {calls:#?}");
    if case.again {
        let attempts = if title.ends_with("once") { 2 } else { MAX_ATTEMPTS as usize };
        assert_eq!(asked, attempts, "{title}");
        let first = calls[0].error.as_deref().unwrap_or_default();
        assert!(case.codes.contains(&first), "{title} is recorded as `{first}`");
    } else {
        assert_eq!(run.attempts, 1, "{title}: asking again would only cost again");
    }
}

async fn start(desk: &Desk, title: &str) -> RunId {
    let task = NewTask { word_count: 600, ..NewTask::titled(title) };
    let task = desk.igny8.tasks(&desk.scope).create(desk.home.sector, task).await.unwrap();
    desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task.id])).await.unwrap().id()
}

/// Answers a task as its title says.
fn script(times: Times) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    move |asked| {
        let title = asked.subject();
        let case = failing(&title, &times);
        times.lock().unwrap().entry(title).or_default().push(Instant::now());
        case.map_or_else(|| Answer::json(&good(asked)), |case| (case.answer)(asked))
    }
}

/// The case whose failure comes next for the task of this title, if one does.
fn failing(title: &str, times: &Times) -> Option<&'static Case> {
    let (name, how) = title.rsplit_once(", ").unwrap();
    let was_asked = times.lock().unwrap().contains_key(title);
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    (how == "always" || !was_asked).then_some(case)
}

/// Does not wait long for what does not come.
struct Impatience(Times);

#[async_trait]
impl Hook for Impatience {
    fn name(&self) -> &str {
        "impatience"
    }

    async fn before_prompt(&self, _: HookContext<'_>, request: &mut TextRequest) -> Verdict {
        let title = request.data.pointer("/task/title").and_then(|title| title.as_str()).unwrap();
        if failing(title, &self.0).is_some_and(|case| case.never_comes) {
            request.deadline = SHORT;
        }
        Verdict::Continue
    }
}
