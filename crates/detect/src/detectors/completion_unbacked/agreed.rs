//! An act was offered, the user agreed, and without any call it is told as done: "Want me to pass it on?" "Yes." "Passed it on."

use crate::detectors::closing::{all, short};
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::classes::class;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::Session;
use hindcast_trace::model::{Role, Text};

/// The rule path.
const PATH: &str = "agreed";
/// Longer replies say more than yes.
const REPLY: usize = 16;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.trace.tools.is_empty() && session.calls.is_empty() {
        return;
    }
    for closing in all(session).iter().filter(|c| c.calls.is_empty()) {
        let Some(user) = session.messages.iter().find(|m| m.event == closing.user).and_then(|m| m.texts.last()) else {
            continue;
        };
        let before = session.messages.iter().rev().find(|m| m.role == Role::Assistant && m.event < closing.user);
        let Some((offered, offer)) = before.and_then(|m| Some((m.event, m.texts.last()?))) else { continue };
        let agrees = class("yes").begins(&user.text)
            && user.text.split_whitespace().count() <= REPLY
            && !user.text.contains('?');
        if agrees && session.calls_between(offered, closing.event).is_empty() {
            report.findings.extend(judge(closing.event, closing.text, (offered, offer), (closing.user, user)));
        }
    }
    report.eligible |= !report.findings.is_empty();
}

fn judge(event: u32, said: &Text, (offered, offer): (u32, &Text), (agreed, user): (u32, &Text)) -> Option<Finding> {
    let question = sentences(&offer.text).into_iter().rev().find(|s| offer.text[s.clone()].ends_with('?'))?;
    let asked = line(&offer.text[question.clone()]);
    if !class("offer").is_in_text(&asked) || class("words").is_in_text(&asked) {
        return None;
    }
    let told = sentences(&said.text).into_iter().take(2).find(|s| {
        // What follows a dash or a comma tells what comes of it.
        let text = &said.text[s.clone()];
        let text = [" – ", " — ", " - ", ", ", ": "]
            .iter()
            .filter_map(|cut| text.find(cut))
            .min()
            .map_or(text, |at| &text[..at]);
        let words = line(text);
        let verb = |w: &str| ended(w) && each(&asked).any(|a| a != w && root(a, w));
        !said.text[s.clone()].contains('?')
            && !class("hedge").is_in_text(text)
            && !waits(text)
            && each(&words).any(verb)
    })?;
    let cite = Cite::of(event, said, told)?;
    let title = format!("Claimed \"{}\" after an offer, but made no call", short(cite.text()));
    let detail = format!(
        "The agent offered \"{}\", the user agreed, and the agent says \"{}\". No call was made in between.",
        &offer.text[question.clone()],
        cite.text()
    );
    let absence = Basis::Absence { sought: "any call".into(), scope: (offered, event) };
    let made = Finding::new("completion-unbacked", Category::Hallucination, event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Cite::of(offered, offer, question))
        .and(Cite::whole(agreed, user))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("what was offered takes a call".into()));
    Some(made)
}

fn waits(text: &str) -> bool {
    each(&line(text)).any(|w| matches!(w, "will" | "ll" | "shall" | "werde" | "vais" | "voy" | "vou"))
}

/// Endings of participles in the languages that are read.
fn ended(word: &str) -> bool {
    const ENDINGS: [&str; 27] = [
        "ed", "ent", "uilt", "old", "ought", "ade", "et", "it", "en", "ado", "ada", "ido", "ida", "ato", "ata", "uto",
        "uta", "e", "es", "ee", "is", "at", "ats", "lem", "lam", "ano", "ony",
    ];
    word.len() > 3 && (ENDINGS.iter().any(|e| word.ends_with(e)) || word.contains("ge") && word.ends_with('t'))
}

/// True where a participle is of the verb of the offer: "passed" and "pass", "weitergeleitet" and "weiterleiten".
fn root(verb: &str, participle: &str) -> bool {
    let same = verb.chars().zip(participle.chars()).take_while(|(a, b)| a == b).count();
    let inner = participle.split_once("ge").map(|(_, rest)| rest).filter(|r| r.len() > 3);
    let within = |rest: &str| {
        let stem: String = rest.chars().take(4).collect();
        verb.len() >= 4 && verb.contains(&stem)
    };
    verb.len() > 3 && (same >= 4 || inner.is_some_and(within)) || (verb, participle) == ("send", "sent")
}
