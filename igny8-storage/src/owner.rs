//! Which process holds a lease, and whether it still lives: a killed worker's runs need not wait for their lease to end.

use std::sync::OnceLock;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// Seconds by which two readings of one process's start may differ.
const SAME_START: u64 = 2;

/// A process, told apart from a later one with the same number by when it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The host's name; a container has one of its own.
    pub(crate) host: String,
    /// The process's number on that host.
    pub(crate) pid: u32,
    /// When it started, in seconds since 1970.
    pub(crate) started_at: u64,
}

impl Owner {
    /// This process.
    pub(crate) fn this_process() -> &'static Self {
        static THIS: OnceLock<Owner> = OnceLock::new();
        THIS.get_or_init(|| {
            let pid = std::process::id();
            Self {
                host: System::host_name().unwrap_or_default(),
                pid,
                started_at: match look_up(pid) {
                    Known::Started(at) => at,
                    Known::Gone | Known::Nothing => 0,
                },
            }
        })
    }

    /// Whether it ran on this host and is gone. Of another host's processes nothing is known, so they count as alive.
    pub(crate) fn is_dead(&self) -> bool {
        let this = Self::this_process();
        if self.host != this.host || self.host.is_empty() || this.started_at == 0 {
            return false;
        }
        match look_up(self.pid) {
            Known::Started(at) => at.abs_diff(self.started_at) > SAME_START,
            Known::Gone => true,
            Known::Nothing => false,
        }
    }
}

/// What is known of a process number on this host.
enum Known {
    /// A process has it, which started then, in seconds since 1970.
    Started(u64),
    /// No process has it.
    Gone,
    /// The system does not tell.
    Nothing,
}

fn look_up(pid: u32) -> Known {
    let Ok(mut system) = System::new() else { return Known::Nothing };
    let pid = Pid::from_u32(pid);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    match system.process(pid) {
        Some(process) if !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead) => {
            Known::Started(process.start_time())
        }
        _ => Known::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_that_ended_does_not() {
        let this = Owner::this_process();
        assert!(!this.is_dead());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(Owner { pid, ..this.clone() }.is_dead());
        let reused = Owner { started_at: this.started_at.saturating_sub(1_000), ..this.clone() };
        assert!(reused.is_dead());
        assert!(!Owner { host: format!("{}-other", this.host), ..reused }.is_dead());
    }
}
