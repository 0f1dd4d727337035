//! How the server does, for Prometheus: requests by route and status, and how long they took. No names, no words.

use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    /// The route, with its parameters in braces: there are as many as routes, whatever people ask for.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    route: String,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Routed, Histogram>,
}

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
        Metrics { registry, requests, seconds }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let route = if route.is_empty() { "none" } else { route }.to_owned();
        self.seconds.get_or_create(&Routed { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method: method.to_owned(), route, status }).inc();
    }
}

/// The counts, as Prometheus reads them.
pub async fn show(State(app): State<App>, _: Reader) -> Result<Response, Failure> {
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry).map_err(|e| Failure::Internal(e.to_string()))?;
    let up = i32::from(app.store.is_ready().await);
    let end = text.trim_end().strip_suffix("# EOF").unwrap_or(&text).to_owned();
    let text = format!(
        "{end}# HELP hindcast_database_up Whether the database answers.\n# TYPE hindcast_database_up gauge\nhindcast_database_up {up}\n# EOF\n"
    );
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/incidents/{number}", 200, Duration::from_millis(3));
        metrics.answered("GET", "/incidents/{number}", 200, Duration::from_millis(3));
        metrics.answered("POST", "", 404, Duration::from_millis(1));
        let mut text = String::new();
        encode(&mut text, &metrics.registry).expect("writes");
        for line in [
            "hindcast_http_requests_total{method=\"GET\",route=\"/incidents/{number}\",status=\"200\"} 2",
            "hindcast_http_requests_total{method=\"POST\",route=\"none\",status=\"404\"} 1",
            "hindcast_http_request_duration_seconds_count{route=\"/incidents/{number}\"} 2",
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }
}
