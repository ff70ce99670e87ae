//! What is counted of the service, for Prometheus: routes, statuses and sizes, no names and no
//! paths as they were asked for.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;
use crate::service::Service;

/// Upper bounds of classes of duration, in microseconds.
const BOUNDS: [u64; 8] = [500, 1_000, 5_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000];
/// What a request may come to: 2xx, 3xx, 4xx, 5xx.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// Counts since the service began.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    routes: Vec<OfRoute>,
    recorded: AtomicU64,
    already_recorded: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug)]
struct OfRoute {
    method: Method,
    path: &'static str,
    statuses: [AtomicU64; CLASSES.len()],
    durations: [AtomicU64; BOUNDS.len()],
    micros: AtomicU64,
}

impl Telemetry {
    pub(crate) fn new(routes: impl Iterator<Item = (Method, &'static str)>) -> Self {
        let of_route = |(method, path)| OfRoute {
            method,
            path,
            statuses: Default::default(),
            durations: Default::default(),
            micros: AtomicU64::new(0),
        };
        Self { routes: routes.map(of_route).collect(), ..Self::default() }
    }

    /// Counts a request of a route.
    pub(crate) fn request(&self, method: &Method, path: &str, status: StatusCode, took: Duration) {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let mut routes = self.routes.iter();
        let Some(route) = routes.find(|r| r.path == path && r.method == *method) else { return };
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        add(&route.statuses[class.min(CLASSES.len() - 1)], 1);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(&route.micros, micros);
        if let Some(bound) = BOUNDS.iter().position(|bound| micros <= *bound) {
            add(&route.durations[bound], 1);
        }
    }

    /// Counts what became of events.
    pub(crate) fn events(&self, recorded: u64, already_recorded: u64, refused: u64) {
        add(&self.recorded, recorded);
        add(&self.already_recorded, already_recorded);
        add(&self.refused, refused);
    }

    fn write(&self, out: &mut String) {
        out.push_str("# TYPE casetrail_requests_total counter\n");
        for route in &self.routes {
            for (class, count) in CLASSES.iter().zip(&route.statuses) {
                let (labels, count) = (route.labels(), get(count));
                line(
                    out,
                    &format!("casetrail_requests_total{{{labels},status=\"{class}\"}} {count}"),
                );
            }
        }
        out.push_str("# TYPE casetrail_request_seconds histogram\n");
        for route in &self.routes {
            let (labels, mut below) = (route.labels(), 0);
            for (bound, count) in BOUNDS.iter().zip(&route.durations) {
                below += get(count);
                let bound = seconds(*bound);
                line(
                    out,
                    &format!("casetrail_request_seconds_bucket{{{labels},le=\"{bound}\"}} {below}"),
                );
            }
            let all: u64 = route.statuses.iter().map(get).sum();
            let sum = seconds(get(&route.micros));
            line(out, &format!("casetrail_request_seconds_bucket{{{labels},le=\"+Inf\"}} {all}"));
            line(out, &format!("casetrail_request_seconds_sum{{{labels}}} {sum}"));
            line(out, &format!("casetrail_request_seconds_count{{{labels}}} {all}"));
        }
        out.push_str("# TYPE casetrail_events_total counter\n");
        let outcomes = [
            ("recorded", &self.recorded),
            ("already-recorded", &self.already_recorded),
            ("refused", &self.refused),
        ];
        for (outcome, count) in outcomes {
            let count = get(count);
            line(out, &format!("casetrail_events_total{{outcome=\"{outcome}\"}} {count}"));
        }
    }
}

impl OfRoute {
    fn labels(&self) -> String {
        format!("method=\"{}\",route=\"{}\"", self.method, self.path)
    }
}

fn add(count: &AtomicU64, n: u64) {
    count.fetch_add(n, Ordering::Relaxed);
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn line(out: &mut String, text: &str) {
    // A string takes every write.
    let _ = writeln!(out, "{text}");
}

/// `GET /metrics`: the text format of Prometheus.
pub(crate) async fn metrics(State(service): State<Service>) -> Result<Response, Problem> {
    let head = service.log().head(None).await?;
    let reached = service.view().now().position();
    let mut text = String::new();
    service.telemetry().write(&mut text);
    let gauges = [
        ("casetrail_log_position", head.position.0),
        ("casetrail_log_erased", head.erased),
        ("casetrail_projection_position", reached.0),
        ("casetrail_requests_under_way", service.requests_under_way() as u64),
        ("casetrail_followers", service.followers() as u64),
    ];
    for (name, value) in gauges {
        line(&mut text, &format!("# TYPE {name} gauge\n{name} {value}"));
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
