//! The server as a process, started as an operator starts it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program and what every start of it is told.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    folder: PathBuf,
    database: String,
    connections: u32,
}

impl Program {
    /// The program of this file, which writes its log and its files in this folder.
    #[must_use]
    pub fn new(path: &Path, folder: &Path, database: &str, connections: u32) -> Self {
        assert!(path.is_file(), "there is no {}: `cargo build --release -p igny8-server`", path.display());
        Self { path: path.to_owned(), folder: folder.to_owned(), database: database.to_owned(), connections }
    }

    fn command(&self) -> Command {
        let log = File::options().create(true).append(true).open(self.folder.join("server.log")).unwrap();
        let mut command = Command::new(&self.path);
        command
            .current_dir(&self.folder)
            .env("IGNY8_DATABASE", &self.database)
            .env("IGNY8_CONNECTIONS", self.connections.to_string())
            .env("IGNY8_JWT_SECRET", "a-secret-for-benches-of-forty-characters")
            .env("IGNY8_REQUESTS_PER_SECOND", "0")
            .stdin(Stdio::null())
            .stderr(log);
        command
    }

    /// Gives a user another password, and tells it.
    #[must_use]
    pub fn set_password(&self, email: &str) -> String {
        let done = self.command().args(["set-password", "--email", email]).output().unwrap();
        assert!(done.status.success(), "see {}", self.folder.join("server.log").display());
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Starts it with so many workers, and returns once it lives.
    #[must_use]
    pub fn start(&self, workers: u16, environment: &[(&str, &str)]) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut command = self.command();
        command.args(["--bind", &address, "--workers", &workers.to_string()]).stdout(Stdio::null());
        command.envs(environment.iter().copied());
        let started = Instant::now();
        let child = command.spawn().unwrap();
        let mut server = Server { child, address, lived: Duration::ZERO, ready: Duration::ZERO };
        server.answers("/healthz", started);
        server.lived = started.elapsed();
        server.answers("/readyz", started);
        server.ready = started.elapsed();
        server
    }
}

/// A server at work. It is stopped with its value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    /// From its start to the first 200 of `/healthz`.
    pub lived: Duration,
    /// From its start to the first 200 of `/readyz`.
    pub ready: Duration,
}

impl Server {
    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn answers(&mut self, path: &str, started: Instant) {
        while !self.says_ok(path) {
            assert!(started.elapsed() < PATIENCE, "it does not answer at {path}");
            assert!(self.child.try_wait().unwrap().is_none(), "it ended before it answered");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn says_ok(&self, path: &str) -> bool {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return false };
        let host = &self.address;
        let asked = write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).ok();
        drop(self.child.wait());
    }
}
