//! The timeline that `hindcast show` prints.

use hindcast_detect::{Contracts, Session};
use hindcast_render::show::timeline;
use hindcast_trace::{Evidence, read};
use serde_json::json;

fn shown(name: &str, text: &str) -> String {
    let reading = read(&[Evidence::new(name, text.as_bytes().to_vec())]).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    timeline(&session).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn the_first_line_names_the_users() {
    let trace = |n: usize, user: &str| {
        json!({"id": format!("t{n}"), "sessionId": "s-1", "userId": user, "timestamp": "2026-01-05T10:00:00Z", "name": "chat", "observations": [{"id": "o", "traceId": format!("t{n}"), "type": "GENERATION", "name": "chat", "startTime": format!("2026-01-05T10:00:0{n}Z"), "endTime": format!("2026-01-05T10:00:0{n}.5Z"), "input": [{"role": "user", "content": format!("Hi {n}")}], "output": {"role": "assistant", "content": "Hello"}}]}).to_string()
    };
    let first = |users: &[&str]| {
        let lines: Vec<_> = users.iter().enumerate().map(|(n, user)| trace(n, user)).collect();
        shown("t.jsonl", &lines.join("\n")).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(first(&["u-77", "u-77"]), "Session s-1  4 events, 2 model calls, user u-77, 1 s");
    let all = first(&["a", "b\u{1b}[2J", "c", "d", "e"]);
    assert!(all.contains("users a, b") && all.contains(", c, 2 more") && !all.contains('\u{1b}'), "{all}");
    assert!(!first(&[""]).contains("user"));
}

#[test]
fn an_offset_without_a_known_start_is_of_no_day() {
    let file = "WEBVTT\n\n00:00:02.000 --> 00:00:04.000\n<v Customer>Refund ch_42 please.\n\n00:00:06.000 --> 00:00:08.000\n<v Agent>It has been processed.\n";
    let shown = shown("call.vtt", file);
    assert!(shown.contains("+00:00:02.000") && !shown.contains("1970"), "{shown}");
}
