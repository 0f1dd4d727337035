//! A write to another record than the one that the messages speak of.

use crate::dialogue::other_record::{Other, Talk};
use crate::finding::{Category, Cite, Considered, Finding, Report, listed};
use crate::maps::HashSet;
use crate::session::{Call, Session};

/// Adds what is found; calls that were flagged already stay as they are.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    let flagged: HashSet<u32> = report.findings.iter().map(|f| f.event).collect();
    let talk = Talk::of(session);
    for call in session.until_stopped(session.calls.iter().filter(|c| !flagged.contains(&c.event))) {
        if session.is_stopped() {
            return;
        }
        report.findings.extend(talk.other(call).and_then(|other| finding(session, call, other)));
    }
}

fn finding<'t>(session: &Session<'t>, call: &Call<'t>, other: Other) -> Option<Finding> {
    let name = &call.name.text;
    let source = match other.through {
        Some(event) => session.call_at(event)?,
        None => call,
    };
    let arguments = source.arguments?;
    let at = arguments.text.to_lowercase().find(&other.used).filter(|at| arguments.text.is_char_boundary(*at));
    let range = at.map_or(0..arguments.text.floor_char_boundary(400), |at| at..at + other.used.len());
    let used = arguments.text.get(range.clone()).unwrap_or(&other.used).to_owned();
    let meant = other.record.as_ref().and_then(|r| as_written(r.text(), &other.meant)).unwrap_or(other.meant);
    let said: Vec<String> = other.said.iter().map(|c| format!("\"{}\"", c.text())).collect();
    let (title, how) = match other.through {
        None => (
            format!("`{name}` was called with {used}, but the messages describe {meant}"),
            format!("The call has {used}."),
        ),
        Some(_) => (
            format!("`{name}` acts on a result for {used}, but the messages describe {meant}"),
            format!("What `{name}` was called with comes from `{}`, which was called with {used}.", source.name.text),
        ),
    };
    let detail = format!(
        "The messages name {}. In the tool result, the record {meant} has these values and {used} does not. {how}",
        listed(&said)
    );
    let cite = Cite::of(source.event, arguments, range)?;
    let mut made = Finding::new("unconfirmed-write", Category::ToolMisuse, call.event, title, cite)
        .path("other-record")
        .or(Category::Misinterpretation)
        .detail(detail)
        .tool(name);
    for cite in other.said {
        made = made.and(Some(cite));
    }
    made = made.and(other.record);
    if let Some(cite) = other.called {
        let why = "the record that the call names does not have the values".to_owned();
        made.considered.push(Considered { event: cite.event(), why, cite: Some(cite) });
    }
    Some(made)
}

/// A value as a record spells it.
fn as_written(record: &str, value: &str) -> Option<String> {
    let at = record.to_ascii_lowercase().find(value)?;
    record.get(at..at + value.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    #[test]
    fn the_words_of_the_lead() {
        let list = "VS-1206 | 12.06.2025 | Mendelssohn\nVS-2106 | 21.06.2025 | Filmmusik";
        let calls = [
            ("vorstellungen", "{}", list),
            ("buche_platz", r#"{"vorst": "VS-2106"}"#, r#"{"status": "ok", "beleg": "T-60711"}"#),
        ];
        with_session(&turn("Zwei Karten für den 12. Juni, Mendelssohn", &calls, "Gebucht, Beleg T-60711."), |s| {
            let mut report = Report::default();
            judge(s, &mut report);
            let words: Vec<String> = report.findings.iter().map(|f| format!("{}\n{}", f.title, f.detail)).collect();
            insta::assert_snapshot!(words.join("\n"), @r#"
            `buche_platz` was called with VS-2106, but the messages describe VS-1206
            The messages name "12. Juni" and "Mendelssohn". In the tool result, the record VS-1206 has these values and VS-2106 does not. The call has VS-2106.
            "#);
        });
    }
}
