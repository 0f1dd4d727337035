//! How the server does, for Prometheus: requests by route and status, and how long they took. No names, no words.

mod gauges;

use crate::auth::Reader;
use crate::failure::Failure;
use crate::health;
use crate::state::App;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hindcast_store::anchor::{self, Posts};
use hindcast_store::jobs::{self, Counts};
use hindcast_store::{Conn, StoreError, chain};
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// One of [`METHODS`], whatever people send.
    method: &'static str,
    /// The route, with its parameters in braces: there are as many as routes, whatever people ask for.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Posted {
    outcome: &'static str,
}

/// Why somebody could not sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedSignIn {
    /// Email address and password do not belong together.
    Password,
    /// There were too many failures before.
    Throttled,
    /// A program sent a token that is none, or is over.
    Token,
    /// A code of a second factor was wrong.
    Code,
    /// Somebody came back from the sign-in provider and was refused.
    Provider,
}

impl FailedSignIn {
    const ALL: [FailedSignIn; 5] = [
        FailedSignIn::Password,
        FailedSignIn::Code,
        FailedSignIn::Throttled,
        FailedSignIn::Token,
        FailedSignIn::Provider,
    ];

    fn label(self) -> Failed {
        let reason = match self {
            FailedSignIn::Password => "password",
            FailedSignIn::Code => "code",
            FailedSignIn::Throttled => "throttled",
            FailedSignIn::Token => "token",
            FailedSignIn::Provider => "provider",
        };
        Failed { reason }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    reason: &'static str,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    /// The SMTP server took it.
    Sent,
    /// It was not taken, also when tried again.
    Failed,
    /// Too many were waiting.
    Dropped,
}

impl Mailed {
    const ALL: [Mailed; 3] = [Mailed::Sent, Mailed::Failed, Mailed::Dropped];

    fn label(self) -> Posted {
        let outcome = match self {
            Mailed::Sent => "sent",
            Mailed::Failed => "failed",
            Mailed::Dropped => "dropped",
        };
        Posted { outcome }
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Routed, Histogram>,
    failed_sign_ins: Family<Failed, Counter>,
    anchor_posts: Family<Posted, Counter>,
    mails: Family<Posted, Counter>,
}

/// The methods that are counted by name. A method may be any word, and a label for each word that a stranger sends would take memory for ever.
const METHODS: [&str; 9] = ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT"];

/// From a fast page to a slow draft, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hindcast");
        let requests = Family::<Answered, Counter>::default();
        let seconds = Family::<Routed, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("http_requests", "Requests answered", requests.clone());
        let help = "How long requests took";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, seconds.clone());
        let failed_sign_ins = Family::<Failed, Counter>::default();
        for why in FailedSignIn::ALL {
            // From the start, so that the first failure is an increase.
            failed_sign_ins.get_or_create(&why.label()).inc_by(0);
        }
        registry.register("failed_sign_ins", "Attempts to sign in that failed", failed_sign_ins.clone());
        let anchor_posts = Family::<Posted, Counter>::default();
        for outcome in ["success", "failure"] {
            anchor_posts.get_or_create(&Posted { outcome }).inc_by(0);
        }
        registry.register("anchor_posts", "Posts of the audit log's head to a webhook", anchor_posts.clone());
        let mails = Family::<Posted, Counter>::default();
        for outcome in Mailed::ALL {
            mails.get_or_create(&outcome.label()).inc_by(0);
        }
        registry.register("mails", "Mails by what became of them", mails.clone());
        Metrics { registry, requests, seconds, failed_sign_ins, anchor_posts, mails }
    }
}

impl Metrics {
    /// Counts a post of the audit log's head.
    pub fn anchored(&self, arrived: bool) {
        let outcome = if arrived { "success" } else { "failure" };
        self.anchor_posts.get_or_create(&Posted { outcome }).inc();
    }

    /// Counts a letter.
    pub fn mailed(&self, outcome: Mailed) {
        self.mails.get_or_create(&outcome.label()).inc();
    }

    /// Counts a request.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let route = if route.is_empty() { "none" } else { route }.to_owned();
        self.seconds.get_or_create(&Routed { route: route.clone() }).observe(took.as_secs_f64());
        let method = METHODS.into_iter().find(|m| *m == method).unwrap_or("other");
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Counts an attempt to sign in that failed.
    pub fn sign_in_failed(&self, why: FailedSignIn) {
        self.failed_sign_ins.get_or_create(&why.label()).inc();
    }
}

/// The counts, as Prometheus reads them.
pub async fn show(State(app): State<App>, _: Reader) -> Result<Response, Failure> {
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry).map_err(|e| Failure::Internal(e.to_string()))?;
    let up = i32::from(app.store.answers(health::PATIENCE).await);
    let end = text.trim_end().strip_suffix("# EOF").unwrap_or(&text).to_owned();
    // What is counted of the database is told where it answers.
    let counts = match app.store.reader().await {
        Ok(mut conn) => jobs::counts(&mut conn).await.ok(),
        Err(_) => None,
    };
    let jobs = counts.map(|c| jobs_in_words(&c, app.clock.now())).unwrap_or_default();
    let anchored = match app.store.reader().await {
        Ok(mut conn) => anchor_text(&mut conn, app.clock.now()).await.unwrap_or_default(),
        Err(_) => String::new(),
    };
    let gauges = gauges::text(&app).await.map_err(|e| Failure::Internal(e.to_string()))?;
    let text = format!(
        "{end}{gauges}# HELP hindcast_database_up Whether the database responds.\n# TYPE hindcast_database_up gauge\nhindcast_database_up {up}\n{jobs}{anchored}# EOF\n"
    );
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

