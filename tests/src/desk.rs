//! A tenant at work: the SDK on a store with an account opened, and short ways to the rows that tests begin with.
//! The store is SQLite's, or with `IGNY8_TEST_DESK=postgres` a database of a PostgreSQL server's: the same tests hold on both.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use igny8_core::article::{SeoInput, normalize_content, seo_report, word_count};
use igny8_core::credits::{Balance, CreditTransaction, CreditUsage};
use igny8_core::ids::{ClusterId, ContentId, ImageId, KeywordId, RunId, TaskId};
use igny8_core::paging::{ListQuery, Page};
use igny8_core::pipeline::{
    Cluster, Content, ContentQuery, Draft, Idea, IdeaQuery, Image, ImageOwner, ImageQuery, ImageType,
    Keyword, KeywordQuery, NewCluster, NewImage, NewKeyword, NewTask, Task, TaskQuery,
};
use igny8_core::ports::Home;
use igny8_core::ports::Store;
use igny8_core::runs::{ProviderCall, RetryPolicy, Run, RunItem, RunQuery, WorkerConfig};
use igny8_core::sdk::Builder;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::{ObjectBlobs, PostgresOptions, PostgresStore, SqliteOptions};
use igny8_test_postgres::{APPLICATION, Database, Server};
use tempfile::TempDir;

use crate::MovedClock;

/// How long a test waits for something that must come: no test's outcome depends on how fast it comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// One account with a site and a sector, entered by its owner.
#[derive(Debug)]
pub struct Desk {
    /// The SDK.
    pub igny8: Igny8,
    /// Account, owner, site and sector.
    pub home: Home,
    /// The owner's scope.
    pub scope: TenantScope,
    /// The clock of the SDK and its store.
    pub clock: MovedClock,
    database: Option<Where>,
    /// Removed with the desk.
    _folder: Option<TempDir>,
}

/// Where a desk's database lies and by which clock it runs: enough to open it again from anywhere.
#[derive(Clone, Debug)]
pub struct Place {
    database: Where,
    clock: MovedClock,
}

/// A database that can be opened again.
#[derive(Clone, Debug)]
enum Where {
    File(PathBuf),
    Postgres(Arc<Database>),
}

impl Where {
    /// A database of the server's, when tests are told to work on one.
    async fn on_server() -> Option<Self> {
        if std::env::var("IGNY8_TEST_DESK").is_ok_and(|desk| desk == "postgres") {
            let server = Server::get().await.expect("a server: these tests were told to work on one");
            let database = server.database().await;
            PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
            return Some(Self::Postgres(Arc::new(database)));
        }
        None
    }
}

impl Desk {
    /// On a database in memory; `outfit` adds models and whatever else the test needs.
    pub async fn in_memory(outfit: impl FnOnce(Builder) -> Builder) -> Self {
        if let Some(database) = Where::on_server().await {
            return Self::on(Place { database, clock: MovedClock::default() }, outfit, None).await;
        }
        let clock = MovedClock::default();
        let store =
            SqliteOptions::new("sqlite::memory:").clock(Arc::new(clock.clone())).open().await.unwrap();
        Self::at(outfit(builder(store, &clock)).build().unwrap(), clock, None, None).await
    }

    /// On a database file, so that other workers can open it too.
    pub async fn on_file(outfit: impl FnOnce(Builder) -> Builder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = match Where::on_server().await {
            Some(database) => database,
            None => Where::File(folder.path().join("igny8.db")),
        };
        Self::on(Place { database, clock: MovedClock::default() }, outfit, Some(folder)).await
    }

    async fn on(place: Place, outfit: impl FnOnce(Builder) -> Builder, folder: Option<TempDir>) -> Self {
        let igny8 = place.open(outfit).await;
        Self::at(igny8, place.clock, Some(place.database), folder).await
    }

    async fn at(igny8: Igny8, clock: MovedClock, database: Option<Where>, folder: Option<TempDir>) -> Self {
        let account = NewAccount::named("Acme").plan("growth").site("acme.com").sector("tea");
        Self { database, _folder: folder, ..Self::opened(igny8, account, clock).await }
    }

    /// A new account on any store; `clock` is the store's, where the test moves it.
    pub async fn opened(igny8: Igny8, account: NewAccount, clock: MovedClock) -> Self {
        let home = igny8.provision(account).await.unwrap();
        let scope = igny8.enter(&home.owner, home.account).await.unwrap();
        Self { igny8, home, scope, clock, database: None, _folder: None }
    }

