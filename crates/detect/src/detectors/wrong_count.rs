//! A count that does not match the list in a tool result.

mod column;
mod portion;
mod reckoned;
mod rows;
mod told;
mod unfounded;

use super::Detector;
use crate::claims;
use crate::finding::{Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::origin::counts::{self, Count, Verdict};
use crate::session::Session;

/// See the module's documentation.
pub struct WrongCount;

impl Detector for WrongCount {
    fn id(&self) -> &'static str {
        "wrong-count"
    }

    fn looks_for(&self) -> &'static str {
        "a count that does not match the list"
    }

    fn category(&self) -> Category {
        Category::Misinterpretation
    }

    fn applies(&self, kind: SessionKind) -> bool {
        // What a shell prints or a page shows is no list whose items can be counted for sure.
        matches!(kind, SessionKind::Service | SessionKind::Voice)
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = counted(session);
        // What another rule says of the same words says more.
        let told: Vec<u32> = report.findings.iter().map(|f| f.event).collect();
        let reckoned = reckoned::of(session).into_iter().filter(|f| !told.contains(&f.event));
        report.findings.extend(reckoned);
        let told: Vec<u32> = report.findings.iter().map(|f| f.event).collect();
        report.findings.extend(unfounded::of(session).into_iter().filter(|f| !told.contains(&f.event)));
        report.eligible |= !report.findings.is_empty();
        report
    }
}

/// Counts against lists of JSON and rows of text, by the words of the agent's sentences.
fn counted(session: &Session<'_>) -> Report {
    let mut report = Report::default();
    // Numbers and signs are the same in every language.
    report.findings.extend(rows::of(session));
    report.findings.extend(portion::of(session));
    report.findings.extend(told::of(session));
    report.findings.extend(column::of(session));
    report.eligible |= !report.findings.is_empty();
    let answers = session.calls.iter().filter_map(|c| c.result.as_ref());
    let Some(first_answer) = answers.map(|r| r.event).min() else { return report };
    if let Some((event, why)) = claims::other_language(session) {
        report.skip(Some(event), format!("{why}, so its counts cannot be read"));
    }
    // Every list stands in an answer. Most of what is said counts nothing, and then no list matters.
    let counts = counts::counts(session, first_answer);
    if counts.is_empty() {
        return report;
    }
    let lists = counts::lists(session);
    let first = lists.iter().map(|l| l.event).min();
    for count in session.until_stopped(counts) {
        let own = own_list(&count, session).or_else(|| in_table(&count, session));
        if let Some(finding) = own {
            report.eligible = true;
            report.findings.push(finding);
            continue;
        }
        // Before the first list nothing can be held against any.
        if first.is_none_or(|first| count.event <= first) {
            continue;
        }
        report.eligible |= lists.iter().any(|l| l.event < count.event && l.is_named(&count));
        match counts::judge(session, &lists, &count) {
            Verdict::Fine => {}
            Verdict::Ambiguous => {
                let what = count.cite.text();
                report.skip(Some(count.event), format!("\"{what}\" may be about one of several lists"));
            }
            Verdict::CutOff { call } => {
                let name = &session.calls[call].name.text;
                report.skip(
                    Some(count.event),
                    format!("the list in the result of `{name}` is truncated, so its length is unknown"),
                );
            }
            Verdict::Wrong { right, how, call } => {
                let flagged = lists.iter().any(|l| l.call == call && l.is_flagged(&count));
                let path = if flagged { "flag" } else { "" };
                report.findings.push(wrong(session, &count, right, &how, call, path));
            }
        }
    }
    // The count that is told with its list says more.
    let told: Vec<u32> = report.findings.iter().filter(|f| f.path != told::PATH).map(|f| f.event).collect();
    report.findings.retain(|f| f.path != told::PATH || !told.contains(&f.event));
    report
}

/// The answer itself lists another number of things than it says.
fn own_list(count: &Count, session: &Session<'_>) -> Option<Finding> {
    let prose = session.prose().iter().find(|p| p.text.loc == count.cite.loc())?;
    let listed = counts::own_length(count, &prose.text.text).filter(|n| *n != count.number)?;
    let title = format!("Claimed \"{}\", but the answer lists {listed}", count.cite.text());
    let from = count.cite.range().start;
    let whole = Cite::of(count.event, prose.text, from..prose.text.text.floor_char_boundary(from + 300));
    let made = Finding::new("wrong-count", Category::Misinterpretation, count.event, title, count.cite.clone());
    let detail = format!("The agent says \"{}\" and then lists {listed}.", count.cite.text());
    Some(outcome(made.path("own-list").and(whole).detail(detail), session, count))
}

