//! Goes through one sentence and takes its claims down.

use super::elliptic::{self, blank};
use super::grammar::{self, Form};
use super::{Claim, Manner};
use crate::finding::Cite;
use crate::prose::flags;
use crate::prose::lexicon::{Lexicon, english};
use crate::prose::{Prose, Sentence};
use std::ops::Range;

/// Finds the claims in one sentence.
pub fn sentence(prose: &Prose<'_>, sentence: &Sentence, out: &mut Vec<Claim>) {
    let lex = english();
    let first = sentence.words.start;
    // Nearly every sentence is passed over here.
    if !sentence.has(flags::CLAIM) {
        return;
    }
    if asks(prose, sentence) || corrects(prose, sentence) {
        return;
    }
    if bare(prose, sentence, out) {
        return;
    }
    header(prose, sentence, out);
    elliptic::sentence(prose, sentence, out);
    // Of a row of participles ("cancelled and refunded", "I've cancelled it and texted her") later ones share the form.
    let mut last: Option<(usize, grammar::Found)> = None;
    // "K-100: already cancelled, and the refund has been processed": a record is told.
    let told = (sentence.words.clone())
        .find(|i| matches!(prose.word(*i), "already" | "previously" | "originally") && prose.has(i + 1, flags::PAST));
    for at in sentence.words.clone() {
        if prose.words[at].quoted || !prose.has(at, flags::CLAIM) {
            continue;
        }
        let word = prose.word(at);
        let processed = prose.has(at, flags::PROCESSED | flags::SUBMISSION);
        let state_done = prose.has(at, flags::STATE_DONE);
        if !prose.has(at, flags::PAST) && !processed && !state_done && !phrase(prose, at) {
            continue;
        }
        let found = grammar::before(prose, sentence, at)
            .or_else(|| joined(prose, sentence, at, last))
            .or_else(|| opening(prose, sentence, at));
        let Some(found) = found else { continue };
        if told.is_some_and(|t| t < at) && !found.personal {
            continue;
        }
        // The last clause of a question asks: "…, is it cancelled?"
        if sentence.question && grammar::clause_end(prose, sentence, at) == sentence.words.end {
            continue;
        }
        // "You are scheduled to depart" describes.
        let plan =
            matches!(word, "scheduled" | "booked" | "set" | "reserved" | "registered") && prose.word(at + 1) == "to";
        if plan && matches!(found.form, Form::State | Form::Past) {
            continue;
        }
        if matches!(found.form, Form::State) && grammar::is_full(prose, sentence, at) {
            continue;
        }
        let state_only = state_done && !prose.has(at, flags::PAST) && !processed;
        if state_only && !matches!(found.form, Form::State) {
            continue;
        }
        let clause = grammar::clause_start(prose, sentence, at)..grammar::clause_end(prose, sentence, at);
        let Some(families) = families(prose, lex, at, clause, sentence) else { continue };
        if text_work(prose, lex, at, &families) || (state_only && !plain_state(prose, lex, at, sentence)) {
            continue;
        }
        last = Some((at, found));
        let manner = match found.form {
            Form::PassivePerfect | Form::Active => Manner::Deed,
            Form::State | Form::Past => Manner::State,
        };
        let span = if found.from <= at { found.from..at + 1 } else { at..at + 1 };
        push(
            prose,
            sentence,
            span,
            Claim {
                families,
                manner,
                word: word.to_owned(),
                submission: prose.has(at, flags::SUBMISSION)
                    || prose.has_phrase(at, "submission_phrase")
                    || handed_in(prose, sentence, at),
                fresh: found.fresh,
                personal: found.personal,
                ..match blank(prose, sentence, first) {
                    Some(c) => c,
                    None => return,
                }
            },
            out,
        );
    }
}

fn push(prose: &Prose<'_>, _sentence: &Sentence, words: Range<usize>, claim: Claim, out: &mut Vec<Claim>) {
    // "You're checked": no quote begins inside of a word.
    let inside = |at: usize| {
        let start = prose.bytes(at..at + 1).start;
        at > 0 && prose.text.text[..start].ends_with(['\'', '\u{2019}'])
    };
    let words = if inside(words.start) { words.start - 1..words.end } else { words };
    if let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(words)) {
        out.push(Claim { cite, ..claim });
    }
}

/// "I made a mistake", "I said that"; not "cancelled because it was ordered by mistake".
fn corrects(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.has(flags::CORRECTION)
        && sentence.words.clone().any(|i| {
            prose.has(i, flags::CORRECTION)
                && !matches!(prose.word(i.wrapping_sub(1)), "by" | "in")
                && !prose.words[i].quoted
        })
}

