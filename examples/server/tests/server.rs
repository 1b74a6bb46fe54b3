//! The server as others meet it: seeded twice, exported, erased, filled from Django, started and stopped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what goes wrong in a test ends the test"
)]

mod django;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use igny8_ai::Offline;
use igny8_core::functions::{GenerateContent, GenerateImagePrompts, GenerateImages};
use igny8_core::paging::{ListQuery, Page};
use igny8_core::pipeline::{ContentQuery, ImageQuery, KeywordQuery, NewCluster, NewIdea, NewTask, TaskQuery};
use igny8_core::ports::{Billing, Directory};
use igny8_core::runs::WorkerConfig;
use igny8_core::tenancy::{Role, TenantScope};
use igny8_core::{Error, Igny8};
use igny8_server::secret::JwtSecret;
use igny8_server::seed::{KEYWORDS, Seeded};
use igny8_server::{erase_account, export_account, operator, seed};
use igny8_storage::{ObjectBlobs, SqliteStore};

async fn in_memory() -> Igny8 {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    let models = Igny8::builder(store).text_model(Offline::new()).image_model(Offline::new());
    models.blobs(ObjectBlobs::memory()).build().unwrap()
}

async fn seeded(igny8: &Igny8) -> Seeded {
    let operator = operator::ensure(igny8).await.unwrap();
    let secret = JwtSecret::new("0123456789abcdef0123456789abcdef").unwrap();
    seed::demo(igny8, &operator, &secret, "http://localhost").await.unwrap()
}

async fn entered(igny8: &Igny8, slug: &str) -> TenantScope {
    let (account, owner) = igny8.find_account(slug).await.unwrap().unwrap();
    igny8.enter(&owner, account.id).await.unwrap()
}

#[tokio::test]
async fn seeding_twice_makes_the_same() {
    let igny8 = in_memory().await;
    let first = seeded(&igny8).await;
    assert_eq!(seeded(&igny8).await, first);
    let roles = [Role::Owner, Role::Admin, Role::Editor, Role::Viewer];
    let mut passwords = BTreeSet::from([first.developer.password.clone()]);
    for tenant in &first.tenants {
        let scope = entered(&igny8, &tenant.slug).await;
        let one = KeywordQuery::default().page(Page::Number { number: 1, size: 1 });
        let keywords = igny8.keywords(&scope).list(&one).await.unwrap().total;
        assert_eq!(keywords, Some(KEYWORDS as u64));
        let credits = igny8.credits(&scope);
        assert_eq!(credits.balance().await.unwrap().balance, 1_000_000);
        assert!(credits.verify().await.unwrap().is_empty());
        assert_eq!(tenant.users.iter().map(|user| user.role).collect::<Vec<_>>(), roles);
        passwords.extend(tenant.users.iter().map(|user| user.login.password.clone()));
        let directory: &dyn Directory = igny8.store();
        let system = igny8.system("look at what was seeded");
        for user in &tenant.users {
            let user = directory.user_by_email(&system, &user.login.email).await.unwrap().unwrap();
            let scope = igny8.enter(&user, tenant.account_id).await.unwrap();
            assert!(scope.sees(tenant.site_id), "{user:?}");
        }
    }
    assert_eq!(passwords.len(), 9, "every user has a password of their own");
}

