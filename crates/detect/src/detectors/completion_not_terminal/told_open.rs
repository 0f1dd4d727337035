//! Claims beside which the same message tells the operation as open: "it is processing: the validation is through", "I refiled it and it's
//! pending".

use crate::claims::Claim;
use crate::outcome::status::Status;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::session::Session;
use crate::tools::contract::words_of;

/// True when the same message tells the open status in its own word: "it is processing: the validation is through" says of
/// a part that it is done.
pub(super) fn in_its_word(session: &Session<'_>, claim: &Claim, status: &Status) -> bool {
    let words = status.cite.as_ref().map(|c| words_of(c.text())).unwrap_or_default();
    let open = |w: &str| english().is("status_pending", w) && words.iter().any(|s| s == w);
    let said = session.prose_at(claim.event).iter();
    said.flat_map(|p| p.sentences.iter().map(move |s| (p, s)))
        .any(|(prose, s)| !s.has(flags::NEGATION) && s.words.clone().any(|i| open(prose.word(i))))
}

/// True when the very next words say of the same thing that it is open: "I refiled it and it's pending".
pub(super) fn of_it(session: &Session<'_>, claim: &Claim) -> bool {
    let lex = english();
    let open = |w: &str| lex.is("status_pending", w) || lex.is("open", w);
    session.prose_at(claim.event).iter().filter(|p| p.text.loc == claim.cite.loc()).any(|prose| {
        let at = prose.sentences.partition_point(|s| s.range.end <= claim.cite.range().start);
        prose.sentences[at..].iter().take(2).enumerate().any(|(n, s)| {
            let from = match n {
                0 => s.words.clone().find(|i| prose.bytes(*i..*i + 1).start >= claim.cite.range().end),
                _ => Some(s.words.start),
            };
            let Some(from) = from else { return false };
            (from..s.words.end).any(|i| {
                let of_it = matches!(prose.word(i), "it" | "this" | "that" | "which" | "they" | "status" | "its")
                    || n == 0 && prose.word(i) == "and";
                let mut words = (i + 1..(i + 6).min(s.words.end)).map(|j| prose.word(j)).filter(|w| *w != "status");
                of_it
                    && matches!(
                        words.next(),
                        Some(
                            "is" | "s"
                                | "are"
                                | "re"
                                | "was"
                                | "remains"
                                | "stays"
                                | "shows"
                                | "stands"
                                | "sits"
                                | "now"
                                | "currently"
                                | "still"
                        )
                    )
                    && words.take_while(|w| *w != "not").any(open)
            })
        })
    })
}
