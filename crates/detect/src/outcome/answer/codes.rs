//! Members of an answer that hold a code, or tell that it was only a test.

use super::Upshot;
use super::leaves::{Held, Leaf};
use super::members::{Told, no, yes};

/// `livemode: false`, `dryRun: true`: it was only a test.
pub fn flag(leaf: &Leaf, joined: &str, expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    const LIVE: [&str; 5] = ["livemode", "live", "production", "islive", "isproduction"];
    const TEST: [&str; 11] = [
        "testmode",
        "istest",
        "test",
        "dryrun",
        "sandbox",
        "issandbox",
        "simulated",
        "simulation",
        "validateonly",
        "previewonly",
        "checkonly",
    ];
    let of_test = LIVE[..1].contains(&joined) && no(&leaf.held) || TEST.contains(&joined) && yes(&leaf.held);
    let wanted = ["test", "dry", "sandbox", "simulate", "simulation", "preview", "check"].iter().any(|w| expected(w));
    (of_test && !wanted).then_some(Told::Not(Upshot::Open, true))
}

/// A code of HTTP, of a program, of a database, of a card network.
pub fn code(leaf: &Leaf, name: &[&str], joined: &str, expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    const EXIT: [&str; 13] = [
        "rc",
        "ret",
        "retcode",
        "returncode",
        "rv",
        "errno",
        "exit",
        "exitcode",
        "exitstatus",
        "sqlcode",
        "errcode",
        "hresult",
        "returnvalue",
    ];
    const ANSWERED: [&str; 7] = ["res", "resp", "respcode", "responsecode", "resultcode", "result", "actioncode"];
    let text = match &leaf.held {
        Held::Text(t) => t.trim().to_owned(),
        Held::Number(n) => format!("{n}"),
        _ => return None,
    };
    let first = text.split_whitespace().next().unwrap_or_default();
    let number = first.parse::<i64>().ok();
    let http = ["http", "status", "code"].iter().any(|w| name.contains(w)) || joined.ends_with("statuscode");
    if http && !expected(first) {
        match number {
            Some(400..=599) => return Some(Told::Not(Upshot::Failed, true)),
            Some(202) => return Some(Told::Not(Upshot::Open, false)),
            Some(200 | 201 | 204) => return Some(Told::Taken),
            _ => {}
        }
    }
    if EXIT.contains(&joined)
        && let Some(n) = number
    {
        return Some(if n == 0 || (200..300).contains(&n) { Told::Taken } else { Told::Not(Upshot::Failed, true) });
    }
    if ANSWERED.contains(&joined) && text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(if text == "00" { Told::Taken } else { Told::Not(Upshot::Failed, true) });
    }
    if joined == "sqlstate" && text.len() == 5 {
        let fine = ["00", "01", "02"].iter().any(|c| text.starts_with(c));
        return (!fine).then_some(Told::Not(Upshot::Failed, true));
    }
    // `E207`, `ERR-12`
    let coded = ANSWERED.contains(&joined) || name.contains(&"code");
    let tail = text.strip_prefix("ERR").or_else(|| text.strip_prefix('E'));
    let digits = tail.map(|t| t.trim_start_matches(['-', '_']));
    let error = digits.is_some_and(|d| d.len() > 1 && d.bytes().all(|b| b.is_ascii_digit()));
    (coded && error && !expected(&text.to_lowercase())).then_some(Told::Not(Upshot::Failed, true))
}
