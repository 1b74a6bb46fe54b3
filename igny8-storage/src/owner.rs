//! Which process holds a lease, and whether it still lives: a killed worker's runs need not wait for their lease to end.
//!
//! Judging a living worker dead costs money (its provider calls are made twice), judging a dead one alive costs a lease of
//! waiting. So only what is certain counts as dead:
//!
//! 1. This process is alive, whatever is read.
//! 2. Of the same boot and the same pid namespace, the process table tells: gone, a zombie, or started at another time
//!    (the number was given to a later process) is dead.
//! 3. Of the same boot and another pid namespace (another container) nothing is known: alive, whatever its host is called.
//! 4. Of another boot it is dead where everyone who can open the database shares `one_machine`: that boot is over. Where
//!    workers may be on other machines it is as likely one of those: alive.
//! 5. What cannot be read (no `/proc`, one that hides other users' processes, a missing boot id) leaves it alive.
//!
//! When a process started is counted in clock ticks since the boot: seconds since 1970 move when the clock is set.

use std::sync::OnceLock;

/// A process, told apart from a later one with the same number by when it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// What its number counts in: on Linux `<boot id>/<pid namespace>`, elsewhere the host's name; empty when unknown.
    pub(crate) host: String,
    /// Its number there.
    pub(crate) pid: u32,
    /// When it started: on Linux in clock ticks since the boot, elsewhere in seconds since 1970.
    pub(crate) started_at: u64,
}

/// What is known of a process number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// A process has it, which started then.
    Started(u64),
    /// No living process has it.
    Gone,
    /// The system does not tell.
    Nothing,
}

impl Owner {
    /// This process.
    pub(crate) fn this_process() -> &'static Self {
        static THIS: OnceLock<Owner> = OnceLock::new();
        THIS.get_or_init(|| {
            let pid = std::process::id();
            let started_at = match system::look_up(pid) {
                Known::Started(at) => at,
                Known::Gone | Known::Nothing => 0,
            };
            Self { host: system::host(), pid, started_at }
        })
    }

    /// Whether it is certain that it is gone.
    pub(crate) fn is_dead(&self, one_machine: bool) -> bool {
        self.is_dead_to(Self::this_process(), one_machine, system::look_up)
    }

    fn is_dead_to(&self, this: &Self, one_machine: bool, look_up: impl Fn(u32) -> Known) -> bool {
        if self == this || self.host.is_empty() || this.host.is_empty() {
            return false;
        }
        if self.host == this.host {
            return match look_up(self.pid) {
                Known::Started(at) => at.abs_diff(self.started_at) > system::SAME_START,
                Known::Gone => true,
                Known::Nothing => false,
            };
        }
        match (self.boot(), this.boot()) {
            (Some(one), Some(other)) => one != other && one_machine,
            _ => false,
        }
    }

    /// The boot it belongs to, where that is known.
    fn boot(&self) -> Option<&str> {
        self.host.split_once('/').map(|(boot, _)| boot)
    }
}

#[cfg(target_os = "linux")]
mod system {
    //! Linux, by its `/proc`.

    use std::fs;
    use std::io::ErrorKind;

    use super::Known;

    /// Ticks since the boot are told exactly.
    pub(super) const SAME_START: u64 = 0;

    pub(super) fn host() -> String {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
        let namespace = fs::read_link("/proc/self/ns/pid");
        match (boot, namespace) {
            (Ok(boot), Ok(namespace)) => format!("{}/{}", boot.trim(), namespace.display()),
            _ => String::new(),
        }
    }

