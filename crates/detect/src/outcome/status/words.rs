//! Status words, at a status' place and in plain text.

use super::{Standing, Status};
use crate::finding::Cite;
use crate::outcome::failure::{Field, shape};
use crate::outcome::vocabulary;
use crate::prose::lexicon::english;
use crate::session::{Answered, Call};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How words begin behind which it is told what they wait for, and in how many characters at most. They are told apart by
/// the beginning, since nothing in a pattern takes longer to compile than so many of any character.
const GO_ON: [(&str, usize); 12] = [
    ("is", 60),
    ("are", 60),
    ("now", 60),
    ("still", 60),
    ("currently", 60),
    ("and", 60),
    ("await", 60),
    ("queued", 40),
    ("will be", 40),
    ("to be", 40),
    ("submitted", 40),
    ("waiting", 40),
];

/// The words of a text that say that something is accepted and not done, with what they say of it.
fn pending(text: &str) -> Option<Range<usize>> {
    let found = PENDING.as_ref()?.find(text)?;
    let begins = |w: &str| found.as_str().get(..w.len()).is_some_and(|b| b.eq_ignore_ascii_case(w));
    let most = GO_ON.iter().find(|(w, _)| begins(w)).map_or(0, |(_, most)| *most);
    let rest = text[found.end()..].chars().take(most).take_while(|c| !matches!(c, '.' | '\n'));
    Some(found.start()..found.end() + rest.map(char::len_utf8).sum::<usize>())
}

static PENDING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:(?:is|are|now|still|currently|and)\s+pending(?-u:\b)|pending\s+(?:approval|review|confirmation|settlement|verification)|await(?:ing|s)(?-u:\b)|queued(?-u:\b)|in progress|being (?:processed|prepared|reviewed)|(?:will|to) be (?:processed|reviewed|sent|completed)(?-u:\b)|accepted for processing|under review|on hold|submitted for(?-u:\b)|waiting (?:for|on)(?-u:\b)|not yet [A-Za-z0-9_]+|requires? (?:approval|confirmation|review)|(?:status|state|stage)['\x22]?\s*[:=]?\s*['\x22]?(?:pending|processing|queued|in_progress|not_started|submitted|under_review|on_hold|awaiting_[a-z_]+|requires_[a-z_]+)(?-u:\b))",
    )
    .ok()
});
static DONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:ok|done|success|true|sent|completed?)(?-u:\b)|(?-u:\b)success(?:ful|fully)?(?-u:\b)|(?-u:\b)completed(?-u:\b)|(?-u:\b)[1-9][0-9]* rows? affected(?-u:\b)|(?-u:\b)has been [A-Za-z0-9_]+ed(?-u:\b)").ok()
});

/// The standing behind a status word, given the families of the operation: "scheduled" is what scheduling ends in.
pub fn standing(word: &str, families: &[String]) -> Option<Standing> {
    let lex = english();
    let lower = word.to_ascii_lowercase();
    if lower.len() > 60 {
        return None;
    }
    let parts = || lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let own = |w: &str| lex.of_past(w).iter().any(|f| families.iter().any(|own| own == f));
    if parts().any(|w| lex.is("status_failed", w)) {
        return Some(Standing::Failed);
    }
    if parts().count() == 1 && own(&lower) && !lex.is("submission_status", &lower) {
        return Some(Standing::Terminal);
    }
    if parts().any(|w| lex.is("status_pending", w) || w == "not") {
        return Some(Standing::NonTerminal);
    }
    parts().any(|w| lex.is("status_done", w)).then_some(Standing::Terminal)
}

/// The standing behind a status of a call's own operation, and true where the English lexicon has no word for it.
pub fn of_call(value: &str, call: &Call<'_>) -> Option<(Standing, bool)> {
    let english = standing(value, &call.known.families).map(|s| (s, false));
    // A card that was to be blocked is blocked.
    if matches!(english, Some((Standing::Failed, _))) && shape::orders_failed(call, value) {
        return Some((Standing::Terminal, false));
    }
    english.or_else(|| Some((vocabulary::standing(value, &call.known.words)?, true)))
}