/// Jobs of all incidents, restricted or not: one that fails has to be noticed by whoever watches.
fn jobs_in_words(counts: &Counts, now: Timestamp) -> String {
    let mut text = "# HELP hindcast_jobs Jobs by what became of them.\n# TYPE hindcast_jobs gauge\n".to_owned();
    for (state, n) in jobs::State::ALL.iter().zip(counts.states) {
        text.push_str(&format!("hindcast_jobs{{state=\"{}\"}} {n}\n", state.name()));
    }
    let late = counts.first.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
    text.push_str("# HELP hindcast_jobs_late_seconds How long ago the time of the job came that waits longest.\n");
    text.push_str("# TYPE hindcast_jobs_late_seconds gauge\n# UNIT hindcast_jobs_late_seconds seconds\n");
    text.push_str(&format!("hindcast_jobs_late_seconds {late}\n"));
    text
}

/// How posting the audit log's head goes, for all servers of the record together.
async fn anchor_text(conn: &mut Conn, now: Timestamp) -> Result<String, StoreError> {
    let posts = anchor::find(conn).await?.unwrap_or_default();
    // An empty log has no head to post.
    let overdue = match chain::head(conn).await? {
        Some(_) => posts.overdue(now).as_secs_f64(),
        None => 0.0,
    };
    Ok(anchor_in_words(&posts, overdue))
}

fn anchor_in_words(posts: &Posts, overdue: f64) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: String| {
        let name = format!("hindcast_anchor_{name}");
        text.push_str(&format!("# HELP {name} {help}.\n# TYPE {name} gauge\n"));
        if name.ends_with("_seconds") {
            text.push_str(&format!("# UNIT {name} seconds\n"));
        }
        text.push_str(&format!("{name} {value}\n"));
    };
    let help = "Posts of the audit log's head that failed since the last success";
    gauge("consecutive_failures", help, posts.failures.to_string());
    let help = "How late a post of the audit log's head is; 0 if none is overdue, or none is set up";
    gauge("overdue_seconds", help, overdue.to_string());
    if let Some(success) = &posts.success {
        let help = "When the audit log's head was last posted";
        gauge("last_success_timestamp_seconds", help, success.at.as_second().to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_counted_and_how_late_they_are() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let first = Some(at("2026-11-25T10:00:00Z"));
        let text = jobs_in_words(&Counts { states: [3, 20, 1, 2], first }, at("2026-11-25T10:01:30Z"));
        for line in ["hindcast_jobs{state=\"waiting\"} 3", "hindcast_jobs{state=\"failed\"} 2", "late_seconds 90"] {
            assert!(text.contains(&format!("{line}\n")), "{line} is not in:\n{text}");
        }
        let early = jobs_in_words(&Counts { states: [0; 4], first }, at("2026-11-25T09:00:00Z"));
        assert!(early.contains("late_seconds 0\n"), "{early}");
    }

    #[test]
    fn failures_and_lateness_of_posts_are_measured_even_if_no_post_succeeded() {
        let at: Timestamp = "2026-11-25T10:00:00Z".parse().expect("a time");
        let mut posts = Posts::default();
        posts.failed(at, "no answer");
        posts.failed(at, "no answer");
        let text = anchor_in_words(&posts, 400.0);
        assert!(text.contains("\nhindcast_anchor_consecutive_failures 2\n"), "{text}");
        assert!(text.contains("\nhindcast_anchor_overdue_seconds 400\n"), "{text}");
        assert!(!text.contains("last_success"), "{text}");
        posts.succeeded(at, 7);
        let text = anchor_in_words(&posts, 0.0);
        assert!(text.contains("\nhindcast_anchor_consecutive_failures 0\n"), "{text}");
        assert!(
            text.contains(&format!("\nhindcast_anchor_last_success_timestamp_seconds {}\n", at.as_second())),
            "{text}"
        );
    }

    #[test]
    fn requests_are_counted_by_route() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/incidents/{number}", 200, Duration::from_millis(3));
        metrics.answered("GET", "/incidents/{number}", 200, Duration::from_millis(3));
        metrics.answered("POST", "", 404, Duration::from_millis(1));
        for word in ["A", "B", "get"] {
            metrics.answered(word, "", 405, Duration::from_millis(1));
        }
        let mut text = String::new();
        encode(&mut text, &metrics.registry).expect("writes");
        for line in [
            "hindcast_http_requests_total{method=\"GET\",route=\"/incidents/{number}\",status=\"200\"} 2",
            "hindcast_http_requests_total{method=\"other\",route=\"none\",status=\"405\"} 3",
            "hindcast_http_requests_total{method=\"POST\",route=\"none\",status=\"404\"} 1",
            "hindcast_http_request_duration_seconds_count{route=\"/incidents/{number}\"} 2",
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }
}
