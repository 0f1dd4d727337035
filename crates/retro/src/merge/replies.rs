//! Answers that a person gave in the record, rather than in a file.

use crate::draft::{Delay, Draft};
use crate::statement::{Answer, Basis, Question, Statement, Verdict};
use jiff::Timestamp;

/// Every reply, with its place: `severity`, `impact.customers`, `trigger`, `system.guardrails`, `delay.aware` or
/// `delay.should_have_fired`.
pub fn replies(draft: &Draft) -> Vec<(String, Statement)> {
    let mut all: Vec<(String, &[Statement])> = vec![("severity".to_owned(), &draft.severity.reasons)];
    all.extend(draft.impact.iter().map(|i| (format!("impact.{}", i.field), i.answer.statements())));
    all.push(("trigger".to_owned(), draft.trigger.statements()));
    all.extend(draft.system.iter().map(|a| (format!("system.{}", a.question), a.statements.as_slice())));
    all.extend(draft.delay.points.iter().map(|p| (format!("delay.{}", p.point), p.answer.statements())));
    all.push(("delay.should_have_fired".to_owned(), draft.delay.should_have_fired.statements()));
    let each = all.into_iter().flat_map(|(place, said)| said.iter().map(move |s| (place.clone(), s)));
    each.filter(|(_, s)| s.is_reply()).map(|(place, s)| (place, s.clone())).collect()
}

/// Puts a reply in its place, where it closes its question or stands beside what is known already. False where the
/// draft has no such place.
pub fn put_reply(draft: &mut Draft, place: &str, reply: &Statement) -> bool {
    let asked = match reply.basis().first() {
        Some(Basis::Fact { entry, .. }) => entry.clone(),
        _ => String::new(),
    };
    let (group, name) = place.split_once('.').unwrap_or((place, ""));
    let answer = match (group, name) {
        ("severity", "") => {
            close(&mut draft.severity.questions, &mut draft.severity.reasons, &asked, reply);
            return true;
        }
        ("system", _) => {
            let Some(system) = draft.system.iter_mut().find(|a| a.question == name) else { return false };
            close(&mut system.questions, &mut system.statements, &asked, reply);
            return true;
        }
        ("impact", _) => draft.impact.iter_mut().find(|i| i.field == name).map(|i| &mut i.answer),
        ("trigger", "") => Some(&mut draft.trigger),
        ("delay", "should_have_fired") => Some(&mut draft.delay.should_have_fired),
        ("delay", _) => draft.delay.points.iter_mut().find(|p| p.point == name).map(|p| &mut p.answer),
        _ => None,
    };
    match answer {
        Some(Answer::Known(said)) => add(said, reply),
        Some(open) => *open = Answer::Known(vec![reply.clone()]),
        None => return false,
    }
    true
}

fn close(questions: &mut Vec<Question>, said: &mut Vec<Statement>, asked: &str, reply: &Statement) {
    questions.retain(|q| q.entry != asked);
    add(said, reply);
}

fn add(said: &mut Vec<Statement>, reply: &Statement) {
    if !said.contains(reply) {
        said.push(reply.clone());
    }
}

/// Sets the times of points that rest on what people told, and the time between points: a time that a person reworded
/// or rejected counts as they left it.
pub fn retime(delay: &mut Delay) {
    for point in &mut delay.points {
        let told = |s: &&Statement| matches!(s.basis().first(), Some(Basis::Fact { .. }));
        let mut said = point.answer.statements().iter().filter(told).peekable();
        if said.peek().is_some() {
            point.at = said.filter(|s| s.verdict != Verdict::Rejected).find_map(time).map(|t| t.to_string());
        }
    }
    delay.gaps = crate::build::delay_gaps(&delay.points);
}

/// The time that a person's answer gives.
pub(super) fn time(statement: &Statement) -> Option<Timestamp> {
    let recorded = match statement.basis().first() {
        Some(Basis::Fact { value, .. }) => value.trim().parse().ok(),
        _ => None,
    };
    let said = leading_time(&statement.text);
    if statement.original.is_some() { said.or(recorded) } else { recorded.or(said) }
}

/// The time with a zone that a text starts with: `2026-11-24T09:40:00+01:00 by Dana`, `2026-11-24 09:40Z`.
pub fn leading_time(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let parse = |text: &str| text.trim_end_matches([',', ';', ':', '.']).parse().ok();
    parse(first).or_else(|| parse(&format!("{first} {}", words.next()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_a_zone_is_found_at_the_start() {
        let at = |text| leading_time(text).map(|t| t.to_string());
        let expected = Some("2026-11-24T08:40:00Z".to_owned());
        assert_eq!(at("2026-11-24T09:40:00+01:00 by Dana"), expected);
        assert_eq!(at("2026-11-24 09:40+01:00, by Dana"), expected);
        assert_eq!(at("2026-11-24T08:40Z"), expected);
        assert_eq!(at("2026-11-24T08:40"), None, "no zone");
        assert_eq!(at("at 2026-11-24T08:40Z"), None);
        assert_eq!(at(""), None);
    }
}
