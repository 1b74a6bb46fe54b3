//! A cluster of one test's own that the test restarts as it likes; what it has acknowledged survives that.

use std::path::PathBuf;
use std::process::Child;

use super::cluster::{self, Durability, Started, User};
use super::{Server, VARIABLE};

/// A cluster of one test's own; it ends with the value, or with the process.
#[derive(Debug)]
pub struct OwnCluster {
    server: Server,
    binaries: PathBuf,
    folder: PathBuf,
    /// The server as it was started first.
    process: Child,
    /// Ends the server, whatever number it has by then.
    watcher: Child,
}

impl OwnCluster {
    /// Starts one; `None` when tests on PostgreSQL are left out, or when they have a server elsewhere and its programs are
    /// not installed here, which is said.
    ///
    /// # Panics
    /// When there are no programs to start it with and no server is named, with what to do about it.
    pub async fn start() -> Option<Self> {
        let named = std::env::var(VARIABLE).unwrap_or_default();
        let binaries = match (named.as_str(), cluster::binaries()) {
            ("none", _) => {
                super::left_out(&format!("{VARIABLE}=none"));
                return None;
            }
            ("", None) => cluster::installed(),
            (_, None) => {
                super::left_out("a server of the test's own needs PostgreSQL's programs on this machine");
                return None;
            }
            (_, Some(binaries)) => binaries,
        };
        let user = User::of_server();
        let Started { options, process, folder } =
            cluster::started(&user, &binaries, Durability::OwnCrash).await;
        let watcher = cluster::watcher(&folder.join("data/postmaster.pid"), &folder);
        let server = Server::of_administrator(options).await;
        Some(Self { server, binaries, folder, process, watcher })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// `pg_ctl restart -m immediate`: every session is broken off, nothing is written out, the next server recovers from the
    /// log. Returns when that one answers.
    pub fn restart_immediately(&mut self) {
        let mut restart = User::of_server().command(&self.binaries.join("pg_ctl"));
        restart.args(["restart", "--silent", "--mode=immediate", "--wait"]);
        restart
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .arg("--log")
            .arg(self.folder.join("log-after-restart"));
        let status = restart.status().unwrap();
        assert!(
            status.success(),
            "pg_ctl restart: {status}; the logs of the server are in {}",
            self.folder.display()
        );
        // The first server is a child of this process: its number is free only once it is waited for.
        self.process.try_wait().unwrap();
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        self.process.wait().ok();
        self.watcher.wait().ok();
    }
}