/// The standing that a plain answer tells.
pub fn from_text(call: &Call<'_>, answer: &Answered<'_>, text: &str) -> Status {
    let Some(content) = answer.content else { return Status::unknown() };
    if text.is_empty() || text.eq_ignore_ascii_case("none") || text == "null" || text == "{}" {
        return Status::assumed(
            Standing::Terminal,
            None,
            "an empty result without an error means that the operation is complete",
        );
    }
    if content.text.len() > 600 {
        return Status::unknown();
    }
    if let Some(found) = pending(&content.text).filter(|m| !denied(&content.text[m.start..])) {
        let cite = Cite::of(answer.event, content, found);
        return Status::assumed(
            Standing::NonTerminal,
            cite,
            "these words in a tool result mean accepted, not complete",
        );
    }
    if let Some((Standing::NonTerminal, range)) = shape::told(call, &content.text) {
        return Status::assumed(Standing::NonTerminal, Cite::of(answer.event, content, range), vocabulary::ASSUMED);
    }
    if let Some(found) = DONE.as_ref().and_then(|r| r.find(&content.text)) {
        let cite = Cite::of(answer.event, content, found.range());
        return Status::assumed(
            Standing::Terminal,
            cite,
            "these words in a tool result mean that the operation is complete",
        );
    }
    let lex = english();
    let lower = content.text.to_ascii_lowercase();
    let own = lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|w| lex.of_past(w).iter().any(|f| call.known.families.iter().any(|own| own == f)));
    if own {
        return Status::assumed(
            Standing::Terminal,
            Cite::whole(answer.event, content),
            "the tool result says that the operation is complete",
        );
    }
    Status::unknown()
}

/// `queued=false`: the word is a field's name, and the field says no.
fn denied(text: &str) -> bool {
    let rest =
        text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start_matches(['"', '\'']).trim_start();
    let value = rest.strip_prefix(['=', ':']).map(|v| v.trim_start().to_ascii_lowercase());
    value.is_some_and(|v| ["false", "no", "0", "none", "null"].iter().any(|w| v.starts_with(w)))
}

/// True when a sentence of a tool says that something is accepted and not done.
pub fn is_pending(text: &str) -> bool {
    text.len() <= 400 && PENDING.as_ref().is_some_and(|r| r.is_match(text))
}

/// A sentence beside the fields: `{"job_id": "j", "message": "Accepted for processing"}`.
pub fn from_message(all: &[Field<'_>], answer: &Answered<'_>) -> Option<Status> {
    let field = all.iter().find(|f| {
        f.within.is_none()
            && f.is(&["message", "msg", "detail", "note", "info", "description"])
            && f.value.str().is_some_and(|s| PENDING.as_ref().is_some_and(|r| r.is_match(&s)))
    })?;
    let cite = crate::outcome::failure::cite_member(answer, field.key, field.value);
    Some(Status::assumed(Standing::NonTerminal, cite, "these words in a tool result mean accepted, not complete"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_waiting_go_on_up_to_the_end_of_the_sentence() {
        let said = |text: &str| pending(text).map(|range| text[range].to_owned());
        for (text, words) in [
            ("Refund is pending a second look. Bye", "is pending a second look"),
            ("Awaiting the owner's yes", "Awaiting the owner's yes"),
            ("It will be sent on Monday\nnow", "will be sent on Monday"),
            ("status: pending for all", "status: pending"),
            ("Not yet booked for you", "Not yet booked"),
        ] {
            assert_eq!(said(text).as_deref(), Some(words), "{text}");
        }
        assert_eq!(said("All done."), None);
        assert_eq!(said(&format!("queued {}", "é".repeat(50))).map(|s| s.chars().count()), Some(46));
    }
}