/// True for a question from its first word on.
fn asks(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.question && english().is("question_start", prose.word(sentence.words.start))
}

/// "Done!", "All set.", "All sorted: …", "Done, I've …"
fn bare(prose: &Prose<'_>, sentence: &Sentence, out: &mut Vec<Claim>) -> bool {
    let lex = english();
    let first = sentence.words.start;
    let all = usize::from(prose.word(first) == "all");
    let at = first + all;
    let known = lex.is("bare", prose.word(at)) || (all == 1 && prose.word(at) == "set");
    let alone = at + 1 >= sentence.words.end || prose.words[at + 1].after_break;
    // A label, as in "Completed: 3 of 5" or a heading "Done", is no claim.
    let label = all == 0 && !matches!(prose.word(at), "done" | "sorted");
    if !known || !alone || label || prose.words[first].quoted {
        return false;
    }
    if let Some(claim) = blank(prose, sentence, first) {
        push(prose, sentence, first..at + 1, claim, out);
    }
    // What follows may say what was done; then that is the better claim.
    at + 1 >= sentence.words.end
}

/// "Message sent:", "Payment processed!"
fn header(prose: &Prose<'_>, sentence: &Sentence, out: &mut Vec<Claim>) {
    let lex = english();
    let first = sentence.words.start;
    let short = sentence.words.len() <= 3
        || prose.words.get(first + 2).is_some_and(|w| w.after_break)
        || (first == 0 && prose.has(1, flags::CLAIM) && report_of_deed(prose, sentence));
    let past = prose.word(first + 1);
    let noun = lex.of_noun(prose.word(first));
    if !short
        || first + 1 >= sentence.words.end
        || prose.words[first].quoted
        || prose.words[first + 1].after_break
        || noun.is_empty()
    {
        return;
    }
    let own = lex.of_past(past);
    if own.is_empty() && !lex.is("processed", past) {
        return;
    }
    let Some(claim) = blank(prose, sentence, first) else { return };
    let families = if own.is_empty() { noun.to_vec() } else { own.to_vec() };
    let claim = Claim {
        families,
        manner: Manner::Deed,
        word: past.to_owned(),
        submission: lex.is("submission", past),
        ..claim
    };
    push(prose, sentence, first..first + 2, claim, out);
}

/// "Comment posted on #917, asking for a log.": the first words of a message, without a verb of its own and without a day,
/// which a record of something older would have.
fn report_of_deed(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let first = sentence.words.start;
    let verb = |w: &str| {
        matches!(w, "is" | "are" | "was" | "were" | "has" | "have" | "had" | "will" | "can" | "may" | "must" | "should")
    };
    matches!(prose.word(first + 2), "on" | "to" | "for" | "in" | "with")
        && !prose.any(sentence, verb)
        && crate::values::days(&prose.text.text[sentence.range.clone()]).is_empty()
}

