//! The resource tracker: what each route takes of this process, and what the process takes of its machine.
//! CPU time is that of the threads that answer; a store's own threads and servers are not in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;

/// One request in so many has its memory and I/O measured: reading them takes longer than most answers do.
const SAMPLED: u64 = 16;

/// What one request took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) latency: Duration,
    pub(crate) cpu: Duration,
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

/// A request being worked on; it no longer counts as one when this is dropped, also where it never was answered.
#[derive(Debug)]
pub(crate) struct InFlight {
    app: App,
    /// The process before it, where its memory and I/O are measured.
    before: Option<Process>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.app.tracker.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts since the process began.
#[derive(Debug)]
pub(crate) struct ResourceTracker {
    since: Instant,
    requests: AtomicU64,
    in_flight: AtomicU64,
    routes: Mutex<HashMap<(&'static str, String), Route>>,
}

impl Default for ResourceTracker {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            requests: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            routes: Mutex::default(),
        }
    }
}

#[derive(Debug)]
struct Route {
    count: u64,
    refused: u64,
    failed: u64,
    received: u64,
    sent: u64,
    cpu: Histogram<u32>,
    latency: Histogram<u32>,
    sampled: u64,
    memory_growth: i64,
    bytes_read: u64,
    bytes_written: u64,
}

/// The method's name. There are as many methods as words: those that no route takes are told as one.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| method == known).unwrap_or("other")
}

/// Two significant digits, up to an hour in microseconds.
fn histogram() -> Option<Histogram<u32>> {
    Histogram::new_with_bounds(1, 3_600_000_000, 2).ok()
}

impl Route {
    fn new() -> Option<Self> {
        Some(Self {
            count: 0,
            refused: 0,
            failed: 0,
            received: 0,
            sent: 0,
            cpu: histogram()?,
            latency: histogram()?,
            sampled: 0,
            memory_growth: 0,
            bytes_read: 0,
            bytes_written: 0,
        })
    }
}

impl ResourceTracker {
    /// A request has come.
    pub(crate) fn begin(app: &App) -> InFlight {
        app.tracker.in_flight.fetch_add(1, Ordering::Relaxed);
        let number = app.tracker.requests.fetch_add(1, Ordering::Relaxed);
        InFlight { app: app.clone(), before: number.is_multiple_of(SAMPLED).then(Process::now).flatten() }
    }

    /// It has been answered.
    pub(crate) fn end(&self, request: &InFlight, measured: Measured<'_>) {
        metrics::histogram!("igny8_http_request_seconds", "method" => method_name(measured.method),
            "route" => measured.route.to_owned(), "status" => measured.status.as_str().to_owned())
        .record(measured.latency);
        let after = request.before.and_then(|before| Some((before, Process::now()?)));
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (method_name(measured.method), measured.route.to_owned());
        let route = match routes.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => match Route::new() {
                Some(route) => entry.insert(route),
                None => return,
            },
        };
        route.count += 1;
        route.refused += u64::from(measured.status.is_client_error());
        route.failed += u64::from(measured.status.is_server_error());
        route.received += measured.received;
        route.sent += measured.sent;
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        route.cpu.saturating_record(micros(measured.cpu).max(1));
        route.latency.saturating_record(micros(measured.latency).max(1));
        if let Some((before, after)) = after {
            route.sampled += 1;
            let grown = i128::from(after.resident) - i128::from(before.resident);
            route.memory_growth += i64::try_from(grown).unwrap_or_default();
            route.bytes_read += after.bytes_read.saturating_sub(before.bytes_read);
            route.bytes_written += after.bytes_written.saturating_sub(before.bytes_written);
        }
    }

    /// What was measured so far; routes by name.
    pub(crate) fn report(&self) -> ResourceReport {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut routes: Vec<RouteReport> =
            routes.iter().map(|(key, route)| RouteReport::of(key, route)).collect();
        routes.sort_by(|a, b| (&a.route, &a.method).cmp(&(&b.route, &b.method)));
        ResourceReport {
            seconds: self.since.elapsed().as_secs_f64(),
            requests: self.requests.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            process: Process::now().map(ProcessReport::of),
            routes,
        }
    }
}

