//! The real quickstart program, built once and run as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use igny8_core::Igny8;
use igny8_core::tenancy::TenantScope;
use igny8_storage::SqliteStore;
use serde_json::Value;

/// Less than a lease lasts: a program that had to wait for one would not come to its end in this time.
pub const PATIENCE: Duration = Duration::from_secs(50);

/// The program's path. It is built here because Cargo tells a test only the programs of its own package; this package is
/// named too, so that the program's dependencies have the features they have for the tests and are not built again.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.current_dir(workspace()).args([
            "build",
            "-p",
            "igny8-tests",
            "-p",
            "quickstart",
            "--bin",
            "quickstart",
        ]);
        build.args(["--message-format", "json-render-diagnostics", "--quiet", "--profile", &profile()]);
        let built = build.stderr(Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "the quickstart does not build");
        String::from_utf8(built.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
            .expect("cargo names the program it has built")
    })
}

/// The workspace's root.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The profile this test was built with: Cargo names the folder after it, but for `dev`.
fn profile() -> String {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).and_then(Path::file_name).unwrap().to_str().unwrap();
    if folder == "debug" { "dev".to_owned() } else { folder.to_owned() }
}

/// One job: a database, and a folder for what it makes.
#[derive(Debug)]
pub struct Job {
    folder: tempfile::TempDir,
}

impl Job {
    /// A job on a database that is not there yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder for articles and images.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Starts the program on the job, with JSON for its report.
    #[must_use]
    pub fn start(&self, further: &[&str]) -> Child {
        let mut command = Command::new(program());
        command
            .arg("--json")
            .arg("--database")
            .arg(self.database())
            .arg("--out")
            .arg(self.out())
            .args(further);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs the program to its end and returns its report.
    #[must_use]
    pub fn report(&self, further: &[&str]) -> Value {
        let output = ended(self.start(further));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {told}", output.status);
        serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else")
    }

    /// The SDK on the job's database, and the program's account.
    pub async fn look(&self) -> Option<(Igny8, TenantScope)> {
        let store = SqliteStore::open(self.database().to_str().unwrap()).await.unwrap();
        let igny8 = Igny8::builder(store).build().unwrap();
        let (account, owner) = igny8.find_account("quickstart").await.unwrap()?;
        let scope = igny8.enter(&owner, account.id).await.unwrap();
        Some((igny8, scope))
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("job.db")
    }
}

/// Waits until the program has ended.
fn ended(mut child: Child) -> Output {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("it did not come to its end: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}
