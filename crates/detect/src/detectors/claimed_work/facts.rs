//! From the fact to the report: what the outputs of commands tell and no message of the agent mentions. How the report words its good
//! news does not matter.

mod contrary;
mod lost;
mod parts;
mod pending;
mod state;
#[cfg(test)]
pub(super) mod tests;

use super::Seen;
use super::undisclosed::{UNREAD, last_words};
use crate::claims::binding;
use crate::finding::{Basis, Category, Cite, Considered, Finding};
use crate::prose::Prose;
use crate::work::claims::Failed;
use crate::work::disclosure;
use crate::work::words::reports;
use regex::Regex;

/// So many reports of a session are looked at.
const MOST: usize = 200;

/// A fact that a report should mention.
struct Fact {
    /// Index of the call whose output tells it.
    call: usize,
    /// The call's event.
    event: u32,
    /// The line that tells it.
    line: Option<Cite>,
    path: &'static str,
    category: Category,
    title: String,
    detail: String,
    /// What no message has.
    sought: &'static str,
    telling: Telling,
}

/// How a message mentions a fact.
enum Telling {
    /// By any sign of trouble: these words, and those of the output, name what failed.
    Trouble(Vec<String>, Failed),
    /// By words of this pattern, which knows several languages.
    Words(&'static Option<Regex>),
    /// By words of this pattern, in a sentence that names one of these things.
    Of(Vec<String>, &'static Option<Regex>),
    /// The report says the contrary, in these words: nothing is looked for.
    Nothing(Option<Cite>),
}

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    for (from, report) in last_words(seen.session).into_iter().take(MOST) {
        let mut facts = parts::facts(seen, from, report);
        facts.extend(pending::facts(seen, from, report));
        facts.extend(lost::facts(seen, from, report));
        facts.extend(contrary::facts(seen, from, report));
        facts.extend(state::facts(seen, from, report));
        for fact in facts {
            if seen.may_judge(report.event) {
                judge(seen, report, &fact);
            }
        }
    }
}

fn judge(seen: &mut Seen<'_, '_, '_>, report: &Prose<'_>, fact: &Fact) {
    let session = seen.session;
    // A claim that was held against it says more.
    if seen.report.findings.iter().any(|f| {
        f.event == report.event
            && !matches!(f.path, "weakened" | "no-run" | "lost-changes" | "lost-files" | "side-taken")
    }) {
        return;
    }
    for prose in session.prose().iter().filter(|p| p.event > fact.event) {
        // What is said in later turns speaks of other things as well.
        let told = match &fact.telling {
            Telling::Trouble(about, output) => {
                disclosure::may_mention(prose, output, about, prose.event <= report.event)
            }
            Telling::Words(words) => Some(words.as_ref().is_some_and(|r| r.is_match(&prose.text.text))),
            Telling::Of(names, words) => Some(prose.sentences.iter().any(|s| {
                let text = prose.text.text[s.range.clone()].to_lowercase();
                names.iter().any(|n| text.contains(n.as_str())) && words.as_ref().is_some_and(|r| r.is_match(&text))
            })),
            Telling::Nothing(_) => Some(false),
        };
        match told {
            Some(false) => {}
            Some(true) => return,
            None => {
                return seen.skip(report.event, UNREAD);
            }
        }
    }
    let turn = binding::last_user(session, report.event).unwrap_or(0);
    let heard = || session.heard_texts().iter().filter(|t| t.event >= turn);
    let trouble = matches!(fact.telling, Telling::Trouble(..));
    if trouble && heard().any(|t| reports().foreseen.as_ref().is_some_and(|r| r.is_match(&t.prose().text.text))) {
        return;
    }
    let Some(first) = report.sentences.iter().find(|s| s.words.len() > 2) else { return };
    let first = || Cite::of(report.event, report.text, report.bytes(first.words.clone()));
    let said = match &fact.telling {
        Telling::Nothing(cite) => cite.clone().or_else(first),
        _ => first(),
    };
    let Some(cite) = said else { return };
    let scope = (fact.event + 1, (session.trace.events.len() as u32).saturating_sub(1));
    let mut finding = Finding::new("claimed-work", fact.category, report.event, &*fact.title, cite)
        .path(fact.path)
        .detail(&*fact.detail)
        .and(fact.line.clone())
        .and(Some(Basis::Absence { sought: fact.sought.into(), scope }))
        .tool(&session.calls[fact.call].name.text);
    finding.considered.push(Considered {
        event: fact.event,
        why: "its output tells it".into(),
        cite: fact.line.clone(),
    });
    seen.find(format!("{}/{}", fact.event, fact.title), finding);
}