/// A table in a tool's text has another number of rows.
fn in_table(count: &Count, session: &Session<'_>) -> Option<Finding> {
    let (rows, call) = counts::table_rows(session, count).filter(|(rows, _)| *rows != count.number)?;
    Some(wrong(session, count, rows, "rows of the table", call, "table"))
}

fn wrong(session: &Session<'_>, count: &Count, right: i64, how: &str, call: usize, path: &'static str) -> Finding {
    let call = &session.calls[call];
    let name = &call.name.text;
    let answer = call.result.as_ref();
    let list = answer.and_then(|r| Cite::whole(r.event, r.content?));
    let title = format!("Claimed \"{}\", but `{name}` returned {right}", count.cite.text());
    let detail = format!("The agent says \"{}\", but the list has {right} ({how}).", count.cite.text());
    let mut finding = Finding::new("wrong-count", Category::Misinterpretation, count.event, title, count.cite.clone())
        .path(path)
        .and(list)
        .detail(detail)
        .rests_on(RestsOn::Assumption("the count refers to the latest list of that name".into()))
        .tool(name);
    finding.considered.push(Considered {
        event: answer.map_or(call.event, |r| r.event),
        why: format!("{right}: {how}"),
        cite: None,
    });
    outcome(finding, session, count)
}

fn outcome(finding: Finding, session: &Session<'_>, count: &Count) -> Finding {
    if super::corrected_later(session, count.event) {
        return finding.outcome(crate::finding::Outcome::NearMiss);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::contract::Contracts;
    use hindcast_trace::{Evidence, read};
    use serde_json::json;

    fn report(results: &[(&str, &str)], said: &str) -> Report {
        let mut messages = vec![json!({"role": "user", "content": "How many are there?"})];
        for (i, (name, result)) in results.iter().enumerate() {
            let id = format!("c{i}");
            let function = json!({"name": name, "arguments": "{}"});
            messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}));
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
        }
        messages.push(json!({"role": "assistant", "content": said}));
        let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
        let reading = read(std::slice::from_ref(&evidence)).expect("reads");
        let contracts = Contracts::default();
        WrongCount.run(&Session::new(&reading.sessions[0], &contracts))
    }

    #[test]
    fn a_map_is_a_list_with_flags() {
        let map = r#"{"variants": {"100": {"ok": true, "available": true}, "101": {"ok": true, "available": false}, "102": {"ok": true, "available": true}}}"#;
        assert_eq!(report(&[("get_product", map)], "There are 3 available options.").findings.len(), 1);
        assert!(report(&[("get_product", map)], "There are 2 available options.").findings.is_empty());
    }

    #[test]
    fn items_with_a_state_of_their_own_may_be_left_out() {
        let gift = r#"{"amt": "25.00", "type": "DD"}"#;
        let back = r#"{"amt": "25.00", "type": "DD", "state": "RETURNED"}"#;
        let gifts = format!(r#"{{"gifts": [{gift}, {gift}, {gift}, {back}, {{"amt": "40.00", "type": "one"}}]}}"#);
        let said = |n: &str| format!("In 2025 {n} gifts of 25.00 came in, plus one of 40.00.");
        assert!(report(&[("supporter.gifts", &gifts)], &said("three")).findings.is_empty());
        assert!(report(&[("supporter.gifts", &gifts)], &said("four")).findings.is_empty());
    }

    #[test]
    fn one_of_several_lists_is_enough() {
        let lists = [("get_booking", r#"{"guests": ["a", "b"]}"#), ("get_user", r#"{"saved_guests": ["a"]}"#)];
        assert!(report(&lists, "There are two guests on your booking.").findings.is_empty());
        let unclear = report(&lists, "There are five guests on your booking.");
        assert!(unclear.findings.is_empty() && !unclear.not_assessed.is_empty());
    }

    #[test]
    fn a_part_of_a_list_is_not_the_list() {
        let list = [("list_bookings", r#"{"bookings": ["AA1", "AA2", "AA3"]}"#)];
        assert!(report(&list, "I found two bookings with only one guest.").findings.is_empty());
        assert_eq!(report(&list, "I found two bookings.").findings.len(), 1);
    }
}