/// An article with images, a cluster and an idea, by runs that charge.
async fn worked(igny8: &Igny8, seeded: &Seeded) -> TenantScope {
    let tenant = &seeded.tenants[0];
    let scope = entered(igny8, &tenant.slug).await;
    igny8.clusters(&scope).create(tenant.sector_id, NewCluster::named("Teas")).await.unwrap();
    igny8.ideas(&scope).create(tenant.sector_id, NewIdea::titled("Ten teas")).await.unwrap();
    let task = NewTask { word_count: 300, ..NewTask::titled("How to brew oolong") };
    let task = igny8.tasks(&scope).create(tenant.sector_id, task).await.unwrap();
    let worker = igny8.spawn_worker(WorkerConfig::default());
    let run = igny8.start(&scope, GenerateContent::for_tasks(vec![task.id])).await.unwrap();
    run.output().await.unwrap();
    let content = igny8.contents(&scope).list(&ContentQuery::default()).await.unwrap().items.remove(0);
    let run = igny8.start(&scope, GenerateImagePrompts::for_contents(vec![content.id])).await.unwrap();
    run.output().await.unwrap();
    let run = igny8.start(&scope, GenerateImages::for_tasks(vec![task.id])).await.unwrap();
    run.output().await.unwrap();
    worker.shutdown().await;
    scope
}

