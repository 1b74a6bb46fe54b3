//! Many at once on one tenant: what is checked before it is written still holds when it is written. On PostgreSQL that is
//! what an account's turn and the locks on its runs are for; without them these find two that passed the same check.

mod credits;
mod messages;
mod rows;
mod runs;
mod sessions;

use std::sync::Arc;

use igny8_core::Result;
use igny8_core::ports::Store;
use igny8_core::testing::Tenant;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::databases::Database;

/// How many ask at the same moment.
const AT_ONCE: usize = 12;

/// A tenant, as everyone who works in it has it.
#[derive(Clone)]
struct Desk {
    store: Arc<dyn Store>,
    tenant: Arc<Tenant>,
}

impl Desk {
    async fn open(database: &impl Database, plan: &str) -> Self {
        let store: Arc<dyn Store> = Arc::new(database.open().await);
        let tenant = Arc::new(Tenant::open(store.as_ref(), "acme", plan).await.unwrap());
        Self { store, tenant }
    }

    /// What comes of it when so many do it at the same moment, each with its number.
    async fn at_once<T, F>(&self, work: impl Fn(Self, usize) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for number in 0..AT_ONCE {
            let (start, work) = (Arc::clone(&start), work(self.clone(), number));
            tasks.spawn(async move {
                start.wait().await;
                work.await
            });
        }
        tasks.join_all().await
    }
}

/// How many were let through, after checking that all the others were refused with this code.
fn let_through<T>(answers: &[Result<T>], code: &str) -> usize {
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    for error in refused {
        assert_eq!(error.code(), code, "{error:?}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}