    /// Where the database lies.
    #[must_use]
    pub fn place(&self) -> Place {
        let database = self.database.clone().expect("a desk on a file");
        Place { database, clock: self.clock.clone() }
    }

    /// Clusters of these names, each with a keyword of its own.
    pub async fn clusters(&self, names: &[&str]) -> Vec<ClusterId> {
        let mut ids = Vec::new();
        for name in names {
            let clusters = self.igny8.clusters(&self.scope);
            let cluster = clusters.create(self.home.sector, NewCluster::named(*name)).await.unwrap().id;
            let keyword = NewKeyword { cluster: Some(cluster), ..NewKeyword::new(format!("best {name}")) };
            self.igny8.keywords(&self.scope).create(self.home.sector, keyword).await.unwrap();
            ids.push(cluster);
        }
        ids
    }

    /// Keywords in no cluster.
    pub async fn keywords(&self, texts: &[&str]) -> Vec<KeywordId> {
        let mut ids = Vec::new();
        for text in texts {
            let keywords = self.igny8.keywords(&self.scope);
            ids.push(keywords.create(self.home.sector, NewKeyword::new(*text)).await.unwrap().id);
        }
        ids
    }

    /// Tasks `Task 1`, `Task 2` … of these lengths.
    pub async fn tasks(&self, words: &[u32]) -> Vec<TaskId> {
        let mut ids = Vec::new();
        for (word_count, number) in words.iter().zip(1..) {
            let task = NewTask { word_count: *word_count, ..NewTask::titled(format!("Task {number}")) };
            ids.push(self.igny8.tasks(&self.scope).create(self.home.sector, task).await.unwrap().id);
        }
        ids
    }

    /// An article that an editor wrote.
    pub async fn article(&self, title: &str) -> ContentId {
        let task =
            self.igny8.tasks(&self.scope).create(self.home.sector, NewTask::titled(title)).await.unwrap();
        self.igny8.contents(&self.scope).save_draft(task.id, draft(title), None).await.unwrap().id
    }

    /// Images `Image 1`, `Image 2` … of a task of their own, without files.
    pub async fn images(&self, count: usize) -> Vec<ImageId> {
        let owner = ImageOwner::Task(self.tasks(&[500]).await[0]);
        let mut ids = Vec::new();
        for number in 1..=count {
            let image = NewImage {
                id: ImageId::new(),
                owner,
                image_type: ImageType::InArticle,
                position: u32::try_from(number).unwrap(),
                heading: None,
                prompt: format!("Image {number}."),
                alt: String::new(),
            };
            ids.push(self.igny8.images(&self.scope).create(image).await.unwrap().id);
        }
        ids
    }

    /// The run as it stands.
    pub async fn run(&self, id: RunId) -> Run {
        self.igny8.runs(&self.scope).get(id).await.unwrap()
    }

    /// Waits until the run is as told.
    pub async fn run_when(&self, id: RunId, ready: impl Fn(&Run) -> bool) -> Run {
        eventually("the run is as it should be", async || {
            let run = self.run(id).await;
            if ready(&run) { Ok(run) } else { Err(format!("{run:#?}")) }
        })
        .await
    }

    /// Waits until the run has come to its end.
    pub async fn finished(&self, id: RunId) -> Run {
        self.run_when(id, |run| run.state.is_finished()).await
    }

    /// The items of a run.
    pub async fn items(&self, id: RunId) -> Vec<RunItem> {
        self.igny8.runs(&self.scope).items(id).await.unwrap()
    }

    /// The recorded provider calls of a run.
    pub async fn calls(&self, id: RunId) -> Vec<ProviderCall> {
        self.igny8.runs(&self.scope).provider_calls(id).await.unwrap()
    }

    /// Every run of the account.
    pub async fn runs(&self) -> Vec<Run> {
        self.igny8.runs(&self.scope).list(&RunQuery::default().page(ALL)).await.unwrap().items
    }

    /// Every keyword.
    pub async fn all_keywords(&self) -> Vec<Keyword> {
        self.igny8.keywords(&self.scope).list(&KeywordQuery::default().page(ALL)).await.unwrap().items
    }

    /// Every cluster.
    pub async fn all_clusters(&self) -> Vec<Cluster> {
        self.igny8.clusters(&self.scope).list(&ListQuery::default().page(ALL)).await.unwrap().items
    }

