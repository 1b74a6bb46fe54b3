//! A cluster of the test process's own, on a free port of 127.0.0.1, without durability. A shell that waits for the process
//! to end stops it and removes its folder, however the process ends.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

/// Waits for the end of the process that holds the other end of its input, then stops the server by its number, which may
/// stand in the first line of a file: a server that was restarted has another.
const WATCH: &str = r#"trap "" INT TERM HUP
read -r gone
case "$1" in */*) pid="$(head -n 1 "$1" 2>/dev/null)" ;; *) pid="$1" ;; esac
if [ -n "$pid" ]; then
    kill -INT "$pid" 2>/dev/null
    n=0; while kill -0 "$pid" 2>/dev/null && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
fi
rm -rf "$2""#;

const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=2GB",
    "logging_collector=off",
];

/// What of the server's durability a cluster has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// None: it is gone with its process.
    None,
    /// What it has acknowledged is there after its own crash, though not after the machine's: nothing waits for the disk.
    OwnCrash,
}

impl Durability {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::None => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
            Self::OwnCrash => &["fsync=off"],
        }
    }
}

/// A server that answers.
pub(crate) struct Started {
    pub(crate) options: PgConnectOptions,
    pub(crate) process: Child,
    pub(crate) folder: PathBuf,
}

/// How often a port may be taken by somebody else between finding and using it.
const TRIES: usize = 5;

/// Starts a cluster without durability, which ends with this process.
pub(crate) async fn start() -> PgConnectOptions {
    let user = User::of_server();
    let Started { options, process, folder } = started(&user, &installed(), Durability::None).await;
    watch(process, &folder);
    options
}

/// Makes a cluster, starts it, and waits until it answers.
pub(crate) async fn started(user: &User, binaries: &Path, durability: Durability) -> Started {
    let folder = folder(user);
    let data = folder.join("data");
    let made = user
        .command(&binaries.join("initdb"))
        .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    for _ in 0..TRIES {
        let port = free_port();
        let mut process = serve(user, binaries, &folder, port, durability);
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username("postgres")
            .database("postgres")
            .password("postgres");
        if answers(&options, &mut process).await {
            return Started { options, process, folder };
        }
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    panic!("PostgreSQL does not start:\n{log}");
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(user: &User, binaries: &Path, folder: &Path, port: u16, durability: Durability) -> Child {
    let log = || fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = user.command(&binaries.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    for setting in SETTINGS.iter().chain(durability.settings()) {
        command.arg("-c").arg(setting);
    }
    command.stdin(Stdio::null()).stdout(log()).stderr(log()).spawn().unwrap()
}

/// Whether it answers before it ends.
pub(crate) async fn answers(options: &PgConnectOptions, server: &mut Child) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if options.clone().connect().await.is_ok() {
            return true;
        }
        if server.try_wait().unwrap().is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// Leaves a server to a shell that ends it with this process.
pub(crate) fn watch(server: Child, folder: &Path) {
    /// The closing of the shell's input, by whatever ends this process, is what it waits for.
    static OPEN: Mutex<Vec<[Child; 2]>> = Mutex::new(Vec::new());
    let shell = watcher(Path::new(&server.id().to_string()), folder);
    OPEN.lock().unwrap().push([shell, server]);
}

/// A shell that ends the server of this number, or of the number in this file, once its input is closed.
pub(crate) fn watcher(number: &Path, folder: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCH, "watch"]).arg(number).arg(folder).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Where `initdb` and `postgres` are.
///
/// # Panics
/// When they are nowhere, with what to do about it.
pub(crate) fn installed() -> PathBuf {
    binaries().unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed, and these tests need it: install it (Debian: apt-get install postgresql), or \
             name a server by an administrator's URL in {0}=postgres://…, or leave these tests out with {0}=none",
            super::VARIABLE
        )
    })
}

/// The newest that is installed.
pub(crate) fn binaries() -> Option<PathBuf> {
    let versions = ["/usr/lib/postgresql", "/usr/local/lib/postgresql"]
        .into_iter()
        .filter_map(|all| fs::read_dir(all).ok());
    let mut found: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path).map(|folder| (0, folder)));
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    found.into_iter().map(|(_, folder)| folder).find(complete)
}

pub(crate) fn folder(user: &User) -> PathBuf {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let folder = std::env::temp_dir().join(format!("igny8-postgres-{}-{moment}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    if let User::Postgres { uid, gid } = user {
        chown(&folder, Some(*uid), Some(*gid)).unwrap();
    }
    folder
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
pub(crate) enum User {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl User {
    pub(crate) fn of_server() -> Self {
        let we_are_root = fs::metadata("/proc/self").is_ok_and(|ourselves| ourselves.uid() == 0);
        if !we_are_root {
            return Self::Ourselves;
        }
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let line = users.lines().find(|line| line.starts_with("postgres:"));
        let fields: Vec<&str> =
            line.expect("a user `postgres`, for the server does not run as root").split(':').collect();
        Self::Postgres { uid: fields[2].parse().unwrap(), gid: fields[3].parse().unwrap() }
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Postgres { uid, gid } => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(program);
                command
            }
        };
        command.current_dir("/").env("LC_ALL", "C");
        command
    }
}
