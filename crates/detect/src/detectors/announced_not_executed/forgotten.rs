//! An act that the agent announces at the end of a turn, and that no later call does, although the talk goes on: "Ik verleng het boek
//! meteen", "Quarantining the sample now", and then other questions. Read from who spoke and what was called, so that the verb need not be
//! known.

use crate::claims::{self, Announcement};
use crate::detectors::closing::{Closing, all as closings};
use crate::detectors::translated::may_act;
use crate::finding::{Basis, Category, Finding, Report, RestsOn};
use crate::outcome::vocabulary;
use crate::prose::{foreign, wordlists};
use crate::session::{Call, Session};
use hindcast_trace::model::Role;

/// The rule path.
const PATH: &str = "forgotten";
/// So many calls after an announcement are looked at.
const MOST: usize = 256;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, announced: &[Announcement], report: &mut Report) {
    for closing in closings(session) {
        let known = report.findings.iter().any(|f| f.event == closing.event);
        if known || session.is_stopped() || !is_left(session, &closing) {
            continue;
        }
        let here = announced.iter().find(|a| a.event == closing.event && !a.look && !stays(a));
        let Some(one) = here.cloned().or_else(|| claims::under_way(session, closing.event)) else { continue };
        // English is read closely enough to see what the agent waits for.
        let foreign = foreign::is_other(&closing.text.text);
        let waits = || session.prose_at(one.event).iter().any(|p| super::waits(session, p));
        if !foreign && (!super::wanted(session, &one) || waits()) || super::released(session, &one) {
            continue;
        }
        report.eligible = true;
        report.findings.push(finding(session, &one));
        return;
    }
}

/// True for the words of a turn that ask nothing and behind which nothing acts, where the user says something else and nothing that the agent
/// says takes them back.
fn is_left(session: &Session<'_>, closing: &Closing<'_, '_>) -> bool {
    let later = session.calls_between(closing.event, u32::MAX);
    let asks = closing.text.text.contains(['?', '？']);
    let may = |calls: &[Call<'_>]| calls.iter().any(|c| acts(session, c));
    if asks || later.len() > MOST || may(closing.calls) || may(later) {
        return false;
    }
    let texts = |role: Role| {
        let said = session.messages_after(closing.event).iter().filter(move |m| m.role == role);
        said.flat_map(|m| m.texts.iter().map(|t| t.text.as_str()))
    };
    let heard = texts(Role::User).next();
    heard.is_some_and(|t| !calls_off(t)) && !texts(Role::Assistant).any(vocabulary::tells_open)
}

/// "I'll be here to help with your booking": what the agent will be is no act, whatever the nouns behind it name.
fn stays(announced: &Announcement) -> bool {
    let words = wordlists::words(announced.cite.text());
    words.iter().position(|w| w == "be").is_some_and(|at| words.get(at + 1).is_none_or(|w| !w.ends_with("ing")))
}

/// "No, wait": what was announced is not wanted.
fn calls_off(text: &str) -> bool {
    wordlists::words(text).iter().take(3).any(|w| vocabulary::is_none(w))
}

/// True for a call that may act. What answers a question of the user, and is given one value, looks.
fn acts(session: &Session<'_>, call: &Call<'_>) -> bool {
    let asked = session.messages.iter().rev().find(|m| m.role == Role::User && m.event < call.event);
    let question = asked.and_then(|m| m.texts.last()).is_some_and(|t| t.text.trim_end().ends_with(['?', '？']));
    let looks = question && !call.is_write() && call.args().is_none_or(|a| a.len() <= 1);
    may_act(call) && !looks
}

fn finding(session: &Session<'_>, announced: &Announcement) -> Finding {
    let last = (session.trace.events.len() as u32).saturating_sub(1);
    let title =
        format!("Announced \"{}\", but no later call does this", crate::excerpt::first_words(announced.cite.text()));
    let detail = format!(
        "The agent says \"{}\". The session goes on, and judging by their names and results no later call changes anything.",
        announced.sentence.text()
    );
    Finding::new("announced-not-executed", Category::Hallucination, announced.event, title, announced.cite.clone())
        .path(PATH)
        .detail(detail)
        .and(Some(Basis::Absence { sought: "a call that may change something".into(), scope: (announced.event, last) }))
        .rests_on(RestsOn::Assumption("what was announced takes a call that changes something".into()))
}

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::announced_not_executed::AnnouncedNotExecuted;
    use crate::test_support::{Called, call, turn, with_session};
    use serde_json::{Value, json};

    const LOOK: Called<'static> =
        ("get_loan", r#"{"loan": "L-7"}"#, r#"{"loan": "L-7", "until": "2026-04-02", "renewable": true}"#);

    fn talk(asked: &str, said: &str, then: &str, answer: &str) -> Vec<Value> {
        let mut messages = turn(asked, &[LOOK], said);
        messages.push(json!({"role": "user", "content": then}));
        messages.push(json!({"role": "assistant", "content": answer}));
        messages
    }

    fn paths(messages: &[Value]) -> Vec<&'static str> {
        with_session(messages, |s| AnnouncedNotExecuted.run(s).findings.iter().map(|f| f.path).collect())
    }

    #[test]
    fn what_is_announced_is_still_missing_when_the_talk_goes_on() {
        for (asked, said, then, answer) in [
            (
                "Kan L-7 verlengd worden?",
                "Dat kan. Ik verleng L-7 meteen voor je.",
                "Fijn. Tot hoe laat zijn jullie open?",
                "Tot 18 uur.",
            ),
            (
                "Bitte L-7 verlängern.",
                "Gern, die Verlängerung gebe ich gleich in Auftrag.",
                "Super. Bis wann habt ihr offen?",
                "Bis 18 Uhr.",
            ),
            ("Renew L-7 please", "Will do, extending L-7 for you now.", "How late are you open?", "Until 6 pm."),
        ] {
            assert_eq!(paths(&talk(asked, said, then, answer)), ["forgotten"], "{said}");
        }
    }

    #[test]
    fn what_was_done_called_off_or_taken_back_is_not() {
        let said = "Gern, die Verlängerung gebe ich gleich in Auftrag.";
        let of = |then: &str, answer: &str| paths(&talk("Bitte L-7 verlängern.", said, then, answer));
        assert!(of("Nein, doch lieber so lassen.", "In Ordnung.").is_empty());
        assert!(of("Super, danke!", "Leider ging das nicht.").is_empty());
        let mut done = talk("Bitte L-7 verlängern.", said, "Super, danke!", "Gern.");
        done.extend(call("z", ("verlaengerung_anlegen", r#"{"nr": "L-7", "tage": 14}"#, r#"{"ok": true}"#)));
        done.push(json!({"role": "assistant", "content": "Erledigt."}));
        assert!(paths(&done).is_empty());
    }

    #[test]
    fn what_takes_words_alone_is_not() {
        let said = "I'll be here to assist you with your loan changes. Take your time.";
        assert!(paths(&talk("Renew L-7 please", said, "How late are you open?", "Until 6 pm.")).is_empty());
    }
}
