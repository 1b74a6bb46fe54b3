//! A NATS server of a test's own on loopback, which can be ended and started again at the same address.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Leaves tests with NATS out when it is `none`.
pub const VARIABLE: &str = "IGNY8_TEST_NATS";

/// The server. It ends with its value.
#[derive(Debug)]
pub struct NatsServer {
    port: u16,
    server: Option<Child>,
}

impl NatsServer {
    /// Starts a server; `None` when tests with NATS are left out, visibly.
    ///
    /// # Panics
    /// When there is none to start, with what to do about it.
    #[allow(clippy::print_stderr, reason = "what is left out is to be seen")]
    pub fn start() -> Option<Self> {
        if std::env::var(VARIABLE).is_ok_and(|value| value == "none") {
            eprintln!("NOT RUN with NATS: {VARIABLE}=none");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { port, server: None };
        server.restart();
        Some(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts it, after ending it if it runs, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn restart(&mut self) {
        self.kill();
        let program = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server"]
            .into_iter()
            .find(|path| Path::new(path).is_file())
            .unwrap_or("nats-server");
        let started = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = started.unwrap_or_else(|error| {
            panic!(
                "NATS does not start ({error}), and these tests need it: install it (Debian: apt-get install nats-server), or \
                 leave them out with {VARIABLE}=none"
            )
        });
        self.server = Some(server);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "NATS does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
