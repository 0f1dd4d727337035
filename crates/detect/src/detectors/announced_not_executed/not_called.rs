//! What the user ordered, where no call can have done it and the closing words say nothing of that: neither that it is not done, nor what stands
//! in the way, nor a question. Read from the order and the calls, so that it does not matter in which words the agent closes.

use crate::claims::deeds::{Deed, Fit, fit};
use crate::claims::{admission, disclosure};
use crate::detectors::closing::{Closing, all, short, stands};
use crate::detectors::completion_unbacked::told_done::{self, is_idle};
use crate::dialogue::instructed::sentences;
use crate::dialogue::orders::{self, Clause};
use crate::finding::{Basis, Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::prose::{Language, Prose};
use crate::session::Session;
use crate::values::subject::{stems, touch};
use hindcast_trace::model::{Role, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// The rule path.
pub(crate) const PATH: &str = "not-called";
/// So many of the user's messages back, the order stands.
const BACK: usize = 3;
/// So many calls are compared with the parts of an order.
const DEEDS: usize = 16;
/// With these, what was ordered is possible, or has to be done.
const POSSIBLE: [&str; 9] = ["can", "could", "may", "might", "must", "should", "need", "needs", "has"];
/// With these, it depends on something.
const DEPENDS: [&str; 7] = ["if ", "unless ", "once ", "whether ", "in case ", "as soon as ", "when "];
/// Longer closing words tell of many things.
const LONGEST: usize = 3000;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.trace.tools.is_empty() && session.calls.is_empty() {
        return;
    }
    for closing in all(session) {
        if session.is_stopped() {
            return;
        }
        let known: Vec<u32> = report.findings.iter().map(|f| f.event).collect();
        let found = judge(session, &closing, &known);
        report.eligible |= found.is_some();
        report.findings.extend(found);
    }
}

/// `known` are the events at which an announcement is told already.
fn judge(session: &Session<'_>, closing: &Closing<'_, '_>, known: &[u32]) -> Option<Finding> {
    let text = &closing.text.text;
    if text.len() > LONGEST {
        return None;
    }
    let idle = session.calls_between(closing.user, u32::MAX).iter().all(is_idle);
    let (at, order) = if idle { order(session, closing)? } else { (closing.user, own_order(session, closing)?) };
    if known.iter().any(|event| *event >= at) {
        return None;
    }
    let looked = !closing.calls.is_empty();
    let clauses = orders::clauses(&order.text);
    let clause = match idle {
        true => clauses.into_iter().find(|c| {
            (!c.maybe_words || looked) && !is_called_so(session, (at, closing.event), &order.text[c.range.clone()])
        })?,
        false => left(session, at, &order.text, clauses)?,
    };
    let about = About::of(order, &clause);
    let prose = session.prose_at(closing.event);
    let between = session.prose_after(at).iter().filter(|p| !idle && p.event < closing.event);
    let told = between.chain(prose).any(|p| is_told(p, &about));
    if told || taken_back(session, closing, &about) || tells_state(session, closing, order) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, first(text)?)?;
    let wanted = &order.text[clause.range.clone()];
    let title = format!("The user ordered \"{}\", but no call does it, and the agent does not say so", short(wanted));
    let made = match (idle, looked) {
        (false, _) => "Judging by their names, the calls since then do other things",
        (_, true) => "Judging by their names and results, the calls since then only looked something up",
        (_, false) => "No call was made since then",
    };
    let detail = format!(
        "The user wrote \"{}\". {made}. The closing message begins \"{}\"; nothing in it says that this was not done.",
        short(wanted),
        short(cite.text())
    );
    let absence = Basis::Absence { sought: "a call that may change something".into(), scope: (at, closing.event) };
    let mut found = Finding::new("announced-not-executed", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Cite::of(at, order, clause.range))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("the order requires a call that changes something".into()));
    for call in closing.calls.iter().rev().take(4) {
        let does = if is_idle(call) { "only looks something up" } else { "does another part of the order" };
        let why = format!("`{}` {does}", call.name.text);
        found.considered.push(Considered { event: call.event, why, cite: None });
    }
    Some(found)
}

