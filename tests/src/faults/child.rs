//! A process of its own that works on a database: started, killed, stopped and let go on by its parent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::work::Order;

/// How long a process may take to what it must come to, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(240);

/// A process of its own. It is killed when the value is dropped, and ends by itself when this process does.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lines: UnboundedReceiver<String>,
}

impl Child {
    /// Starts the program with this order.
    #[must_use]
    pub fn start(program: &Path, order: &Order) -> Self {
        Self::spawn(Command::new(program), order)
    }

    /// Starts the program so that a file that grows past its limit is an error to it and not its death.
    #[must_use]
    pub fn start_limitable(program: &Path, order: &Order) -> Self {
        let mut command = Command::new("sh");
        // What is ignored before a program is executed is ignored by it.
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(program);
        Self::spawn(command, order)
    }

    fn spawn(mut command: Command, order: &Order) -> Self {
        command.arg("obey").arg(serde_json::to_string(order).unwrap());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { process, lines }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap()
    }

    /// Kills it with SIGKILL, wherever it is, and waits until it is gone.
    pub fn kill(mut self) -> ExitStatus {
        self.process.kill().unwrap();
        self.process.wait().unwrap()
    }

    /// Stops it with SIGSTOP.
    pub fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// Says a line to it.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line it says; `None` when it has ended.
    pub async fn line(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.lines.recv()).await.expect("a process says nothing more")
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "a process did not come to its end");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until it has stopped or ended; `true` when it has stopped.
    pub async fn stopped(&self) -> bool {
        let began = Instant::now();
        let what =
            WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            if let Some(status) = waitid(WaitId::Pid(self.pid()), what).unwrap() {
                return status.stopped();
            }
            assert!(began.elapsed() < PATIENCE, "a process did not stop");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Whether it was SIGKILL that ended it.
#[must_use]
pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::KILL.as_raw())
}

impl Drop for Child {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
