//! Clusters of the test process's own, on free ports of 127.0.0.1. A shell that waits for the process to end stops each and
//! removes its folder, however the process ends.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::Server;

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

const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=2GB",
    "logging_collector=off",
    "hot_standby=on",
];

/// What a cluster of tests is told beside: nothing outlives the machine's crash, and nothing waits for its disk.
pub(crate) const FLEETING: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// How often a port may be taken by somebody else between finding and using it.
const TRIES: usize = 5;

/// A server of its own: as durable as PostgreSQL is by default, unless it is told otherwise. It ends with this process.
#[derive(Debug)]
pub struct Cluster {
    user: User,
    binaries: PathBuf,
    folder: PathBuf,
    administrator: PgConnectOptions,
}

impl Cluster {
    /// A new one with these settings, such as `fsync=off`; `None` when tests on PostgreSQL are left out, or when they have a
    /// server elsewhere and its programs are not installed here, which is said.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, or does not start.
    pub async fn start(settings: &[&str]) -> Option<Self> {
        let named = std::env::var(super::VARIABLE).unwrap_or_default();
        let binaries = match (named.as_str(), binaries()) {
            ("none", _) => {
                super::left_out(&format!("{}=none", super::VARIABLE));
                return None;
            }
            ("", None) => panic!(
                "PostgreSQL is not installed, and these tests need it: install it (Debian: apt-get install postgresql), or \
                 name a server by an administrator's URL in {0}=postgres://…, or leave these tests out with {0}=none",
                super::VARIABLE
            ),
            (_, None) => {
                super::left_out("a server of the test's own needs PostgreSQL's programs on this machine");
                return None;
            }
            (_, Some(binaries)) => binaries,
        };
        let user = User::of_server();
        let folder = folder(&user);
        run(user
            .command(&binaries.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(folder.join("data")));
        Some(Self::serve(user, binaries, folder, settings).await)
    }

    /// Another one that follows this one, and may be read from.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn standby(&self, settings: &[&str]) -> Self {
        let (user, binaries) = (User::of_server(), self.binaries.clone());
        let folder = folder(&user);
        let port = self.administrator.get_port().to_string();
        run(user
            .command(&binaries.join("pg_basebackup"))
            .args([
                "--host=127.0.0.1",
                "--username=postgres",
                "--checkpoint=fast",
                "--no-sync",
                "--write-recovery-conf",
            ])
            .args(["--port", &port, "--pgdata"])
            .arg(folder.join("data")));
        Self::serve(user, binaries, folder, settings).await
    }

    async fn serve(user: User, binaries: PathBuf, folder: PathBuf, settings: &[&str]) -> Self {
        for _ in 0..TRIES {
            let port = free_port();
            let mut server = serve(&user, &binaries, &folder, port, settings);
            let administrator = PgConnectOptions::new_without_pgpass()
                .host("127.0.0.1")
                .port(port)
                .username("postgres")
                .database("postgres")
                .password("postgres");
            if answers(&administrator, &mut server).await {
                watch(server, &folder.join("data/postmaster.pid").to_string_lossy(), &folder);
                return Self { user, binaries, folder, administrator };
            }
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start:\n{log}");
    }

    /// The server as tests use it.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn server(&self) -> Server {
        Server::of_administrator(self.administrator.clone()).await
    }

    /// The URL of a role, whose password is its name, for a database.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{role}@127.0.0.1:{}/{database}", self.administrator.get_port())
    }

    /// Ends it as a crash would: nothing is finished, nothing is written out.
    ///
    /// # Panics
    /// When it has ended before.
    pub fn kill(&self) {
        let file = fs::read_to_string(self.folder.join("data").join("postmaster.pid")).unwrap();
        run(Command::new("kill").args(["-QUIT", file.lines().next().unwrap()]));
    }

    /// `pg_ctl restart -m immediate`: every session is broken off, nothing is written out, the next server recovers from the
    /// log. Returns when that one answers.
    pub fn restart_immediately(&self) {
        let mut restart = self.user.command(&self.binaries.join("pg_ctl"));
        restart
            .args(["restart", "--silent", "--mode=immediate", "--wait", "--pgdata"])
            .arg(self.folder.join("data"));
        run(restart.arg("--log").arg(self.folder.join("log-after-restart")));
    }

    /// Makes a standby one that is written to.
    ///
    /// # Panics
    /// When it is none.
    pub fn promote(&self) {
        run(self
            .user
            .command(&self.binaries.join("pg_ctl"))
            .args(["promote", "-D"])
            .arg(self.folder.join("data")));
    }

    /// Gives a file, such as a certificate's key, to the user whom servers run as, and to nobody else.
    ///
    /// # Panics
    /// When it may not.
    pub fn give(file: &Path) {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        if let User::Postgres { uid, gid } = User::of_server() {
            chown(file, Some(uid), Some(gid)).unwrap();
        }
    }
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(user: &User, binaries: &Path, folder: &Path, port: u16, settings: &[&str]) -> Child {
    let log = || fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = user.command(&binaries.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    for setting in SETTINGS.iter().chain(settings) {
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

/// Leaves a server to a shell that ends it with this process: by its number, or by the file that tells it.
pub(crate) fn watch(server: Child, number: &str, folder: &Path) {
    /// The closing of the shell's input, by whatever ends this process, is what it waits for.
    static OPEN: Mutex<Vec<[Child; 2]>> = Mutex::new(Vec::new());
    let shell = Command::new("sh")
        .args(["-c", WATCH, "watch", number])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    OPEN.lock().unwrap().push([shell, server]);
}

/// Where `initdb` and `postgres` are: the newest that is installed.
fn binaries() -> Option<PathBuf> {
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
#[derive(Debug)]
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