/// True where a call bears the verb of a clause in its name: `page.open` opens what was to be opened.
fn is_called_so(session: &Session<'_>, (from, to): (u32, u32), clause: &str) -> bool {
    let lower = clause.to_ascii_lowercase();
    let verbs: Vec<&str> = each(&lower).filter(|w| !english().of_base(w).is_empty()).collect();
    session.calls_between(from, to).iter().any(|call| {
        let name = call.name.text.to_ascii_lowercase();
        name.split(|c: char| !c.is_alphanumeric()).any(|part| verbs.contains(&part))
    })
}

/// The user's last message, as text.
fn own_order<'t>(session: &Session<'t>, closing: &Closing<'_, '_>) -> Option<&'t Text> {
    session.messages.iter().find(|m| m.event == closing.user)?.texts.last()
}

/// The clause that no call did, where each call that may have changed something did another one.
fn left(session: &Session<'_>, at: u32, order: &str, clauses: Vec<Clause>) -> Option<Clause> {
    let from = session.deeds().partition_point(|d| d.event <= at);
    let deeds: Vec<_> =
        session.deeds()[from..].iter().filter(|d| !is_idle(&session.calls[d.call])).take(DEEDS + 1).collect();
    let plain = |c: &Clause| !c.maybe_words && !c.families.is_empty();
    // "Book five hours for it" is done by what creates the event.
    let asked = |d: &Deed<'_>, c: &Clause| {
        let lower = order[c.range.clone()].to_ascii_lowercase();
        d.families.iter().any(|f| each(&lower).any(|w| english().is(&format!("asked_as_{f}"), w)))
    };
    let other = |c: &Clause| {
        deeds.iter().all(|d| !d.generic && !d.unknown_effect && fit(d, &c.families) == Fit::None && !asked(d, c))
    };
    let done = |d: &Deed<'_>| clauses.iter().any(|c| !c.families.is_empty() && fit(d, &c.families) == Fit::Family);
    let each = !deeds.is_empty() && deeds.len() <= DEEDS && deeds.iter().all(|d| done(d));
    clauses.iter().find(|c| each && plain(c) && other(c)).cloned()
}

/// The user's last order that nothing has answered yet.
fn order<'t>(session: &Session<'t>, closing: &Closing<'_, '_>) -> Option<(u32, &'t Text)> {
    let users = session.messages.iter().rev().filter(|m| m.role == Role::User && m.event <= closing.user);
    for message in users.take(BACK) {
        if !session.calls_between(message.event, closing.event).iter().all(is_idle) {
            return None;
        }
        let text = message.texts.last()?;
        if !orders::clauses(&text.text).is_empty() {
            return Some((message.event, text));
        }
        // A reply that only gives what was asked for leaves the order before it open.
        if !told_done::leaves_open(session, message.event, &text.text) {
            return None;
        }
    }
    None
}

/// True where what the closing words say of a thing that the order names was looked up, and none of them says anything else of it: its state
/// may be what stands in the way.
fn tells_state(session: &Session<'_>, closing: &Closing<'_, '_>, order: &Text) -> bool {
    let names = named(&order.text);
    let text = &closing.text.text;
    let about = |s: &Range<usize>| names.iter().any(|n| stands(&text[s.clone()], n));
    let told: Vec<_> = sentences(text).into_iter().filter(about).collect();
    let looked_up = |s: &Range<usize>| told_done::is_looked_up(session, closing, &text[s.clone()], &order.text);
    !told.is_empty() && told.iter().all(looked_up)
}

