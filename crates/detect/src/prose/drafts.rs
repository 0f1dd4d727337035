//! Where a message drafts a letter for somebody: what stands in it is not yet said by anybody.

use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Letters {
    greets: Vec<String>,
    closes: Vec<String>,
    drafts: Vec<String>,
    subject: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LETTERS: LazyLock<Letters> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/letters.yaml")).unwrap_or_default());

/// The byte ranges that draft something, in order and apart: a letter behind a line that introduces it, from its salutation or its
/// subject to its close; and the paragraph behind a line that calls it a draft.
pub fn masks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // A draft is introduced, which needs a colon.
    if memchr::memchr(b':', text.as_bytes()).is_none() || memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return found;
    }
    let mut state = State::Talk { introduced: false, drafted: false };
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let bare = bare(line);
        state = match state {
            State::Talk { introduced, drafted } if bare.is_empty() => State::Talk { introduced, drafted },
            State::Talk { introduced, drafted } => {
                let letter = introduced && salutes(bare) || has_subject(bare);
                if letter || drafted {
                    from = start;
                    if letter { State::Letter { closed: false } } else { State::Paragraph }
                } else {
                    let head = bare.strip_suffix(':');
                    State::Talk { introduced: head.is_some() || is_rule(line), drafted: head.is_some_and(calls_draft) }
                }
            }
            State::Paragraph if bare.is_empty() => {
                found.push(from..start);
                State::Talk { introduced: false, drafted: false }
            }
            State::Letter { .. } if is_rule(line) => {
                found.push(from..start);
                State::Talk { introduced: true, drafted: false }
            }
            // The close, and the name below it.
            State::Letter { closed: false } => State::Letter { closed: closes(bare) },
            State::Letter { closed: true } if bare.is_empty() => State::Letter { closed: true },
            State::Letter { closed: true } => {
                let name = bare.split_whitespace().count() <= 5 && !bare.ends_with(['.', '?', '!', ':']);
                found.push(from..if name { end } else { start });
                State::Talk { introduced: bare.ends_with(':'), drafted: false }
            }
            other => other,
        };
    }
    if !matches!(state, State::Talk { .. }) {
        found.push(from..text.len());
    }
    found
}

enum State {
    Talk { introduced: bool, drafted: bool },
    Paragraph,
    Letter { closed: bool },
}

/// A line without the marks around it.
fn bare(line: &str) -> &str {
    line.trim()
        .trim_matches(|c: char| matches!(c, '*' | '_' | '>' | '"' | '“' | '”' | '„' | '`' | '#') || c.is_whitespace())
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.bytes().all(|b| matches!(b, b'-' | b'*' | b'_' | b'='))
}

/// "Hi Owen,": a few words that begin with a greeting.
fn salutes(line: &str) -> bool {
    let rest = LETTERS.greets.iter().any(|g| {
        line.strip_prefix(g.as_str()).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            || line.trim_end_matches([',', '、', ' ']).ends_with('様')
    });
    rest && line.split_whitespace().count() <= 6 && !line.ends_with(['.', '?'])
}

fn closes(line: &str) -> bool {
    let line = line.trim_end_matches([',', '!', '.', '-', '–', ' ']);
    LETTERS.closes.iter().any(|c| line == c)
}

fn has_subject(line: &str) -> bool {
    let Some((label, rest)) = line.split_once(':') else { return false };
    !rest.trim().is_empty() && LETTERS.subject.iter().any(|s| label.trim_matches(['*', '_', ' ']) == s)
}

/// "Here's a draft:"; not "The draft was sent with:".
fn calls_draft(head: &str) -> bool {
    LETTERS.drafts.iter().any(|d| {
        head.match_indices(d.as_str()).any(|(at, d)| {
            let edge = |c: Option<char>| {
                c.is_none_or(|c| !c.is_alphanumeric()) || !d.is_ascii() && d.chars().all(|c| c as u32 > 0x2E80)
            };
            edge(head[..at].chars().next_back()) && edge(head[at + d.len()..].chars().next())
        })
    }) && head.split_whitespace().count() <= 14
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafted(text: &str) -> Vec<&str> {
        masks(text).into_iter().map(|r| text[r].trim()).collect()
    }

    #[test]
    fn the_file_is_read() {
        let letters: Letters =
            serde_saphyr::from_str(include_str!("../../data/letters.yaml")).expect("a readable file");
        assert!(letters.greets.iter().chain(&letters.closes).all(|w| w == &w.to_lowercase()));
    }

    #[test]
    fn letters_and_drafts() {
        assert_eq!(
            drafted(
                "here you go:\n\ndear mrs okoye,\n\ni'll send the key.\n\nkind regards,\nthe desk\n\nshall i send it?"
            ),
            ["dear mrs okoye,\n\ni'll send the key.\n\nkind regards,\nthe desk"]
        );
        assert_eq!(
            drafted("so lautet der entwurf:\n\nich storniere den termin.\n\npasst das?"),
            ["ich storniere den termin."]
        );
        assert_eq!(
            drafted("subject: keys\n\nhello ben,\nwe've cut them."),
            ["subject: keys\n\nhello ben,\nwe've cut them."]
        );
    }

    #[test]
    fn what_the_agent_says_itself() {
        for text in [
            "hi owen,\n\ni've booked the room.\n\nbest,\nthe desk",
            "these are booked:\n\n- room 4\n- room 5",
            "i've sent it. status: done\nthanks for waiting",
            "",
        ] {
            assert!(drafted(text).is_empty(), "{text}");
        }
    }
}