    pub(super) fn look_up(pid: u32) -> Known {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => read(&stat),
            // Number 1 is always there: where it is not to be seen, others are hidden as well.
            Err(fault) if fault.kind() == ErrorKind::NotFound && fs::exists("/proc/1").is_ok_and(|is| is) => {
                Known::Gone
            }
            Err(_) => Known::Nothing,
        }
    }

    /// State and start, fields 3 and 22; the name before them is in brackets and may hold anything.
    pub(super) fn read(stat: &str) -> Known {
        let Some((_, rest)) = stat.rsplit_once(')') else { return Known::Nothing };
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        match (fields.first(), fields.get(19).and_then(|start| start.parse().ok())) {
            (Some(&("Z" | "X" | "x")), _) => Known::Gone,
            (Some(_), Some(start)) => Known::Started(start),
            _ => Known::Nothing,
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    //! Other systems, by `sysinfo`.

    use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

    use super::Known;

    /// Seconds by which two readings of one process's start may differ.
    pub(super) const SAME_START: u64 = 2;

    pub(super) fn host() -> String {
        System::host_name().unwrap_or_default()
    }

    pub(super) fn look_up(pid: u32) -> Known {
        let Ok(mut system) = System::new() else { return Known::Nothing };
        let pid = Pid::from_u32(pid);
        let kind = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        match system.process(pid) {
            Some(process) if !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead) => {
                Known::Started(process.start_time())
            }
            _ => Known::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(host: &str, pid: u32, started_at: u64) -> Owner {
        Owner { host: host.to_owned(), pid, started_at }
    }

    #[test]
    fn only_what_is_certain_is_dead() {
        let this = owner("boot/pid:[1]", 10, 1_000);
        let table = |pid| match pid {
            // What is read of this process differs from what it knows of itself: its word counts.
            10 => Known::Started(5_000),
            11 => Known::Started(2_000),
            12 => Known::Nothing,
            _ => Known::Gone,
        };
        for (other, at_one, at_any) in [
            (this.clone(), false, false),
            (owner("boot/pid:[1]", 10, 900), true, true),
            (owner("boot/pid:[1]", 11, 2_000), false, false),
            (owner("boot/pid:[1]", 11, 1_500), true, true),
            (owner("boot/pid:[1]", 12, 1_500), false, false),
            (owner("boot/pid:[1]", 13, 1_500), true, true),
            (owner("boot/pid:[2]", 13, 1_500), false, false),
            (owner("earlier/pid:[1]", 11, 2_000), true, false),
            (owner("", 13, 1_500), false, false),
            (owner("a host's name", 13, 1_500), false, false),
        ] {
            for (one_machine, is_dead) in [(true, at_one), (false, at_any)] {
                assert_eq!(other.is_dead_to(&this, one_machine, table), is_dead, "{other:?} {one_machine}");
            }
        }
        assert!(!owner("boot/pid:[1]", 13, 1).is_dead_to(&owner("", 10, 0), true, table));
    }

    #[test]
    fn this_process_lives_and_one_that_ended_does_not() {
        let this = Owner::this_process();
        assert!(!this.host.is_empty() && this.started_at > 0, "{this:?}");
        assert!(!this.is_dead(true));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let alive = match system::look_up(child.id()) {
            Known::Started(started_at) => Owner { pid: child.id(), started_at, ..this.clone() },
            other => panic!("a child that runs is {other:?}"),
        };
        assert!(!alive.is_dead(true));
        child.kill().unwrap();
        // Not waited for yet: a zombie still has its number.
        let patience = std::time::Instant::now();
        while !alive.is_dead(true) {
            assert!(patience.elapsed().as_secs() < 30, "a killed child lives");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.wait().unwrap();
        assert!(alive.is_dead(true));
        let reused = Owner { started_at: this.started_at + 1_000, ..this.clone() };
        assert!(reused.is_dead(true));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_with_brackets_hides_nothing() {
        let stat = "7 (a) S (b)) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1 2";
        assert_eq!(system::read(stat), Known::Started(4_711));
        assert_eq!(system::read(&stat.replace(") S 1", ") Z 1")), Known::Gone);
        assert_eq!(system::read("nonsense"), Known::Nothing);
    }
}