/// What an order names: words with digits or capitals, and those in quotes.
fn named(order: &str) -> Vec<&str> {
    let quoted = |w: &str| w.starts_with(['\'', '"', '‘', '“', '`']);
    let names = order.split_whitespace().enumerate().filter(|(at, w)| {
        let bare = w.trim_start_matches(|c: char| !c.is_alphanumeric());
        quoted(w) || bare.bytes().any(|b| b.is_ascii_digit()) || *at > 0 && bare.starts_with(char::is_uppercase)
    });
    names.map(|(_, w)| w.trim_matches(|c: char| !c.is_alphanumeric())).filter(|w| w.len() > 1).collect()
}

/// What an order is about.
struct About {
    /// The stems of its words, and of the forms of the operations that it wants.
    all: BTreeSet<String>,
    /// The latter alone, where they are known.
    deed: BTreeSet<String>,
}

impl About {
    fn of(order: &Text, clause: &Clause) -> Self {
        let families = clause.families.iter().filter_map(|f| english().families.get(*f));
        let words = families.flat_map(|w| w.past.iter().chain(&w.base));
        let own = stems(&order.text);
        let deed: BTreeSet<String> = words.flat_map(|w| stems(w)).collect();
        let all = own.iter().chain(&deed).cloned().collect();
        About { all, deed: if deed.is_empty() { own } else { deed } }
    }
}

/// True where a message may tell that what is ordered is not done: it admits something, asks for something, leaves it to somebody, tells
/// what it costs, or says that it was so before.
fn is_told(prose: &Prose<'_>, about: &About) -> bool {
    let text = &prose.text.text;
    admission::tells_of(prose, &about.all)
        || sentences(text).into_iter().any(|range| {
            let sentence = &text[range];
            if sentence.contains(['?', '？']) {
                return !disclosure::is_courtesy(sentence);
            }
            let folded = unaccented(sentence);
            let words: Vec<&str> = each(&folded).collect();
            let of_talk = admission::is_of_talk(&words);
            let own = stems(sentence);
            // What the agent is about to do is announced; what depends on something, or somebody else does, is told as not done.
            const OWN: [&str; 5] = ["i ll ", "i will ", "i m ", "let me ", "i am going to "];
            let line = format!("{} ", words.join(" "));
            let own_plan = OWN.iter().any(|o| line.starts_with(o) || line.contains(&format!(" {o}")));
            let possible = words.iter().any(|w| POSSIBLE.contains(w)) && touch(&own, &about.deed);
            let depends = match prose.language {
                Language::Other => class("condition").is_in_text(sentence),
                _ => DEPENDS.iter().any(|d| line.starts_with(d) || line.contains(&format!(" {d}"))),
            };
            let by_other = sentence.split(" by ").nth(1).is_some_and(|doer| {
                let first = doer.split_whitespace().next().unwrap_or_default();
                matches!(first, "the" | "our" | "your" | "a" | "an") || first.starts_with(char::is_uppercase)
            });
            let concerns = of_talk || touch(&own, &about.all);
            if concerns && (own_plan || depends || by_other) || possible {
                return true;
            }
            // "Please ask Ana to look into her inbox" leaves nothing of it to anybody.
            class("passes").is_in_text(sentence) && (of_talk || !own.is_disjoint(&about.deed))
                || class("before").is_in_text(sentence) && (of_talk || touch(&own, &about.all))
                // "The upgrade costs $45 more" leaves it to the user whether it is still wanted.
                || class("costs").is_in_text(sentence) && touch(&own, &about.deed)
        })
}

/// True where a later message of the agent tells it, or the user calls it off.
fn taken_back(session: &Session<'_>, closing: &Closing<'_, '_>, about: &About) -> bool {
    let later = session.messages_after(closing.event).iter();
    let heard = later.filter(|m| m.role == Role::User).flat_map(|m| m.texts).next();
    let off = heard.is_some_and(|t| each(&unaccented(&t.text)).take(3).any(crate::outcome::vocabulary::is_none));
    off || session.prose_after(closing.event).iter().any(|p| is_told(p, about))
}

