//! The head of a retro: severity with its reasons, deadlines, what was read.

use super::anchors::Anchors;
use super::parts::{Ask, Said};
use super::text::Text;
use super::words::{self, When};
use crate::visible;
use hindcast_retro::Draft;
use hindcast_retro::draft::EvidenceRef;
use hindcast_trace::model::KeyKind;

/// Something due.
pub struct Due {
    pub what: Text,
    pub due: Option<Text>,
    pub explanation: Text,
}

/// A file.
pub struct File {
    pub name: Text,
    pub short: Text,
    pub full: Text,
    pub size: String,
}

impl File {
    fn new(file: &EvidenceRef) -> Self {
        File {
            name: Text::line(&visible::label(&file.name, 200)),
            short: Text::line(file.id.short()),
            full: Text::line(&file.id.to_string()),
            size: words::size(file.bytes),
        }
    }
}

/// A person's decision on the level.
pub struct Decision {
    pub by: Option<Text>,
    pub reason: Option<Text>,
}

/// The head.
pub struct Head {
    /// What happened, in a few sentences.
    pub summary: Vec<Said>,
    /// The level in words, and its class, which exists for the four levels only.
    pub level: String,
    /// The level that the program proposes, in words.
    pub proposed: String,
    /// Who decided on another, and why.
    pub decided: Option<Decision>,
    pub class: &'static str,
    /// What the open answers decide.
    pub decision: Option<Text>,
    pub means: Text,
    pub response: Text,
    pub reasons: Vec<Said>,
    pub remarks: Vec<Text>,
    pub deadlines: Vec<Due>,
    pub questions: Vec<Ask>,
    pub key: Text,
    pub key_kind: &'static str,
    pub format: Text,
    pub kind: Option<&'static str>,
    pub kind_reason: Option<Text>,
    pub agents: Vec<Text>,
    pub models: Vec<Text>,
    pub events: String,
    pub model_calls: String,
    pub started: When,
    pub ended: When,
    pub lasted: Option<String>,
    pub files: Vec<File>,
}

impl Head {
    /// The head of a draft.
    pub fn new(draft: &Draft, anchors: &Anchors) -> Self {
        let (severity, session) = (&draft.severity, &draft.session);
        let names = |all: &[String]| all.iter().map(|n| Text::line(&visible::label(n, 120))).collect::<Vec<_>>();
        let deadlines = severity.deadlines.iter().map(|d| Due {
            what: Text::prose(&d.what),
            due: d.due.as_deref().map(|t| Text::line(&readable(t))),
            explanation: Text::prose(&d.explanation),
        });
        let level = |level: Option<u8>| level.map_or("no severity".to_owned(), |l| format!("Sev {l}"));
        Head {
            summary: draft.summary.iter().map(|s| Said::brief(s, anchors)).collect(),
            level: level(severity.in_force()),
            proposed: level(severity.level),
            decided: severity.decided.as_ref().map(|d| Decision {
                by: d.by.as_deref().map(|by| Text::line(&visible::label(by, 80))),
                reason: d.reason.as_deref().map(Text::prose),
            }),
            class: match severity.in_force() {
                Some(1) => "sev-1",
                Some(2) => "sev-2",
                Some(3) => "sev-3",
                Some(_) => "sev-4",
                None => "sev-none",
            },
            decision: severity.decision.as_deref().map(Text::prose),
            means: Text::prose(&severity.means),
            response: Text::prose(&severity.response),
            reasons: severity.reasons.iter().map(|s| Said::brief(s, anchors)).collect(),
            remarks: severity.remarks.iter().map(|r| Text::prose(r)).collect(),
            deadlines: deadlines.collect(),
            questions: severity.questions.iter().map(|q| Ask::new(q, anchors)).collect(),
            key: Text::line(&visible::label(&session.key, 120)),
            key_kind: match session.key_kind {
                KeyKind::Conversation => "Conversation",
                KeyKind::Trace => "Trace",
                KeyKind::Position => "Position",
            },
            kind: session.kind.map(|k| k.label()),
            kind_reason: session.kind_reason.as_deref().map(Text::prose),
            format: Text::line(&visible::label(&session.format, 60)),
            agents: names(&session.agents),
            models: names(&session.models),
            events: words::number(session.events as u64),
            model_calls: words::number(session.model_calls as u64),
            started: When::known(session.started.as_deref()),
            ended: When::known(session.ended.as_deref()),
            lasted: lasted(session.started.as_deref(), session.ended.as_deref()),
            files: draft.evidence.iter().map(File::new).collect(),
        }
    }
}

fn lasted(start: Option<&str>, end: Option<&str>) -> Option<String> {
    let [start, end] = [start?, end?].map(|t| t.parse::<jiff::Timestamp>().ok());
    let lasted = end?.duration_since(start?);
    Some(if lasted.as_secs() == 0 { format!("{} ms", lasted.as_millis()) } else { words::duration(lasted.as_secs()) })
}

/// A deadline as a person reads it, in the zone it was computed in; as written where it is no such time.
fn readable(due: &str) -> String {
    let (day, rest) = due.split_once(' ').unwrap_or((due, ""));
    let Ok(date) = day.parse::<jiff::civil::Date>() else { return visible::label(due, 80) };
    let day = date.strftime("%A, %-d %B %Y");
    match rest.strip_prefix("24:00").unwrap_or(rest).trim() {
        "" => day.to_string(),
        zone if rest.starts_with("24:00") => format!("{day}, end of day {zone}"),
        rest => format!("{day}, {rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_as_people_read_them() {
        assert_eq!(readable("2026-12-23 24:00 Europe/Berlin"), "Wednesday, 23 December 2026, end of day Europe/Berlin");
        assert_eq!(readable("2026-12-23"), "Wednesday, 23 December 2026");
        assert_eq!(readable("some day"), "some day");
    }
}
