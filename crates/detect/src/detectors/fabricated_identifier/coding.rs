//! References in a coding session that the agent gives the user: commits, pull requests, issues.
//!
//! Nothing else is looked for there: code, documentation and general knowledge are full of names and numbers.

use super::{FabricatedIdentifier, judge, statement};
use crate::finding::{Cite, Report};
use crate::origin::grounding::{Kind, Sources, Used};
use crate::prose::{Prose, pattern};
use crate::session::Session;
use crate::values::contact;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

static COMMIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"\b(?:commit|revision|sha|hash)(?: (?:is|was|id|hash))?:?[ \t]+[`*(]{0,3}([0-9a-f]{7,40})\b")
});
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"\b(?:pr|pull request|merge request|issue|ticket)[ \t]+[`*(\[]{0,3}[#!]([0-9]{2,7})\b")
});
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"/(?:pull|issues|commit|merge_requests|actions/runs|releases/tag)/([0-9a-z._-]{1,40})")
});

/// Looks at the references in what the agent says.
pub fn run(detector: &FabricatedIdentifier, session: &Session<'_>) -> Report {
    let mut report = Report::default();
    let sources = std::cell::OnceCell::new();
    let mut seen: Vec<String> = Vec::new();
    let Some(first) = session.calls.first().map(|c| c.event) else { return report };
    for prose in session.until_stopped(session.prose().iter().filter(|p| p.event > first && p.digits > 0)) {
        for (kind, range) in references(prose) {
            report.eligible = true;
            let text = &prose.text.text[range.clone()];
            if seen.iter().any(|s| s == text) || statement::is_example(prose, &range) {
                continue;
            }
            seen.push(text.to_owned());
            let sources = sources.get_or_init(|| Sources::of(session));
            if is_known(sources, kind, text, prose.event) {
                continue;
            }
            if let Some(cite) = Cite::of(prose.event, prose.text, range) {
                let used = Used { kind, text: text.to_owned(), cite };
                judge(detector, session, used, "coding-reference", None, &mut report);
            }
        }
    }
    report
}

fn references(prose: &Prose<'_>) -> Vec<(Kind, Range<usize>)> {
    let lower = &prose.lower;
    let mut found: Vec<(Kind, Range<usize>)> = Vec::new();
    let hex = |t: &str| t.bytes().any(|b| b.is_ascii_digit()) && t.bytes().any(|b| b.is_ascii_alphabetic());
    let group = |regex: &'static LazyLock<Option<Regex>>| {
        regex
            .iter()
            .flat_map(|r| r.captures_iter(lower))
            .filter_map(|c| c.get(1))
            .map(|m| m.range())
            .collect::<Vec<_>>()
    };
    found.extend(group(&COMMIT).into_iter().filter(|r| hex(&lower[r.clone()])).map(|r| (Kind::Id, r)));
    found.extend(group(&NUMBER).into_iter().map(|r| (Kind::Number, r)));
    let links = contact::urls(&prose.text.text).into_iter();
    found
        .extend(links.filter(|r| LINK.as_ref().is_some_and(|l| l.is_match(&lower[r.clone()]))).map(|r| (Kind::Url, r)));
    found
}

fn is_known(sources: &Sources<'_>, kind: Kind, text: &str, before: u32) -> bool {
    let lower = text.to_ascii_lowercase();
    match kind {
        // A hash may be given longer or shorter than it was seen.
        Kind::Id => sources.contains(&lower[..7.min(lower.len())], before),
        Kind::Url => {
            let last = LINK.as_ref().and_then(|l| l.captures(&lower)).and_then(|c| c.get(1)).map_or("", |m| m.as_str());
            sources.contains(&contact::bare_url(text), before) || sources.contains(last.trim_end_matches('.'), before)
        }
        _ => sources.contains(&lower, before),
    }
}
