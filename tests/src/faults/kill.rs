//! kill -9: workers die between any two steps of a run and at any moment, and the next ones go on where they stood.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use igny8_core::functions::{GenerateContent, GenerateIdeas};

use super::child::was_killed;
use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::point::{Act, Point};
use super::work::{Order, Work};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::{Asked, good};
use crate::{Answer, Chance, Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "kill",
    about: "workers killed with SIGKILL at named points and at random: work resumes, nothing is lost, doubled or charged twice",
    of_200: 200,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

/// Rounds on one database: every account that it holds is verified after each of them.
const ROUNDS_A_DATABASE: u32 = 20;
/// How long leases last: longer than a round, so that only the dead are relieved.
const LEASE: Duration = Duration::from_secs(60);

/// How often a round is played at the most until its kill hits.
const TRIES: u32 = 10;
/// By how much the service is slower with each try.
const SLOWER: Duration = Duration::from_millis(150);

/// How a worker dies.
#[derive(Clone)]
enum Death {
    At(Point),
    After(Duration),
}

impl Death {
    /// For another try, since the worker had ended before it.
    fn sooner(self) -> Self {
        match self {
            Self::At(point) => Self::At(Point { nth: 1, ..point }),
            Self::After(delay) => Self::After(delay / 2),
        }
    }
}

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let mut here = None;
    let mut points = BTreeSet::new();
    let mut typical = Duration::from_millis(500);
    for round in 0..stage.rounds {
        let chance = &mut Chance::of_round(stage.seed, round);
        if round % ROUNDS_A_DATABASE == 0 {
            let ground = Ground::new(&stage.kind).await;
            typical = undisturbed(stage, &ground).await;
            here = Some((ground, Oracle::default()));
        }
        let (ground, oracle) = here.as_mut().unwrap();
        // Every fourth round kills at any moment instead.
        let mut deaths = vec![if round % 4 == 3 {
            Death::After(typical.mul_f64(chance.part()))
        } else {
            Death::At(Point::of_a_run(stage.seed, round - round / 4, Act::Kill, chance))
        }];
        if chance.below(3) == 0 {
            deaths.push(Death::After(typical.mul_f64(chance.part())));
        }
        let what = format!("round {round} of seed {}, {}", stage.seed, told(&deaths));
        let mut counted = Outcome::default();
        let point = match &deaths[0] {
            Death::At(point) => Some((point.method.clone(), point.after)),
            Death::After(_) => None,
        };
        let until_it_hits = async {
            for number in 0..TRIES {
                if one_round(stage, ground, oracle, (round, number), &deaths, &mut counted).await {
                    return;
                }
                let first = deaths.remove(0);
                deaths.insert(0, first.sooner());
            }
            panic!("every worker ended before its kill");
        };
        if outcome.attempt(what, until_it_hits).await.is_some() {
            points.extend(point);
        }
        for (fact, count) in counted.facts {
            *outcome.facts.entry(fact).or_default() += count;
        }
    }
    outcome.count("named_points", points.len());
    outcome
}

fn told(deaths: &[Death]) -> String {
    let told = deaths.iter().map(|death| match death {
        Death::At(point) => format!("killed {point}"),
        Death::After(delay) => format!("killed after {delay:?}"),
    });
    told.collect::<Vec<_>>().join(", then ")
}

/// How long a worker takes to a round that nobody disturbs, from its start to its end.
async fn undisturbed(stage: &Stage, ground: &Ground) -> Duration {
    let service = service(stage.seed, Duration::ZERO).await;
    let desk = ground.desk("Undisturbed", &Opening::default(), &service).await;
    start(&desk).await;
    let began = Instant::now();
    Child::start(&stage.program, &Order::Work(Work::at(ground.place(), &service.base_url()))).ended().await;
    oracle::all_well(&oracle::settled(&desk).await);
    began.elapsed()
}

/// A service that takes its time, each question another.
async fn service(seed: u64, at_least: Duration) -> FakeOpenAi {
    FakeOpenAi::answering(move |asked: &Asked| {
        let delay = Chance::seeded(seed ^ asked.number as u64).below(40);
        Answer::json(&good(asked)).late(at_least + Duration::from_millis(delay))
    })
    .await
}

/// Three runs of six items.
async fn start(desk: &Desk) {
    let tasks = desk.tasks(&[500, 600, 700, 800]).await;
    let clusters = desk.clusters(&["green tea", "mountain bicycle repair"]).await;
    let (several, one) = (tasks[..3].to_vec(), tasks[3..].to_vec());
    desk.igny8.start(&desk.scope, GenerateContent::for_tasks(several)).await.unwrap();
    desk.igny8.start(&desk.scope, GenerateIdeas::for_clusters(clusters)).await.unwrap();
    desk.igny8.start(&desk.scope, GenerateContent::for_tasks(one)).await.unwrap();
}

/// Whether its first kill hit. With each try workers have longer to wait, so that a heartbeat comes too.
async fn one_round(
    stage: &Stage,
    ground: &Ground,
    oracle: &mut Oracle,
    (round, number): (u32, u32),
    deaths: &[Death],
    counted: &mut Outcome,
) -> bool {
    let service = service(stage.seed ^ u64::from(round), SLOWER * number).await;
    let name = format!("Round {round}, try {number}");
    let desk = oracle.watch_over(ground.desk(&name, &Opening::default(), &service).await);
    start(&desk).await;
    let mut hits = Vec::new();
    for death in deaths {
        let mut order = Work::at(ground.place(), &service.base_url());
        let status = match death {
            Death::At(point) => {
                order.point = Some(point.clone());
                Child::start(&stage.program, &Order::Work(order)).ended().await
            }
            Death::After(delay) => {
                let child = Child::start(&stage.program, &Order::Work(order));
                tokio::time::sleep(*delay).await;
                child.kill()
            }
        };
        assert!(status.success() || was_killed(status), "a worker ended with {status}");
        hits.push(was_killed(status));
        counted.count(if was_killed(status) { "kills" } else { "ended_before_their_kill" }, 1_u8);
        oracle::sound(&desk).await;
    }
    let successor = ground.open(&Opening::default(), |builder| builder.text_model(service.provider())).await;
    oracle::work_off(&successor, LEASE).await;

    let runs = oracle::settled(&desk).await;
    oracle::all_well(&runs);
    assert_eq!(desk.articles().await.len(), 4);
    assert_eq!(desk.all_ideas().await.len(), 6);
    let unheard = oracle::bought_once(&desk, &runs).await;
    let asked = service.asked().len();
    assert!(asked <= 6 + unheard, "{asked} calls for 6 items, {unheard} of which ended with their worker");
    oracle.ledgers(&desk).await;
    counted.count("runs", runs.len());
    counted.count("runs_taken_over", runs.iter().filter(|run| run.attempts > 1).count());
    counted.count("calls", asked);
    counted.count("calls_lost_with_their_worker", unheard);
    hits[0]
}