    /// Every idea.
    pub async fn all_ideas(&self) -> Vec<Idea> {
        self.igny8.ideas(&self.scope).list(&IdeaQuery::default().page(ALL)).await.unwrap().items
    }

    /// Every task.
    pub async fn all_tasks(&self) -> Vec<Task> {
        self.igny8.tasks(&self.scope).list(&TaskQuery::default().page(ALL)).await.unwrap().items
    }

    /// Every article, by its task.
    pub async fn articles(&self) -> BTreeMap<TaskId, Content> {
        let contents =
            self.igny8.contents(&self.scope).list(&ContentQuery::default().page(ALL)).await.unwrap();
        contents.items.into_iter().map(|content| (content.task, content)).collect()
    }

    /// Every image.
    pub async fn all_images(&self) -> Vec<Image> {
        self.igny8.images(&self.scope).list(&ImageQuery::default().page(ALL)).await.unwrap().items
    }

    /// Balance and held credits.
    pub async fn balance(&self) -> Balance {
        self.igny8.credits(&self.scope).balance().await.unwrap()
    }

    /// The ledger, newest first.
    pub async fn transactions(&self) -> Vec<CreditTransaction> {
        self.igny8.credits(&self.scope).transactions(&ListQuery::default().page(ALL)).await.unwrap().items
    }

    /// The usage log, newest first.
    pub async fn usage(&self) -> Vec<CreditUsage> {
        self.igny8.credits(&self.scope).usage(&ListQuery::default().page(ALL)).await.unwrap().items
    }

    /// Fails the test when the ledger breaks one of its rules.
    pub async fn assert_ledger_sound(&self) {
        let breaches = self.igny8.credits(&self.scope).verify().await.unwrap();
        assert!(breaches.is_empty(), "{breaches:#?}");
    }
}

impl Place {
    /// A further SDK on the same database, with connections and signals of its own: as good as another process.
    pub async fn open(&self, outfit: impl FnOnce(Builder) -> Builder) -> Igny8 {
        let clock = Arc::new(self.clock.clone());
        let builder = match &self.database {
            Where::File(path) => {
                let store = SqliteOptions::new(path.to_str().unwrap()).clock(clock).open().await.unwrap();
                builder(store, &self.clock)
            }
            Where::Postgres(database) => {
                let options = PostgresOptions::new(database.application_url()).connections(5).clock(clock);
                builder(options.open().await.unwrap(), &self.clock)
            }
        };
        outfit(builder).build().unwrap()
    }
}

/// A short text as an editor writes it.
#[must_use]
pub fn draft(title: &str) -> Draft {
    let html = normalize_content("<h2>Leaves</h2><p>Some words on leaves.</p>");
    let seo = seo_report(&SeoInput {
        title,
        html: &html,
        meta_title: "",
        meta_description: "",
        primary_keyword: "",
        secondary_keywords: &[],
        target_words: None,
    });
    Draft {
        title: title.to_owned(),
        word_count: word_count(&html),
        html_content: html,
        within_word_target: false,
        meta_title: None,
        meta_description: None,
        primary_keyword: None,
        secondary_keywords: Vec::new(),
        seo,
        written_by: "editor".to_owned(),
    }
}

/// More rows than any test makes.
const ALL: Page = Page::first(5_000);

/// Runs are tried again almost at once, unless the provider asks for more patience.
fn builder(store: impl Store, clock: &MovedClock) -> Builder {
    let retry =
        RetryPolicy { max_attempts: 3, base: Duration::from_millis(10), cap: Duration::from_millis(20) };
    Igny8::builder(store).clock(clock.clone()).retry(retry).blobs(ObjectBlobs::memory())
}

/// A worker that looks for work and at its leases often. The lease itself is the ordinary one: it ends when the desk's
/// clock is moved, never by itself.
#[must_use]
pub fn brisk() -> WorkerConfig {
    WorkerConfig {
        heartbeat: Duration::from_millis(50),
        poll: Duration::from_millis(20),
        upkeep: Duration::from_millis(50),
        grace: Duration::ZERO,
        ..WorkerConfig::default()
    }
}

/// Waits for something that must come and returns it; panics with the last reason when it does not.
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let began = Instant::now();
    loop {
        let reason = match look().await {
            Ok(found) => return found,
            Err(reason) => reason,
        };
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}: {reason}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
