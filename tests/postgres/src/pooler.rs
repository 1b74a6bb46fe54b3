//! A pooler before a test's database, which gives every transaction another session.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use sqlx::postgres::PgConnectOptions;

use super::cluster::{self, User};
use super::{APPLICATION, Database};

/// pgbouncer in transaction mode, which ends with the test process.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    database: String,
}

impl Pooler {
    /// Before this database, with so many sessions; `None` when pgbouncer is not installed, which is said.
    pub async fn before(database: &Database, sessions: u32) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!(
                "NOT RUN through a pooler: pgbouncer is not installed (Debian: apt-get install pgbouncer)"
            );
            return None;
        };
        let user = User::of_server();
        let folder = cluster::folder(&user);
        let port = cluster::free_port();
        let (host, server_port) = database.server().address();
        let (users, settings) = (folder.join("users"), folder.join("settings"));
        fs::write(&users, format!("\"{APPLICATION}\" \"{APPLICATION}\"\n")).unwrap();
        let text = format!(
            "[databases]\n* = host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = {sessions}\n\
             max_client_conn = 100\nunix_socket_dir =\nserver_reset_query_always = 0\n",
            users.display()
        );
        fs::write(&settings, text).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut command = user.command(&program);
        command.arg(&settings).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut server = command.spawn().unwrap();
        let pooler = Self { port, database: database.name().to_owned() };
        let options: PgConnectOptions = pooler.application_url().parse().unwrap();
        // Of what a client may say at the beginning it knows little.
        let answers = cluster::answers(&options.extra_float_digits(None), &mut server).await;
        assert!(answers, "{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        let number = server.id().to_string();
        cluster::watch(server, &number, &folder);
        Some(pooler)
    }

    /// The URL of the role that programs have.
    #[must_use]
    pub fn application_url(&self) -> String {
        format!("postgres://{APPLICATION}:{APPLICATION}@127.0.0.1:{}/{}", self.port, self.database)
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}
