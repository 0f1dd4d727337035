//! A session in one row.

use super::candidate::{Candidate, Source};
use super::places::{self, OwnTitle};
use super::report::{Session, TimeSource, TitleSource};
use hindcast_render::visible;
use hindcast_trace::model::{EventKind, Role};
use hindcast_trace::{Evidence, Trace};
use jiff::Timestamp;
use memchr::memmem;

/// Characters of a title that are kept.
const TITLE: usize = 200;
/// Bytes of a line that may hold a title.
const TITLE_LINE: usize = 64 << 10;
/// Bytes of a document that is looked through for a title.
const TITLE_DOCUMENT: usize = 8 << 20;
/// Places in a file that are looked at for a title.
const TITLE_MATCHES: usize = 4096;
/// Titles whose record is looked for in the file.
const TITLE_LOOKUPS: usize = 64;
/// 2015 in nanoseconds: an earlier time is an offset, not a date.
const EARLIEST: i64 = 1_420_070_400_000_000_000;

/// Numbers of findings and leads.
#[derive(Debug, Clone, Copy)]
pub struct Flags {
    /// Findings.
    pub findings: usize,
    /// Leads.
    pub leads: usize,
}

/// The row of a session. `title` is the agent's own, `label` the format with its dialect.
pub fn row(one: &Candidate, trace: &Trace, label: &str, title: Option<String>, flags: Option<Flags>) -> Session {
    let fits = |agent: &&'static places::Agent| agent.formats.contains(&trace.format);
    let agent = one.agent.filter(fits).or_else(|| places::of_format(trace.format));
    let own = title.map(|t| (t, TitleSource::Agent));
    let named = own.or_else(|| first_words(trace).map(|t| (t, TitleSource::User)));
    let span = trace.span();
    let moment = |ns: i64| {
        let at = Timestamp::from_nanosecond(i128::from(ns)).ok().filter(|_| ns >= EARLIEST)?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    };
    let last = Timestamp::from_millisecond(one.last).unwrap_or_default();
    Session {
        agent: agent.map(|a| a.id.to_owned()),
        agent_name: agent.map_or_else(|| label.to_owned(), |a| a.name.to_owned()),
        format: trace.format.to_owned(),
        id: trace.key.clone(),
        title_source: named.as_ref().map(|(_, source)| *source),
        title: named.map(|(title, _)| title),
        last_active: last.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        last_active_source: match one.source {
            Source::Record => TimeSource::Record,
            Source::File => TimeSource::File,
        },
        started: span.and_then(|(start, _)| moment(start)),
        ended: span.and_then(|(_, end)| moment(end)),
        duration_seconds: span.map(|(start, end)| end.saturating_sub(start) / 1_000_000_000),
        turns: said(trace).count(),
        calls: trace.events.iter().filter(|e| matches!(e.kind, EventKind::ToolCall { .. })).count(),
        findings: flags.map(|f| f.findings),
        leads: flags.map(|f| f.leads),
        missing_data: trace.gaps.len(),
        files: Vec::new(),
        bytes: 0,
        paths: Vec::new(),
    }
}

/// What the user said to the main agent.
fn said(trace: &Trace) -> impl Iterator<Item = &[hindcast_trace::model::Text]> {
    trace.events.iter().filter(|e| trace.sub_agent(e).is_none()).filter_map(|e| match &e.kind {
        EventKind::Message { role: Role::User, texts, .. } => Some(&texts[..]),
        _ => None,
    })
}

fn first_words(trace: &Trace) -> Option<String> {
    said(trace).flatten().map(|t| visible::label(&t.text, TITLE)).find(|t| !t.is_empty())
}

/// The title that the agent gave to the session in these files.
pub fn own_title(titles: &[OwnTitle], evidence: &[Evidence]) -> Option<String> {
    let main = evidence.first()?;
    let found = titles.iter().find_map(|title| match title.record {
        "" => of_document(&main.bytes, title.field),
        record => of_record(&main.bytes, record, title),
    })?;
    Some(visible::label(&found, TITLE)).filter(|t| !t.is_empty())
}

/// A member of the document, or of the first line.
fn of_document(bytes: &[u8], field: &str) -> Option<String> {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or(bytes);
    let whole = Some(bytes).filter(|b| b.len() <= TITLE_DOCUMENT);
    let parsed = |b: &[u8]| serde_json::from_slice::<serde_json::Value>(b).ok();
    let value = parsed(line).or_else(|| whole.and_then(parsed))?;
    Some(value.get(field)?.as_str()?.to_owned())
}

/// A member of the last record of a kind that belongs to this session.
fn of_record(bytes: &[u8], record: &str, title: &OwnTitle) -> Option<String> {
    let mut lookups = 0;
    memmem::rfind_iter(bytes, &format!("\"{record}\"")).take(TITLE_MATCHES).find_map(|at| {
        let value: serde_json::Value = serde_json::from_slice(line_at(bytes, at)?).ok()?;
        let text = |name: &str| value.get(name).and_then(|v| v.as_str());
        if text("type") != Some(record) {
            return None;
        }
        if let Some(of) = title.of {
            let id = text(of).filter(|_| lookups < TITLE_LOOKUPS)?;
            lookups += 1;
            let member = |space: &str| format!("\"uuid\":{space}\"{id}\"");
            ["", " "].iter().find(|space| memmem::find(bytes, member(space).as_bytes()).is_some())?;
        }
        Some(text(title.field)?.to_owned())
    })
}

/// The line around a position, if it is short enough to hold a title.
fn line_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let from = at.saturating_sub(TITLE_LINE);
    let start = match memchr::memrchr(b'\n', &bytes[from..at]) {
        Some(n) => from + n + 1,
        None if from == 0 => 0,
        None => return None,
    };
    let to = bytes.len().min(start + TITLE_LINE);
    match memchr::memchr(b'\n', &bytes[at.min(to)..to]) {
        Some(n) => Some(&bytes[start..at + n]),
        None => Some(&bytes[start..to]).filter(|_| to == bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(agent: &str, text: &str) -> Option<String> {
        let agent = places::named(agent).expect("an agent");
        own_title(agent.titles, &[Evidence::new("f", text.as_bytes().to_vec())])
    }

    #[test]
    fn the_agents_own_title_is_taken_and_one_of_another_session_is_not() {
        let lines =
            "{\"type\":\"summary\",\"summary\":\"Fix \\u001b[2J login\",\"leafUuid\":\"u2\"}\n{\"uuid\":\"u2\"}\n";
        assert_eq!(title("claude-code", lines).as_deref(), Some("Fix \u{fffd}[2J login"));
        assert_eq!(title("claude-code", &lines.replace("\"uuid\":\"u2\"", "\"uuid\":\"u3\"")), None);
        let named = format!("{lines}{{\"type\":\"custom-title\",\"customTitle\":\"Mine\"}}\n");
        assert_eq!(title("claude-code", &named).as_deref(), Some("Mine"));
        let quoted = "{\"type\":\"user\",\"text\":\"a \\\"summary\\\" of it\",\"about\":\"summary\"}\n";
        assert_eq!(title("claude-code", quoted), None);
        assert_eq!(title("opencode", "{\n \"id\": \"ses_1\",\n \"title\": \"Refund\"\n}").as_deref(), Some("Refund"));
        assert_eq!(title("opencode", "{\"title\":7}"), None);
        assert_eq!(title("opencode", "{\"title\""), None);
    }
}
