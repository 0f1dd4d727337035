//! Section 6: how long until somebody knew.

use super::Context;
use crate::draft::{Behavior, Delay, DelayGap, DelayPoint, FindingEntry};
use crate::facts::Mark;
use crate::statement::{Answer, Basis, Origin, Question, Statement};
use jiff::Timestamp;

/// The chain from the first wrong step to resolution, and the time between its points.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Delay {
    let mut points = vec![first_wrong_step(cx, behavior), earliest_signal(cx, behavior)];
    let facts = cx.input.facts;
    let marks: [(&str, &str, &str, &Option<Mark>); 4] = [
        (
            "first_alert",
            "alerted",
            "Which monitor or guardrail alerted first, and when? If none did, write `never: true`.",
            &facts.alerted,
        ),
        (
            "aware",
            "aware",
            "When and how did a person first become aware? Policy deadlines count from this time.",
            &facts.aware,
        ),
        ("contained", "contained", "When and how was it contained?", &facts.contained),
        ("resolved", "resolved", "When and how was it resolved?", &facts.resolved),
    ];
    for (point, entry, ask, mark) in marks {
        // Who reports it is aware, if nobody was before.
        let (stands_in, mark) = match entry == "aware" && mark.as_ref().is_none_or(|m| m.at.is_none()) {
            true => ("reported", &facts.reported),
            false => (entry, mark),
        };
        let answer = mark.as_ref().filter(|m| m.is_told()).map(|m| {
            let at = m.time();
            let text = at.map_or("never".to_owned(), |t| format!("{t}{}", m.words()));
            let value = at.map_or("never".to_owned(), |t| t.to_string());
            (at, Answer::Known(vec![facts.state_of(stands_in, &format!("{entry}.at"), m.line(), value, text)]))
        });
        let (at, answer) = answer
            .unwrap_or_else(|| (None, Answer::Unknown(Question { entry: format!("{entry}.at"), ask: ask.to_owned() })));
        points.push(DelayPoint { point: point.to_owned(), at: at.map(|t| t.to_string()), answer });
    }
    Delay {
        gaps: gaps(&points),
        questions: untimed(&points).into_iter().collect(),
        points,
        should_have_fired: should_have_fired(cx, behavior),
    }
}

/// Without the time of the first wrong step no delay can be counted, whatever else is known.
fn untimed(points: &[DelayPoint]) -> Option<Question> {
    points.iter().find(|p| p.point == "first_wrong_step" && p.at.is_none() && p.answer.question().is_none())?;
    let ask = "When was the first wrong step? The trace has no time for it, and the delay is counted from that step."
        .to_owned();
    Some(Question { entry: "first_wrong_step.at".to_owned(), ask })
}

fn first_wrong_step(cx: &Context<'_>, behavior: &Behavior) -> DelayPoint {
    if let Some(told) = told(cx, "first_wrong_step") {
        return told;
    }
    let Some(first) = behavior.first() else {
        let ask = match cx.all_dismissed {
            true => "Which step went wrong first, and when? Every finding was dismissed.",
            false => "Which step went wrong first, and when? No detector found one in this session.",
        };
        let ask = ask.to_owned();
        return point(
            "first_wrong_step",
            None,
            Answer::Unknown(Question { entry: "first_wrong_step.at".to_owned(), ask }),
        );
    };
    let text = format!("Event {}: {}", first.event, first.title);
    let statement = restate(first.statement.clone(), "first-wrong-step", text);
    point("first_wrong_step", time_of(cx, first.event), Answer::Known(vec![statement]))
}

/// A point that a person tells, and knows better than the detectors.
fn told(cx: &Context<'_>, name: &str) -> Option<DelayPoint> {
    let mark = cx.input.facts.mark(name).filter(|m| m.at.is_some())?;
    let at = mark.time();
    let value = at.map_or(String::new(), |t| t.to_string());
    let text = format!("{value}{}", mark.words());
    let said = cx.input.facts.state(&format!("{name}.at"), mark.line(), &value, text);
    Some(point(name, at, Answer::Known(vec![said])))
}