/// A participle that begins a sentence with "successfully": "Successfully cancelled your booking."
fn opening(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<grammar::Found> {
    let first = sentence.words.start;
    (at == first + 1 && prose.word(first) == "successfully").then_some(grammar::Found {
        form: Form::Active,
        from: first,
        fresh: true,
        personal: true,
    })
}

/// A participle after "and" or a comma that shares the auxiliary of the one before it.
fn joined(
    prose: &Prose<'_>,
    sentence: &Sentence,
    at: usize,
    last: Option<(usize, grammar::Found)>,
) -> Option<grammar::Found> {
    let before = prose.word(at.checked_sub(1)?);
    let Some((earlier, found)) = last else {
        // "I have found her address and invited her": the first participle is in no family.
        let have = (sentence.words.start + 1..at).rev().take(14).find(|i| matches!(prose.word(*i), "have" | "ve"))?;
        let own = before == "and"
            && matches!(prose.word(have - 1), "i" | "we")
            && have - 1 == grammar::clause_start(prose, sentence, have);
        let plain = !sentence.has(flags::CONDITION | flags::NEGATION);
        return (own && plain).then_some(grammar::Found { form: Form::Active, from: at, fresh: false, personal: true });
    };
    let linked = matches!(before, "and" | "also") || prose.words[at].after_break;
    (linked && at > earlier && at - earlier < 16 && earlier >= sentence.words.start)
        .then_some(grammar::Found { from: at, ..found })
}

/// "I've sent it for review": only the handing in is claimed.
fn handed_in(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let end = grammar::clause_end(prose, sentence, at);
    (at + 1..end).any(|i| {
        let steps = |w: &str| {
            matches!(
                w,
                "review"
                    | "approval"
                    | "moderation"
                    | "processing"
                    | "verification"
                    | "checking"
                    | "queue"
                    | "sign-off"
            )
        };
        matches!(prose.word(i), "for" | "to" | "into" | "under" | "in")
            && (i + 1..i + 4).any(|j| j < end && steps(prose.word(j)))
    })
}

/// Claims in two words: "let the desk know", "put it on".
fn phrase(prose: &Prose<'_>, at: usize) -> bool {
    prose.word(at) == "let" && (at + 2..at + 8).any(|i| prose.word(i) == "know")
        || prose.word(at) == "dropped"
            && (at + 1..at + 6).any(|i| matches!(prose.word(i), "line" | "note" | "message" | "email"))
        // "I've left her a note."
        || prose.word(at) == "left"
            && (at + 1..at + 5).any(|i| matches!(prose.word(i), "note" | "message" | "memo" | "voicemail"))
        || prose.word(at) == "checked" && matches!(prose.word(at + 1), "in" | "out")
}

/// The families claimed; `None` where the word says nothing about an operation.
fn families(
    prose: &Prose<'_>,
    lex: &Lexicon,
    at: usize,
    clause: Range<usize>,
    sentence: &Sentence,
) -> Option<Vec<&'static str>> {
    let word = prose.word(at);
    let mut families: Vec<&'static str> = Vec::new();
    let mut add = |more: &[&'static str]| {
        for family in more {
            if !families.contains(family) {
                families.push(family);
            }
        }
    };
    if phrase(prose, at) {
        add(if word == "left" {
            &["send", "contact", "create"]
        } else if matches!(word, "let" | "dropped") {
            &["send", "contact"]
        } else {
            &["checkin"]
        });
        return Some(families);
    }
    add(lex.of_past(word));
    if prose.has(at, flags::PROCESSED | flags::SUBMISSION | flags::STATE_DONE) || matches!(word, "made" | "created") {
        // "The refund has been processed": the noun names the operation. The subject stands before the verb.
        let near = clause.start..at;
        let nouns = |range: Range<usize>| {
            range
                .filter(|i| !prose.words[*i].quoted)
                .flat_map(|i| lex.of_noun(prose.word(i)))
                .copied()
                .collect::<Vec<_>>()
        };
        let mut named = nouns(near);
        if named.is_empty() {
            named = nouns(at..clause.end);
        }
        if named.is_empty() {
            named = nouns(sentence.words.clone());
        }
        // "your request to send 5.00": the verb behind says which.
        let asked = (clause.start..clause.end)
            .filter(|i| lex.is("any_operation", prose.word(*i)) && prose.word(i + 1) == "to")
            .flat_map(|i| lex.of_base(prose.word(i + 2)).iter().copied());
        named.extend(asked);
        let any = clause.clone().any(|i| lex.is("any_operation", prose.word(i)));
        // "the transaction I've just made" may be any operation, and so may "your request" without more.
        if any && named.iter().all(|f| matches!(*f, "create" | "update")) {
            return Some(Vec::new());
        }
        add(&named);
    } else if matches!(word, "sent" | "released" | "received" | "returned" | "credited" | "moved" | "forwarded") {
        // Money is sent as well: "the wire has been sent".
        let money = (clause.start..at)
            .flat_map(|i| lex.of_noun(prose.word(i)))
            .copied()
            .filter(|f| matches!(*f, "transfer" | "pay" | "refund"));
        add(&money.collect::<Vec<_>>());
        let sum = |i: usize| lex.is("money", prose.word(i));
        let priced = || !crate::values::amounts(&prose.text.text[sentence.range.clone()]).is_empty();
        if sentence.words.clone().any(sum) || priced() {
            add(&["transfer", "pay", "refund"]);
        }
    }
    Some(families)
}

/// Work that consists of words: "I've shortened the letter".
fn text_work(prose: &Prose<'_>, lex: &Lexicon, at: usize, families: &[&'static str]) -> bool {
    let soft = families.iter().all(|f| matches!(*f, "update" | "create" | "delete"));
    soft && !families.is_empty()
        && (at + 1..at + 5).any(|i| lex.is("text_work", prose.word(i)) && prose.word(i) != "it")
}

/// "is complete", "are gone for good"; not "is in stock", "are set by the shop".
fn plain_state(prose: &Prose<'_>, lex: &Lexicon, at: usize, sentence: &Sentence) -> bool {
    match prose.word(at) {
        "yours" | "final" | "through" | "successful" | "finished" | "sorted" | "complete" | "done" | "live"
        | "gone" => {
            let next = prose.word(at + 1);
            at + 1 >= sentence.words.end
                || prose.words[at + 1].after_break
                || matches!(next, "and" | "now" | "for" | "on" | "with" | "so")
        }
        "active" => prose.word(at.wrapping_sub(1)) == "now",
        word => !lex.of_past(word).is_empty(),
    }
}
