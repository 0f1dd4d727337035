//! What is no statement about the session: examples, code, and what anybody may know.

use crate::origin::grounding::Kind;
use crate::prose::{Prose, Sentence};
use crate::values::contact;
use std::ops::Range;

/// Hosts that RFC 2606 and others keep for examples.
const RESERVED: [&str; 5] = ["example.com", "example.org", "example.net", "localhost", "127.0.0.1"];
/// Sites of public bodies and sites that everybody knows, by the end of their host.
const PUBLIC: [&str; 26] = [
    ".gov",
    ".gov.uk",
    ".gc.ca",
    ".gov.au",
    ".edu",
    ".mil",
    ".int",
    ".europa.eu",
    "wikipedia.org",
    "google.com",
    "apple.com",
    "microsoft.com",
    "github.com",
    "youtube.com",
    "python.org",
    "mozilla.org",
    "w3.org",
    "ietf.org",
    "iso.org",
    "adobe.com",
    "nhs.uk",
    "openstreetmap.org",
    "facebook.com",
    "instagram.com",
    "linkedin.com",
    "paypal.com",
];
/// Words in front of a value that only shows a form.
const FORMS: [&str; 17] = [
    "looks like",
    "look like",
    "such as",
    "e.g.",
    "for example",
    "for instance",
    "example:",
    "something like",
    "format",
    "the form ",
    "similar to",
    "starts with",
    "starting with",
    "begins with",
    "(like",
    "placeholder",
    "made-up",
];
/// How far in front of a value its form is announced, in bytes.
const NEAR: usize = 56;

/// True for a value that shows how something looks or stands in code, and says nothing of the session.
pub fn is_example(prose: &Prose<'_>, range: &Range<usize>) -> bool {
    let line = prose.lower[..range.start].rfind('\n').map_or(0, |i| i + 1);
    let near = (line.max(range.start.saturating_sub(NEAR))..=range.start).find(|i| prose.lower.is_char_boundary(*i));
    let before = &prose.lower[near.unwrap_or(range.start)..range.start];
    let value = &prose.text.text[range.clone()];
    let zeros = value.bytes().filter(u8::is_ascii_digit).all(|b| b == b'0')
        && value.bytes().filter(|b| *b == b'0').count() >= 3;
    FORMS.iter().any(|form| before.contains(form))
        || before.trim_end_matches(['#', '"', '\'', '`', '“', ' ']).ends_with(" like")
        || zeros
        || in_fence(prose, range)
}

/// True inside a fenced block of code.
fn in_fence(prose: &Prose<'_>, range: &Range<usize>) -> bool {
    prose.text.text[..range.start].matches("```").count() % 2 == 1
}

/// True for what may be known without any session: numbers of public services, public pages, limits that a law sets.
pub fn is_public(prose: &Prose<'_>, range: &Range<usize>, kind: Kind) -> bool {
    let value = &prose.text.text[range.clone()];
    let Some(sentence) = sentence(prose, range.start) else { return false };
    match kind {
        Kind::Phone => contact::is_toll_free(value) && !speaks_of_itself(prose, sentence),
        Kind::Url => {
            let bare = contact::bare_url(value);
            let host = bare.split(['/', ':']).next().unwrap_or_default();
            is_reserved(host) || PUBLIC.iter().any(|end| host.ends_with(end) || host == end.trim_start_matches('.'))
        }
        Kind::Email => value.rsplit_once('@').is_some_and(|(_, host)| is_reserved(&host.to_ascii_lowercase())),
        Kind::Amount => {
            let before = prose.lower[sentence.range.start..range.start].trim_end();
            let bounded =
                ["up to", "as much as", "maximum of", "at most", "limit of"].iter().any(|w| before.ends_with(w));
            let personal = prose.any(sentence, |w| matches!(w, "you" | "your" | "we" | "our"));
            let legal = prose.any(sentence, |w| {
                matches!(
                    w,
                    "law"
                        | "laws"
                        | "legal"
                        | "federal"
                        | "statutory"
                        | "fine"
                        | "fines"
                        | "penalty"
                        | "penalties"
                        | "act"
                )
            });
            (bounded && !personal) || legal
        }
        _ => false,
    }
}

