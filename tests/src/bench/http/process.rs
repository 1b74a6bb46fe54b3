//! What processes take of the machine, by `/proc`: CPU time of the server and of all that belongs to a PostgreSQL cluster.

#![allow(clippy::disallowed_methods, reason = "a question to the database server itself")]

use std::fs;
use std::path::PathBuf;

use sqlx::{Connection as _, PgConnection};

/// What `/proc` counts CPU time in: a hundredth of a second on every Linux.
const TICK_MS: f64 = 10.0;

/// A PostgreSQL cluster of this machine.
#[derive(Debug)]
pub struct Cluster {
    postmaster: u32,
    log: PathBuf,
}

impl Cluster {
    /// The one that this administrator's URL reaches.
    pub async fn of(administrator: &str) -> Self {
        let mut connection = PgConnection::connect(administrator).await.unwrap();
        let data: String =
            sqlx::query_scalar("SHOW data_directory").fetch_one(&mut connection).await.unwrap();
        let data = PathBuf::from(data);
        let number = fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let postmaster = number.lines().next().unwrap().trim().parse().unwrap();
        Self { postmaster, log: data.parent().unwrap().join("log") }
    }

    /// Where the server's log is.
    #[must_use]
    pub fn log(&self) -> &PathBuf {
        &self.log
    }

    /// CPU milliseconds of all its processes so far, of those that have ended too.
    #[must_use]
    pub fn cpu_ms(&self) -> f64 {
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Stat::of(pid).map(|stat| (pid, stat))
        });
        all.map(|(pid, stat)| match pid {
            _ if pid == self.postmaster => stat.own + stat.of_ended_children,
            _ if stat.parent == self.postmaster => stat.own,
            _ => 0.0,
        })
        .sum()
    }
}

/// CPU milliseconds of a server and of its database.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The server's.
    pub server: f64,
    /// The database's.
    pub database: f64,
}

impl Usage {
    /// So far.
    #[must_use]
    pub fn now(server: u32, cluster: &Cluster) -> Self {
        Self { server: Stat::of(server).map_or(0.0, |stat| stat.own), database: cluster.cpu_ms() }
    }

    /// Since an earlier moment.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { server: self.server - earlier.server, database: self.database - earlier.database }
    }
}

/// The memory that a process holds, in MiB.
#[must_use]
pub fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or_default();
    (kib / 1_024.0 * 10.0).round() / 10.0
}

struct Stat {
    parent: u32,
    own: f64,
    of_ended_children: f64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before may hold anything.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: (ticks(11)? + ticks(12)?) * TICK_MS,
            of_ended_children: (ticks(13)? + ticks(14)?) * TICK_MS,
        })
    }
}
