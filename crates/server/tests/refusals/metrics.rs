//! What `/metrics` tells, and what the dashboard and the alert rules read of it.

use crate::support::client::send;
use crate::support::{App, People, on_both};

/// The names of metrics in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("hindcast_"))
}

async fn every_metric_that_the_dashboard_and_the_alerts_read_exists(app: App) {
    let dana = People::arrive(&app).await.dana;
    let metrics = dana.client.page("/metrics").await;
    let known: Vec<&str> = names(&metrics).collect();
    for file in ["alerts.yaml", "grafana-dashboard.json"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
        let text = std::fs::read_to_string(path).expect("reads");
        assert!(names(&text).count() > 10, "{file}");
        // With PostgreSQL there is no disk of a data directory.
        for name in
            names(&text).filter(|n| known.contains(&"hindcast_data_free_bytes") || !n.starts_with("hindcast_data_"))
        {
            assert!(known.contains(&name), "{file}: there is no {name} in:\n{metrics}");
        }
    }
}

async fn failed_sign_ins_and_the_state_of_the_server_are_measured(app: App) {
    let people = People::arrive(&app).await;
    for (header, times) in [("Bearer hcast_none", 2), ("Basic x", 1)] {
        for _ in 0..times {
            let request = app.browser().request("GET", "/").header("authorization", header);
            send(request.header("accept", "application/json")).await.is(401);
        }
    }
    for n in 0..12 {
        let form = [("email", "nobody@example.com"), ("password", "Bilby bilby bilby")];
        app.browser().post("/sign-in", &form).await.is(if n < 10 { 422 } else { 429 });
    }
    let text = people.dana.client.page("/metrics").await;
    for line in [
        "hindcast_failed_sign_ins_total{reason=\"password\"} 10",
        "hindcast_failed_sign_ins_total{reason=\"throttled\"} 2",
        "hindcast_failed_sign_ins_total{reason=\"token\"} 2",
        "hindcast_pool_queued{pool=\"passwords\"} 0",
        "hindcast_memory_reserved_bytes 0",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line} is not in:\n{text}");
    }
    assert!(text.contains("hindcast_build_info{version=") && text.ends_with("# EOF\n"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1, "{text}");
}

on_both! {
    every_metric_that_the_dashboard_and_the_alerts_read_exists
    failed_sign_ins_and_the_state_of_the_server_are_measured
}