/// What this process has taken, by `/proc`; there is none on other systems than Linux.
#[derive(Clone, Copy, Debug)]
struct Process {
    resident: u64,
    bytes_read: u64,
    bytes_written: u64,
}

impl Process {
    fn now() -> Option<Self> {
        let memory = std::fs::read_to_string("/proc/self/statm").ok()?;
        let pages: u64 = memory.split_whitespace().nth(1)?.parse().ok()?;
        let traffic = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
        let field = |name: &str| {
            traffic.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_default()
        };
        Some(Self { resident: pages * 4096, bytes_read: field("rchar:"), bytes_written: field("wchar:") })
    }
}

/// What the adapter's requests take.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Resources")]
pub(crate) struct ResourceReport {
    /// How long it has been counting.
    seconds: f64,
    /// Requests so far.
    requests: u64,
    /// Requests being worked on.
    in_flight: u64,
    /// The process; null where the system does not tell.
    process: Option<ProcessReport>,
    /// Each route that was asked.
    routes: Vec<RouteReport>,
}

/// What the process takes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProcessResources")]
pub(crate) struct ProcessReport {
    /// Memory in use, in bytes.
    resident_bytes: u64,
    /// CPU time so far, in seconds.
    cpu_seconds: f64,
    /// Bytes read so far, from files and connections.
    bytes_read: u64,
    /// Bytes written so far, to files and connections.
    bytes_written: u64,
}

impl ProcessReport {
    fn of(process: Process) -> Self {
        Self {
            resident_bytes: process.resident,
            cpu_seconds: cpu_time::ProcessTime::now().as_duration().as_secs_f64(),
            bytes_read: process.bytes_read,
            bytes_written: process.bytes_written,
        }
    }
}

/// What one route takes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RouteResources")]
pub(crate) struct RouteReport {
    /// The method.
    method: String,
    /// The path, with its parameters' names.
    route: String,
    /// Requests answered.
    count: u64,
    /// Those refused (4xx).
    refused: u64,
    /// Those that failed (5xx).
    failed: u64,
    /// How long answers took to begin, in milliseconds.
    latency_ms: Quantiles,
    /// CPU time of the threads that answered, in milliseconds.
    cpu_ms: Quantiles,
    /// Bytes of the bodies that came in.
    received_bytes: u64,
    /// Bytes of the bodies that went out, but for streams.
    sent_bytes: u64,
    /// Requests whose memory and I/O were measured: one in sixteen.
    sampled: u64,
    /// By how much the process grew during a sampled request, in bytes on average; others at work count too.
    memory_growth_bytes: i64,
    /// Bytes the process read during a sampled request, on average.
    bytes_read: u64,
    /// Bytes the process wrote during a sampled request, on average.
    bytes_written: u64,
}

/// How a figure is spread.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Quantiles {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl Quantiles {
    fn of(micros: &Histogram<u32>) -> Self {
        let ms = |micros: u64| micros as f64 / 1_000.0;
        Self {
            mean: micros.mean() / 1_000.0,
            p50: ms(micros.value_at_quantile(0.5)),
            p90: ms(micros.value_at_quantile(0.9)),
            p99: ms(micros.value_at_quantile(0.99)),
            max: ms(micros.max()),
        }
    }
}

impl RouteReport {
    fn of((method, path): &(&'static str, String), route: &Route) -> Self {
        let sampled = route.sampled.max(1);
        Self {
            method: (*method).to_owned(),
            route: path.clone(),
            count: route.count,
            refused: route.refused,
            failed: route.failed,
            latency_ms: Quantiles::of(&route.latency),
            cpu_ms: Quantiles::of(&route.cpu),
            received_bytes: route.received,
            sent_bytes: route.sent,
            sampled: route.sampled,
            memory_growth_bytes: route.memory_growth / i64::try_from(sampled).unwrap_or(1),
            bytes_read: route.bytes_read / sampled,
            bytes_written: route.bytes_written / sampled,
        }
    }
}
