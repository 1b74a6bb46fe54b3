//! PostgreSQL over TLS, once for real: the store checks the server's certificate, and says what is wrong with one that it
//! does not trust.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a question to the server itself, and why a test is not run"
)]

use std::error::Error as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use igny8_core::ports::Catalogue as _;
use igny8_storage::PostgresStore;
use igny8_test_postgres::{APPLICATION, Cluster, OWNER};

/// An authority of a test's own, and certificates that it signed.
struct Authority(PathBuf);

impl Authority {
    /// `None` when there is no openssl to make one with, which is said.
    fn new(folder: &Path, name: &str) -> Option<Self> {
        let own = Self(folder.join(name));
        fs::create_dir(&own.0).unwrap();
        fs::set_permissions(&own.0, fs::Permissions::from_mode(0o755)).unwrap();
        let made = own.openssl(&format!(
            "req -x509 {NEW_KEY} -keyout ca.key -out ca.crt -days 2 -subj /CN={name} -addext basicConstraints=critical,CA:TRUE"
        ));
        made.then_some(own)
    }

    /// A certificate for 127.0.0.1, and its key.
    fn sign(&self) -> [PathBuf; 2] {
        fs::write(self.0.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
        assert!(
            self.openssl(&format!("req {NEW_KEY} -keyout server.key -out server.csr -subj /CN=127.0.0.1"))
        );
        assert!(self.openssl(
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names"
        ));
        let files = ["server.crt", "server.key"].map(|file| self.0.join(file));
        for file in &files {
            Cluster::give(file);
        }
        files
    }

    fn openssl(&self, arguments: &str) -> bool {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(&self.0).output();
        let Ok(done) = done else {
            eprintln!("NOT RUN over TLS: openssl is not installed");
            return false;
        };
        assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
        true
    }

    fn root(&self) -> String {
        self.0.join("ca.crt").display().to_string()
    }
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_trusted_by_its_certificate_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let Some(authority) = Authority::new(folder.path(), "authority") else { return };
    let [certificate, key] = authority.sign();
    let settings = [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", certificate.display()),
        format!("ssl_key_file={}", key.display()),
        "fsync=off".to_owned(),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let Some(cluster) = Cluster::start(&settings).await else { return };
    let database = cluster.server().await.database().await;
    let trusting = |url: String, authority: &Authority| {
        format!("{url}?sslmode=verify-full&sslrootcert={}", authority.root())
    };

    PostgresStore::migrate(trusting(database.url(OWNER), &authority), APPLICATION).await.unwrap();
    let store = PostgresStore::open(trusting(database.application_url(), &authority)).await.unwrap();
    assert_eq!(store.plans().await.unwrap(), []);
    let mut administrator = database.administrator().await;
    let secured: Vec<bool> = sqlx::query_scalar(
        "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a ON a.pid = s.pid WHERE a.application_name = 'igny8'",
    )
    .fetch_all(&mut administrator)
    .await
    .unwrap();
    assert!(!secured.is_empty() && secured.iter().all(|is| *is), "{secured:?}");
    store.close().await;

    let stranger = Authority::new(folder.path(), "stranger").unwrap();
    let refused = PostgresStore::open(trusting(database.application_url(), &stranger)).await.unwrap_err();
    let mut said = refused.to_string();
    let mut source = refused.source();
    while let Some(fault) = source {
        said = format!("{said}: {fault}");
        source = fault.source();
    }
    println!("{said}");
    assert!(said.contains("certificate") && !refused.is_retryable(), "{refused:?}");
}