fn lines(folder: &Path, name: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_export_holds_every_row() {
    let igny8 = in_memory().await;
    let seeded = seeded(&igny8).await;
    let scope = worked(&igny8, &seeded).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("acme");
    let manifest = export_account::export(&igny8, "acme", &out).await.unwrap();

    let counted = Page::Number { number: 1, size: 1 };
    let tasks = igny8.tasks(&scope).list(&TaskQuery::default().page(counted.clone())).await.unwrap().total;
    let images = igny8.images(&scope).list(&ImageQuery::default().page(counted.clone())).await.unwrap().total;
    let ledger = igny8.credits(&scope).transactions(&ListQuery::default().page(counted)).await.unwrap().total;
    let expected = [
        ("users.jsonl", 4),
        ("sites.jsonl", 1),
        ("sectors.jsonl", 1),
        ("site_access.jsonl", 2),
        ("keywords.csv", KEYWORDS as u64),
        ("keywords.jsonl", KEYWORDS as u64),
        ("clusters.jsonl", 1),
        ("ideas.jsonl", 1),
        ("tasks.jsonl", tasks.unwrap()),
        ("contents.jsonl", 1),
        ("contents", 1),
        ("revisions.jsonl", 1),
        ("images.jsonl", images.unwrap()),
        ("images", images.unwrap()),
        ("ledger.jsonl", ledger.unwrap()),
        ("usage.jsonl", 3),
        ("runs.jsonl", 3),
    ];
    for (name, count) in expected {
        assert_eq!(manifest.counts.get(name), Some(&count), "{name}: {:?}", manifest.counts);
        if name.ends_with(".jsonl") {
            assert_eq!(lines(&out, name).len() as u64, count, "{name}");
        }
    }
    assert!(images > Some(0) && manifest.missing_files.is_empty());
    let article = &lines(&out, "contents.jsonl")[0];
    let html = std::fs::read_to_string(out.join(article["html_file"].as_str().unwrap())).unwrap();
    assert!(html.contains("<h2>") && article.get("html_content").is_none());
    for image in lines(&out, "images.jsonl") {
        assert!(std::fs::metadata(out.join(image["file"].as_str().unwrap())).unwrap().len() > 0);
    }
    assert!(!lines(&out, "runs.jsonl")[0]["provider_calls"].as_array().unwrap().is_empty());
    let csv = std::fs::read_to_string(out.join("keywords.csv")).unwrap();
    assert_eq!(csv.lines().count(), KEYWORDS + 1);
    // Only acme's: the other tenant has keywords of its own.
    assert!(!csv.contains("espresso"));
    let again = export_account::export(&igny8, "acme", &out).await;
    assert!(again.unwrap_err().to_string().contains("empty folder"));
    assert!(export_account::export(&igny8, "nobody", &folder.path().join("x")).await.is_err());
}

#[tokio::test]
async fn erasing_leaves_the_ledger() {
    let igny8 = in_memory().await;
    let seeded = seeded(&igny8).await;
    let scope = worked(&igny8, &seeded).await;
    let before = igny8.credits(&scope).transactions(&ListQuery::default()).await.unwrap();
    let mut said = Vec::new();
    let refused = erase_account::erase(&igny8, "acme", false, &mut said).await.unwrap_err();
    assert!(refused.to_string().contains("--yes"), "{refused}");
    let words = String::from_utf8(said).unwrap();
    assert!(words.contains("500 keywords") && words.contains("1 articles"), "{words}");
    assert!(igny8.find_account("acme").await.unwrap().is_some());

    erase_account::erase(&igny8, "acme", true, &mut Vec::new()).await.unwrap();
    assert!(igny8.find_account("acme").await.unwrap().is_none());
    let billing: &dyn Billing = igny8.store();
    let after = billing.transactions(&scope, &ListQuery::default()).await.unwrap();
    let amounts = |page: &igny8_core::paging::Paged<igny8_core::credits::CreditTransaction>| {
        page.items.iter().map(|entry| (entry.seq, entry.amount, entry.balance_after)).collect::<Vec<_>>()
    };
    assert_eq!((after.total, amounts(&after)), (before.total, amounts(&before)));
    let content = igny8.contents(&scope).list(&ContentQuery::default()).await.unwrap();
    assert!(content.items.is_empty());
    let directory: &dyn Directory = igny8.store();
    let owner =
        directory.user_by_email(&igny8.system("look for the owner"), "owner@acme.example").await.unwrap();
    assert_eq!(owner, None);
    let system = erase_account::erase(&igny8, "system", true, &mut Vec::new()).await;
    assert!(system.is_err());
    let other = entered(&igny8, "globex").await;
    assert_eq!(igny8.account(&other).usage().await.unwrap().keywords, KEYWORDS as u64);
    assert!(matches!(igny8.account(&scope).get().await, Ok(_) | Err(Error::NotFound { .. })));
}

/// A server as a process, ended with its value.
struct Served {
    child: Child,
    url: String,
    said: Vec<String>,
}

impl Served {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_igny8-server"))
            .args(["--database", "sqlite://server.db", "--bind", "127.0.0.1:0", "--workers", "1"])
            .args(more)
            .current_dir(folder)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = loop {
            let line = err.next().expect("it ended before it listened").unwrap();
            said.push(line.clone());
            if let Some(rest) = line.strip_prefix("IGNY8 listens on ") {
                break rest.split(',').next().unwrap().to_owned();
            }
        };
        // What it says later must not fill the pipe.
        std::thread::spawn(move || err.for_each(drop));
        Self { child, url, said }
    }

    fn get(&self, path: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) -> bool {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn it_starts_answers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(folder.path(), &["--seed", "demo"]);
    let mut first = String::new();
    BufReader::new(served.child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["base_url"], served.url.as_str());
    for path in ["/healthz", "/readyz"] {
        assert!(served.get(path).starts_with("HTTP/1.1 200"), "{path}");
    }
    let address = served.url.strip_prefix("http://").unwrap();
    let health = |address: &str| {
        let mut asking = Command::new(env!("CARGO_BIN_EXE_igny8-server"));
        asking.args(["--bind", address, "health"]).stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(health(address) && !health("127.0.0.1:9"));
    // A connection that asks nothing does not keep it from stopping.
    let idle = TcpStream::connect(served.url.strip_prefix("http://").unwrap()).unwrap();
    assert!(served.stop(), "it did not stop by itself");
    drop(idle);

    let secret = folder.path().join("server.db.jwt-secret");
    let kept = std::fs::read_to_string(&secret).unwrap();
    let mut served = Served::start(folder.path(), &["--seed", "demo", "--plugins-dir", "plugins"]);
    assert!(served.said.iter().any(|line| line.contains("no plugins yet")), "{:?}", served.said);
    let mut second = String::new();
    BufReader::new(served.child.stdout.take().unwrap()).read_line(&mut second).unwrap();
    let second: serde_json::Value = serde_json::from_str(&second).unwrap();
    assert_eq!((&second["tenants"], &second["developer"]), (&first["tenants"], &first["developer"]));
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), kept);
    assert!(served.stop());
}