/// "Our claims hotline", "customer service": the operator's own, which the session has to name.
fn speaks_of_itself(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    prose.any(sentence, |w| {
        matches!(w, "our" | "us" | "we" | "support" | "hotline" | "service" | "customer" | "desk" | "care" | "team")
    })
}

fn is_reserved(host: &str) -> bool {
    RESERVED.iter().any(|r| host == *r || host.strip_suffix(r).is_some_and(|h| h.ends_with('.')))
}

/// True for an address that only shows how one looks: `name@example.com`.
pub fn is_form(email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, host)| is_reserved(&host.to_ascii_lowercase()))
        && ["name@", "you@", "your", "user@", "someone@", "email@"].iter().any(|n| email.starts_with(n))
}

/// True where the message gives the value as the user's own reference: "your confirmation number is QX-1189".
pub fn is_reference(prose: &Prose<'_>, at: usize) -> bool {
    sentence(prose, at).is_some_and(|s| {
        !s.question
            && prose.any(s, |w| matches!(w, "your" | "the"))
            && prose.any(s, |w| {
                matches!(
                    w,
                    "confirmation"
                        | "reference"
                        | "booking"
                        | "reservation"
                        | "order"
                        | "ticket"
                        | "case"
                        | "tracking"
                        | "account"
                        | "number"
                        | "code"
                        | "id"
                        | "policy"
                        | "invoice"
                        | "claim"
                        | "ref"
                        | "pnr"
                )
            })
    })
}

fn sentence<'p>(prose: &'p Prose<'_>, at: usize) -> Option<&'p Sentence> {
    let index = prose.sentences.partition_point(|s| s.range.end <= at);
    prose.sentences.get(index).filter(|s| s.range.start <= at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn with<T>(said: &str, value: &str, ask: impl Fn(&Prose<'_>, Range<usize>) -> T) -> T {
        let text = Text { text: said.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        let at = said.find(value).expect("the value");
        ask(&prose, at..at + value.len())
    }

    #[test]
    fn examples_show_a_form() {
        for (said, value) in [
            ("Your number looks like #K1234567.", "#K1234567"),
            ("Please send your code, something like AB12CD.", "AB12CD"),
            ("It has the form HH-00000.", "HH-00000"),
            ("Run this:\n```\nget ORD-1189\n```\n", "ORD-1189"),
        ] {
            assert!(with(said, value, |p, r| is_example(p, &r)), "{said}");
        }
        assert!(!with("It is booked, your code is AB12CD.", "AB12CD", |p, r| is_example(p, &r)));
        assert!(!with("```\nx\n```\nYour code is AB12CD.", "AB12CD", |p, r| is_example(p, &r)));
    }

    #[test]
    fn public_facts_need_no_source() {
        let public = |said: &str, value: &str, kind| with(said, value, |p, r| is_public(p, &r, kind));
        assert!(public("Call Poison Help at 1-800-222-1222 now.", "1-800-222-1222", Kind::Phone));
        assert!(!public("You can reach our hotline on 0800 555 0199.", "0800 555 0199", Kind::Phone));
        assert!(public("See https://www.irs.gov/refunds for more.", "https://www.irs.gov/refunds", Kind::Url));
        assert!(!public("See https://acme.example/refunds for more.", "https://acme.example/refunds", Kind::Url));
        assert!(public("A false claim costs up to $31,400.", "$31,400", Kind::Amount));
        assert!(!public("You get up to $31,400.", "$31,400", Kind::Amount));
    }

    #[test]
    fn references_are_the_users_own() {
        let reference = |said: &str, value: &str| with(said, value, |p, r| is_reference(p, r.start));
        assert!(reference("Done. Your confirmation number is QX-1189.", "QX-1189"));
        assert!(!reference("Is your order QX-1189?", "QX-1189"));
    }
}