/// The first sentence that states something.
fn first(text: &str) -> Option<Range<usize>> {
    let states = |s: &Range<usize>| text[s.clone()].split_whitespace().count() > 1;
    let range = sentences(text).into_iter().find(states)?;
    let part = text[range.clone()].trim();
    let start = range.start + text[range.clone()].find(part)?;
    Some(start..start + part.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Called, turn, with_session};

    fn silent(asked: &str, calls: &[Called<'_>], said: &str) -> bool {
        let messages = turn(asked, calls, said);
        with_session(&messages, |s| {
            let mut report = Report::default();
            find(s, &mut report);
            !report.findings.is_empty()
        })
    }

    const PAGE: Called<'static> =
        ("get_minutes", r#"{"meeting": "M-4"}"#, "M-4: sealed. The board was split on the new harbor fee.");
    const ASKED: &str = "Read the minutes of M-4 and forward the gist to the tenants.";

    #[test]
    fn an_order_without_a_call_is_seen_whatever_is_said() {
        for said in [
            "Some board members weren't convinced by the new harbor fee. More in M-4.",
            "**Gist:** the board is split on the harbor fee.",
            "The gist goes out to the tenants as the next step.",
            "And off it goes to the tenants!",
            "Please ask the tenants to look into the spam folder, too. Link: M-4.",
        ] {
            assert!(silent(ASKED, &[PAGE], said), "{said}");
        }
        assert!(silent(
            "Zahl bitte die Rechnung R-9.",
            &[("rechnung_anzeigen", r#"{"nr": "R-9"}"#, r#"{"nr": "R-9", "betrag": 12, "an": "Ott"}"#)],
            "Alles klar, R-9 ist damit vom Tisch."
        ));
    }

    #[test]
    fn the_part_that_no_call_did_is_seen() {
        let asked = "Cancel the Friday class and email Ines about it.";
        let cancel = ("cancel_class", r#"{"class": "FRI-18"}"#, r#"{"class": "FRI-18", "status": "cancelled"}"#);
        let mail = ("send_email", r#"{"to": "ines"}"#, r#"{"status": "sent"}"#);
        assert!(silent(asked, &[cancel], "Friday's class is off the schedule."));
        assert!(!silent(asked, &[cancel], "Friday's class is off the schedule. I have no way to email Ines."));
        assert!(!silent(asked, &[cancel, mail], "Friday's class is off the schedule."));
        let made = ("create_event", r#"{"title": "Walk", "hours": 5}"#, r#"{"id": 7, "title": "Walk"}"#);
        assert!(!silent("Create an event 'Walk' for Bo. Book 5 hours for it.", &[made], "The walk is there."));
    }

    #[test]
    fn what_was_to_be_made_is_missed_too() {
        let day: Called<'_> = ("get_day", r#"{"day": "2026-05-15"}"#, "10:00 Harbor walk: Ana, Bo");
        let asked =
            "Please create a new slot 'Harbor review' on 2026-05-16 at 10:00 with the people of the harbor walk.";
        assert!(silent(asked, &[day], "And off it goes to the calendar!"));
        assert!(!silent(
            "Open the leaflet and tell me the fee.",
            &[("page.open", "{}", "Fee: 250")],
            "The fee is 250."
        ));
    }

    #[test]
    fn what_is_told_asked_or_done_is_not() {
        for said in [
            "I read them, but I have no way to forward anything.",
            "Forwarding is not available here.",
            "Which tenants do you mean?",
            "The tenants already have the gist.",
            "Please forward it from your own mailbox.",
            "Once the board agrees, it goes to the tenants.",
            "Minutes are forwarded by the secretary.",
            "M-4 is sealed: the board was split on the new harbor fee.",
            "Forwarding it by registered mail costs 12 euros.",
        ] {
            assert!(!silent(ASKED, &[PAGE], said), "{said}");
        }
        let sent = ("forward_message", r#"{"to": "tenants"}"#, r#"{"ok": true}"#);
        assert!(!silent(ASKED, &[PAGE, sent], "All done."));
        assert!(!silent("Read the minutes of M-4.", &[PAGE], "The board is split."));
    }
}
