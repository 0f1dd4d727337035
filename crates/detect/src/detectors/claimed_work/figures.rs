//! Sizes, times and rates that the agent gives as measured, and that no output shows.

use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::maps::HashSet;
use crate::prose::{Prose, Sentence, pattern};
use crate::session::Session;
use regex::Regex;
use std::sync::LazyLock;

/// So many figures are looked up in a session, and so many of the latest that were seen are compared with each other.
const MOST: usize = 40;
const COMPARED: usize = 60;
/// Only so much of a text is searched.
const READ_AT_MOST: usize = 1 << 18;

// A figure with a unit: "201.40 kB", "1890 MB/s", "38.2 ms".
static FIGURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)(?:^|[^\w.,])(\d{1,7}(?:,\d{3})*(?:\.\d+)?)\s?(kB|KiB|MB|MiB|GB|GiB|bytes|ms|µs|us|ns|seconds|secs|s|MB/s|GB/s|req/s|rps|ops/s|ns/op|B/op)\b(/s|/op)?",
    )
});
// What makes a figure one that was measured.
static MEASURED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:bundle|chunk|binary|image|build|benchmark(?:s|ed)?|bench|measured|profil\w+|throughput|latency|gzip\w*|minified|artifact|tarball|package|startup|suite|tests?)\b",
    )
});
static STATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:went|goes|down to|from|became|becomes|now|is|are|takes?|took|shrank|dropped|fell|reduced|measured|cut|instead of|runs? in|ran in|finished)\b",
    )
});
static UNSAID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:if|would|could|should|will|might|may|about|roughly|around|approximately|approx|estimated?|expect\w*|limit|budget|timeout|target|goal|max\w*|min\w*|default|threshold|up to|at least|at most|over|under|less than|more than|set|every|per)\b|~|≈|[<>]",
    )
});

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let (Some(figure), Some(measured), Some(stated), Some(unsaid)) =
        (FIGURE.as_ref(), MEASURED.as_ref(), STATED.as_ref(), UNSAID.as_ref())
    else {
        return;
    };
    let mut known: Option<Vec<(u32, f64)>> = None;
    let mut looked = 0;
    let session = seen.session;
    for prose in session.until_stopped(session.prose()) {
        for sentence in prose.sentences.iter().filter(|s| !s.question) {
            let text = &prose.text.text[sentence.range.clone()];
            let claims = measured.is_match(text) && stated.is_match(text) && !unsaid.is_match(text);
            if !claims || looked >= MOST {
                continue;
            }
            let known = known.get_or_insert_with(|| everything(session));
            let earlier = &known[..known.partition_point(|(event, _)| *event < prose.event)];
            for found in figure.captures_iter(text).take(8) {
                let Some(number) = found.get(1) else { continue };
                // Three digits are needed for a figure to be told from a guess.
                if number.as_str().bytes().filter(u8::is_ascii_digit).count() < 3 {
                    continue;
                }
                looked += 1;
                seen.report.eligible = true;
                let Ok(value) = number.as_str().replace(',', "").parse::<f64>() else { continue };
                if borne_out(value, number.as_str(), earlier) {
                    continue;
                }
                judge(seen, prose, sentence, number.as_str());
                break;
            }
        }
    }
}

fn judge(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, sentence: &Sentence, number: &str) {
    let event = prose.event;
    if let Some(why) = seen.ledger.doubt(0, event) {
        return seen.skip(event, why);
    }
    if seen.ledger.runs.is_empty()
        || seen.session.calls.iter().any(|c| c.event < event && c.result.as_ref().is_none_or(|r| r.cut_off()))
    {
        return seen.skip(event, "the figure may be in output that was truncated");
    }
    let Some(cite) = Cite::of(event, prose.text, prose.bytes(sentence.words.clone())) else { return };
    let title = format!("Claimed \"{}\", but no output shows {number}", short(cite.text()));
    let absence = Basis::Absence { sought: format!("the figure {number}"), scope: (0, event.saturating_sub(1)) };
    let finding = Finding::new("claimed-work", Category::Hallucination, event, title, cite)
        .path("figures")
        .detail(format!(
            "{number} does not appear in any earlier output and cannot be computed from two figures that do."
        ))
        .and(Some(absence));
    seen.find(format!("figure/{number}"), finding);
}

/// Every figure that the agent could see, with its event, in order.
pub(super) fn everything(session: &Session<'_>) -> Vec<(u32, f64)> {
    let mut all = Vec::new();
    let mut add = |event: u32, text: &str| {
        let text = &text[..text.floor_char_boundary(READ_AT_MOST)];
        // Tables name the unit at the head of a column, so every number counts, with a unit or without.
        let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
        for number in numbers.filter(|n| n.len() <= 12).take(20_000) {
            all.extend(number.trim_matches(['.', ',']).replace(',', "").parse::<f64>().ok().map(|n| (event, n)));
        }
    };
    for (at, event) in session.trace.events.iter().enumerate() {
        use hindcast_trace::model::{EventKind, Role};
        match &event.kind {
            EventKind::Message { role, texts, .. } if *role != Role::Assistant => {
                texts.iter().for_each(|t| add(at as u32, &t.text));
            }
            EventKind::ToolResult { content, error, .. } => {
                content.iter().chain(error).for_each(|t| add(at as u32, &t.text));
            }
            _ => {}
        }
    }
    all
}

/// True when a figure was seen, rounded or in another unit, or is the sum, the difference or the ratio of two of the latest.
fn borne_out(value: f64, written: &str, seen: &[(u32, f64)]) -> bool {
    let places = written.split_once('.').map_or(0, |(_, p)| p.len() as i32);
    let step = 10f64.powi(-places);
    let same = |n: f64| {
        [1.0, 1000.0, 1024.0, 1_000_000.0, 1_048_576.0, 0.001, 1.0 / 1024.0, 60.0]
            .iter()
            .any(|f| (n * f - value).abs() <= step)
    };
    if seen.iter().any(|(_, n)| same(*n)) {
        return true;
    }
    let mut latest: Vec<f64> = Vec::new();
    let mut known = HashSet::default();
    for (_, n) in seen.iter().rev().filter(|(_, n)| *n != 0.0) {
        if known.insert(n.to_bits()) {
            latest.push(*n);
        }
        if latest.len() >= COMPARED {
            break;
        }
    }
    latest.iter().enumerate().any(|(i, a)| {
        latest[i + 1..]
            .iter()
            .any(|b| [a + b, (a - b).abs(), a / b, b / a, a * b].into_iter().any(|n| (n - value).abs() <= step))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_from_what_was_seen() {
        let seen = [(0, 512.77), (0, 318.4), (1, 4.26), (1, 1_240_000.0)];
        assert!(borne_out(318.4, "318.40", &seen) && borne_out(318.0, "318", &seen));
        assert!(borne_out(194.37, "194.37", &seen) && borne_out(1240.0, "1240", &seen));
        assert!(!borne_out(118.4, "118.40", &seen) && !borne_out(201.4, "201.40", &seen));
    }
}
