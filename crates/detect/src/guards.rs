//! Guards and what they said: guardrail events, filters of the provider, and tools whose work it is to judge.
//!
//! A verdict is read where verdicts stand. The words "blocked" and "denied" also name the state of a card and the title
//! of an article, so a tool that is no guard only counts when it refuses a call for a rule's sake.

mod verdict;
mod words;

use crate::finding::Cite;
use crate::session::capture::{self, Capture};
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use crate::tools::operation::{self, Weight};
use hindcast_trace::model::{EventKind, Finish, Verdict};
use words::WORDS;

/// What a guard said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It objected, with the words that say so.
    No(Cite),
    /// It let pass, or said nothing against it.
    Yes,
    /// Its answer cannot be read, and why.
    Unseen(&'static str),
}

/// Who objected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A guardrail of the runtime.
    Guardrail,
    /// The provider's content filter.
    ContentFilter,
    /// A tool that judges, such as a moderation or policy check.
    Judge,
    /// A tool that refused to act for a rule's sake.
    Refusal,
}

/// One judgement.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The event at which it was known.
    pub event: u32,
    /// The guard's name.
    pub name: String,
    /// What it said.
    pub said: Said,
    /// Who it was.
    pub kind: Kind,
    /// Event of the call that asked for it, where it was one.
    pub call: Option<u32>,
}

impl Judgement {
    /// True when the guard objected.
    pub fn objected(&self) -> bool {
        matches!(self.said, Said::No(_))
    }
}

/// Every judgement of a session, in order.
pub fn judgements(session: &Session<'_>) -> Vec<Judgement> {
    let mut found = Vec::new();
    for (i, event) in session.trace.events.iter().enumerate() {
        if let EventKind::Guardrail { name, verdict, detail, .. } = &event.kind {
            let i = i as u32;
            let said = match verdict {
                Verdict::Passed => Said::Yes,
                Verdict::Unknown => Said::Unseen("does not say what it found"),
                Verdict::Triggered => {
                    let cite = detail.as_ref().and_then(|d| Cite::whole(i, d)).or_else(|| Cite::whole(i, name));
                    cite.map_or(Said::Unseen("has no text to cite"), Said::No)
                }
            };
            found.push(Judgement { event: i, name: name.text.clone(), said, kind: Kind::Guardrail, call: None });
        }
    }
    for (i, model) in session.trace.model_calls.iter().enumerate() {
        if let Some((Finish::ContentFilter, text)) = &model.finish {
            let of_model = |e: &hindcast_trace::Event| e.model_call == Some(i as u32);
            let Some(event) = session.trace.events.iter().rposition(of_model).map(|e| e as u32) else { continue };
            if let Some(cite) = Cite::whole(event, text) {
                found.push(Judgement {
                    event,
                    name: "content filter".to_owned(),
                    said: Said::No(cite),
                    kind: Kind::ContentFilter,
                    call: None,
                });
            }
        }
    }
    found.extend(session.calls.iter().filter_map(of_call));
    found.sort_by_key(|j| j.event);
    found
}

/// True for a tool whose work is to judge, by its name.
pub fn is_judge(tool: &str) -> bool {
    WORDS.judges(&words_of(tool))
}

fn of_call(call: &Call<'_>) -> Option<Judgement> {
    let judge = WORDS.judges(&call.known.words);
    let made =
        |event, said, kind| Some(Judgement { event, name: call.name.text.clone(), said, kind, call: Some(call.event) });
    let Some(answer) = &call.result else {
        return judge.then(|| made(call.event, Said::Unseen("is not in the trace"), Kind::Judge)).flatten();
    };
    if WORDS.asks_leave(&call.known.words) {
        return verdict::refused_leave(answer).and_then(|no| made(answer.event, Said::No(no), Kind::Judge));
    }
    let weight = operation::of(call).weight;
    let text = answer.texts().next();
    if judge || weight == Weight::Look {
        if judge {
            match text.map_or(Capture::Empty, |t| capture::of(&t.text)) {
                Capture::Whole => {}
                captured => return made(answer.event, Said::Unseen(captured.why()), Kind::Judge),
            }
        }
        if let Some(no) = verdict::objection(answer, judge) {
            return made(answer.event, Said::No(no), Kind::Judge);
        }
        // A look-up that gives verdicts lets pass what it does not object to.
        return (judge || verdict::gives_verdicts(answer))
            .then(|| made(answer.event, Said::Yes, Kind::Judge))
            .flatten();
    }
    let refused = verdict::refusal(answer)?;
    made(answer.event, Said::No(refused), Kind::Refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_are_known_by_name() {
        assert!(is_judge("policy_check") && is_judge("moderate") && is_judge("security_review"));
        assert!(
            is_judge("send_for_review")
                && is_judge("gate")
                && is_judge("content_filter")
                && is_judge("create_moderation")
        );
        for name in ["update_gate_code", "open_gate", "replaceFilter", "cancel_policy", "book_screening", "post_review"]
        {
            assert!(!is_judge(name), "{name}");
        }
        assert!(!is_judge("get_refund_policy") && !is_judge("get_card") && !is_judge("list_reviews"));
    }
}