fn time_of(cx: &Context<'_>, event: u32) -> Option<Timestamp> {
    cx.session.event(event - 1).time.and_then(|t| Timestamp::from_nanosecond(i128::from(t.ns)).ok())
}

/// The moment from which a check of the record could have seen it: the failing step itself, or the end of what has to be read
/// before it is known that something never came.
fn earliest_signal(cx: &Context<'_>, behavior: &Behavior) -> DelayPoint {
    if let Some(told) = told(cx, "earliest_signal") {
        return told;
    }
    let Some(first) = behavior.first() else {
        let ask = "When could it first have been detected?".to_owned();
        return point(
            "earliest_signal",
            None,
            Answer::Unknown(Question { entry: "earliest_signal.at".to_owned(), ask }),
        );
    };
    let seen = awaited_until(first).unwrap_or(first.event);
    let text = match &first.statement.origin {
        Origin::Detector(name) if seen > first.event => {
            format!(
                "Event {seen}: the earliest point at which `{name}` can detect it, since it had not happened by then"
            )
        }
        Origin::Detector(name) => format!("Event {}: from here on, `{name}` can detect it", first.event),
        _ => format!("Event {}: from here on, it is visible in the trace; a person found it there", first.event),
    };
    let statement = restate(first.statement.clone(), "earliest-signal", text);
    point("earliest_signal", time_of(cx, seen), Answer::Known(vec![statement]))
}

/// The last event that was searched for what never came.
fn awaited_until(finding: &FindingEntry) -> Option<u32> {
    let ends = finding.statement.basis().iter().filter_map(|basis| match basis {
        Basis::Absence { to_event, .. } => Some(*to_event),
        _ => None,
    });
    ends.max()
}

fn restate(of: Statement, maker: &str, text: String) -> Statement {
    let mut bases = of.basis().to_vec().into_iter();
    match bases.next() {
        Some(first) => Statement::new(Origin::Analysis(maker.to_owned()), text, first, bases),
        None => of,
    }
}

fn point(name: &str, at: Option<Timestamp>, answer: Answer) -> DelayPoint {
    DelayPoint { point: name.to_owned(), at: at.map(|t| t.to_string()), answer }
}

/// The time between neighbours whose time is known.
pub fn gaps(points: &[DelayPoint]) -> Vec<DelayGap> {
    let known: Vec<(&str, Timestamp)> =
        points.iter().filter_map(|p| Some((p.point.as_str(), p.at.as_deref()?.parse().ok()?))).collect();
    let pairs = known.windows(2).map(|pair| DelayGap {
        from: pair[0].0.to_owned(),
        to: pair[1].0.to_owned(),
        seconds: pair[1].1.duration_since(pair[0].1).as_secs(),
    });
    pairs.collect()
}

fn should_have_fired(cx: &Context<'_>, behavior: &Behavior) -> Answer {
    let facts = cx.input.facts;
    let unknown = || {
        let ask = "Which monitors exist, and which of them should have fired? If there are none, write `monitors: []`."
            .to_owned();
        Answer::Unknown(Question { entry: "monitors".to_owned(), ask })
    };
    let Some(monitors) = &facts.monitors else { return unknown() };
    let mut known = Vec::new();
    for monitor in &monitors.value {
        let Some(name) = &monitor.name else { continue };
        if super::system::covers(monitor, behavior) {
            let alerted = facts.alerted.as_ref().is_some_and(|m| m.at.is_some() && !m.is_never());
            let text = match alerted {
                true => format!("`{}` is meant to catch this, and it alerted", name.value),
                false => format!("`{}` is meant to catch this, but no alert is known", name.value),
            };
            known.push(facts.state("monitors", name.referenced.line(), &name.value, text));
        }
    }
    if known.is_empty() {
        let text = "no monitor is meant to catch this; running the detectors on live traces would have caught it";
        known.push(facts.state(
            "monitors",
            monitors.referenced.line(),
            format!("{} listed", monitors.value.len()),
            text,
        ));
    }
    Answer::Known(known)
}
