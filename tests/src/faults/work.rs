//! What the program does when it is executed anew as a process of its own: it obeys one order and ends.

use std::io::Read as _;
use std::time::Duration;

use async_trait::async_trait;
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::ports::TextRequest;
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
    }
}

/// Obeys one order. Ends the process when its parent is gone.
pub async fn obey(order: Order) {
    match order {
        Order::Work(order) => {
            end_with_parent();
            work(order).await;
        }
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
    let opening = Opening { watch: order.point.map(Point::watch), ..Opening::default() };
    let mut builder = ground::open(&order.place, &opening).await.text_model(provider(&order.provider));
    if let Some(title) = order.poison {
        builder = builder.hook(Poison(title));
    }
    let igny8 = builder.build().unwrap();
    igny8.spawn_worker(config).finished().await;
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
