//! What the program does when it is executed anew as a process of its own: it obeys one order and ends.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use igny8_core::StartOptions;
use igny8_core::functions::GenerateContent;
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::paging::{Direction, Page};
use igny8_core::pipeline::{TaskField, TaskQuery};
use igny8_core::ports::{Clock, TextRequest};
use igny8_core::runs::WorkerConfig;
use serde::{Deserialize, Serialize};

use super::ground::{self, Opening};
use super::point::{Act, Point, do_to_oneself};
use crate::fake_openai::provider;

/// What a process is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    /// To work on runs.
    Work(Work),
    /// To start runs and grant months, at the same time as another process.
    Schedule(Schedule),
    /// To write whatever it can, and to say what was acknowledged.
    Write(Write),
}

/// Start a run for each task of an account, under a key, and grant months.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schedule {
    /// The database.
    pub place: String,
    /// The language model's address.
    pub provider: String,
    /// The account's slug.
    pub account: String,
    /// So many months after this one.
    pub months: u32,
    /// Where it dies by itself.
    pub point: Option<Point>,
}

/// Write into an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Write {
    /// The database.
    pub place: String,
    /// The language model's address.
    pub provider: String,
    /// The account's slug.
    pub account: String,
}

/// Work on runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Work {
    /// The database.
    pub place: String,
    /// The language model's address.
    pub provider: String,
    /// Where it dies or stops by itself.
    pub point: Option<Point>,
    /// The title of a task at whose prompt it dies.
    pub poison: Option<String>,
    /// How long its leases last.
    pub lease: Duration,
    /// How many runs it has under way at once.
    pub concurrency: usize,
    /// Whether it goes on when nothing is left to do.
    pub forever: bool,
    /// By how many seconds its clock is ahead.
    pub ahead: i64,
    /// Whether it does one thing at a time: no heartbeat and no upkeep beside the work.
    pub single_minded: bool,
}

impl Work {
    /// Ordinary work: long leases, four runs at once, until nothing is left to do.
    #[must_use]
    pub fn at(place: &str, provider: &str) -> Self {
        Self {
            place: place.to_owned(),
            provider: provider.to_owned(),
            point: None,
            poison: None,
            lease: Duration::from_secs(60),
            concurrency: 4,
            forever: false,
            ahead: 0,
            single_minded: false,
        }
    }

    fn config(&self) -> WorkerConfig {
        const NEVER: Duration = Duration::from_secs(3_600);
        let config = worker(self.lease, self.concurrency, self.forever);
        if self.single_minded {
            WorkerConfig { heartbeat: NEVER, upkeep: NEVER, concurrency: 1, ..config }
        } else {
            config
        }
    }
}

/// A worker that looks for work often and keeps leases of this length.
#[must_use]
pub fn worker(lease: Duration, concurrency: usize, forever: bool) -> WorkerConfig {
    WorkerConfig {
        concurrency,
        lease,
        heartbeat: (lease / 4).min(Duration::from_millis(250)),
        poll: Duration::from_millis(20),
        upkeep: Duration::from_millis(100),
        grace: Duration::ZERO,
        run_forever: forever,
        ..WorkerConfig::default()
    }
}

/// Obeys one order. Ends the process when its parent is gone.
pub async fn obey(order: Order) {
    match order {
        Order::Work(order) => {
            end_with_parent();
            work(order).await;
        }
        Order::Schedule(order) => schedule(order).await,
        Order::Write(order) => super::disk::write(order).await,
    }
}

/// The parent holds the other end of the input and says nothing there.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut nothing = Vec::new();
        std::io::stdin().read_to_end(&mut nothing).ok();
        std::process::exit(1);
    });
}

async fn work(order: Work) {
    let config = order.config();
    let mut opening = Opening { watch: order.point.map(Point::watch), ..Opening::default() };
    if order.ahead != 0 {
        let clock: Arc<dyn Clock> = Arc::new(Ahead::seconds(order.ahead));
        // A server has a clock of its own.
        opening.store_clock = (!order.place.starts_with("postgres://")).then(|| Arc::clone(&clock));
        opening.clock = Some(clock);
    }
    let mut builder = ground::open(&order.place, &opening).await.text_model(provider(&order.provider));
    if let Some(title) = order.poison {
        builder = builder.hook(Poison(title));
    }
    let igny8 = builder.build().unwrap();
    igny8.spawn_worker(config).finished().await;
}

/// The machine's clock, and so much more.
#[derive(Clone, Copy, Debug)]
pub struct Ahead(TimeDelta);

impl Ahead {
    /// By so many seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(TimeDelta::seconds(seconds))
    }
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// Says `ready`, waits for a line, and begins. Says the run of each key.
async fn schedule(order: Schedule) {
    let watch = order.point.map(Point::watch);
    let opening = Opening { watch: watch.clone(), ..Opening::default() };
    let builder = ground::open(&order.place, &opening).await.text_model(provider(&order.provider));
    let igny8 = builder.build().unwrap();
    let (account, owner) = igny8.find_account(&order.account).await.unwrap().unwrap();
    let scope = igny8.enter(&owner, account.id).await.unwrap();
    let query =
        TaskQuery::default().order_by(TaskField::Title, Direction::Ascending).page(Page::first(1_000));
    let tasks = igny8.tasks(&scope).list(&query).await.unwrap().items;
    say("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for (number, task) in tasks.iter().enumerate() {
        let key = format!("order-{number}");
        let request = GenerateContent::for_tasks(vec![task.id]);
        let run = igny8.start_with(&scope, request, StartOptions::keyed(&key)).await.unwrap();
        say(&format!("{key} {}", run.id().as_uuid()));
    }
    for month in 1..=order.months {
        let later = Ahead(TimeDelta::days(31) * i32::try_from(month).unwrap());
        let opening = Opening { clock: Some(Arc::new(later)), watch: watch.clone(), ..Opening::default() };
        let builder = ground::open(&order.place, &opening).await.text_model(provider(&order.provider));
        let config = worker(Duration::from_secs(60), 4, false);
        builder.build().unwrap().spawn_worker(config).finished().await;
    }
}

/// Says a line to the parent.
#[allow(clippy::print_stdout, reason = "this is how a process speaks to its parent")]
pub(super) fn say(line: &str) {
    println!("{line}");
}

/// Kills its process at the prompt of one task.
struct Poison(String);

#[async_trait]
impl Hook for Poison {
    fn name(&self) -> &str {
        "poison"
    }

    async fn before_prompt(&self, _: HookContext<'_>, request: &mut TextRequest) -> Verdict {
        if request.data.pointer("/task/title").is_some_and(|title| *title == *self.0) {
            do_to_oneself(Act::Kill);
        }
        Verdict::Continue
    }
}
