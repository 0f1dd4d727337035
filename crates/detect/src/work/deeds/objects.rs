//! What a deed is done to: it tells a merge of branches from a merge of two functions.

use super::Said;
use crate::prose::{Prose, Sentence};
use crate::work::words::Spoken;

/// Whether what the deed is done to makes it one of version control or operations: not "I merged the two helpers".
pub(super) fn object_fits(
    prose: &Prose<'_>,
    sentence: &Sentence,
    at: usize,
    kind: &str,
    form: &Said,
    said: &Spoken,
) -> bool {
    let end = sentence.words.end;
    let ahead = at + 1..end.min(at + 8);
    let alone =
        at + 1 >= end || prose.words[at + 1].after_break || matches!(prose.word(at + 1), "and" | "successfully");
    let hash = |i: usize| {
        let w = prose.word(i);
        (7..=40).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_hexdigit()) && w.bytes().any(|b| b.is_ascii_digit())
    };
    let own_object = |i: usize| {
        said.is_object(kind, prose.word(i))
            || hash(i)
            || (matches!(kind, "tag" | "publish" | "deploy") && is_version(prose.word(i)))
    };
    match kind {
        "commit" | "push" | "rollback" if alone => true,
        "deploy" if prose.word(at) == "live" => form.passive,
        "tag" => {
            ahead.clone().any(|i| is_version(prose.word(i)))
                || form.passive && (sentence.words.start..at).any(own_object)
        }
        "install" => {
            let handler = |i: usize| {
                matches!(
                    prose.word(i),
                    "handler" | "hook" | "hooks" | "listener" | "callback" | "guard" | "middleware" | "trap" | "signal"
                )
            };
            let code = ahead.clone().take(2).any(|i| prose.words[i].quoted);
            hooks(prose, at)
                || !ahead.clone().any(handler)
                    && (code
                        || ahead.clone().any(own_object)
                        || form.passive && (sentence.words.start..at).any(own_object))
        }
        "merge" => {
            let near = if form.passive { sentence.words.start..at } else { ahead.clone() };
            let number = |i: usize| prose.text.text[..prose.bytes(i..i + 1).start].ends_with('#');
            near.chain(ahead).any(|i| own_object(i) || number(i))
        }
        _ => {
            let near = if form.passive { sentence.words.start..at } else { ahead.clone() };
            near.chain(ahead.take(4)).any(|i| own_object(i) || (kind != "deploy" && prose.words[i].quoted && hash(i)))
        }
    }
}

/// "Installed the hooks", where the message speaks of those of git.
pub(super) fn hooks(prose: &Prose<'_>, at: usize) -> bool {
    let of_git = ["pre-commit", "pre-push", "husky", "lefthook", "git hook", "commit hook"];
    (at + 1..at + 5).any(|i| matches!(prose.word(i), "hook" | "hooks"))
        && of_git.iter().any(|w| prose.lower.contains(w))
}

/// "Opened PR #12", "I've created a pull request"; not "created the PR template".
pub(super) fn opens_request(prose: &Prose<'_>, sentence: &Sentence, at: usize, form: &Said) -> bool {
    let request = |i: usize| {
        matches!(prose.word(i), "pr" | "prs" | "mr" | "pull" | "pull-request")
            && !matches!(
                prose.word(i + 1),
                "template"
                    | "description"
                    | "title"
                    | "comment"
                    | "body"
                    | "review"
                    | "comments"
                    | "summary"
                    | "checklist"
                    | "workflow"
                    | "that"
                    | "links"
                    | "link"
            )
    };
    let ahead = at + 1..sentence.words.end.min(at + 5);
    let near = if form.passive { sentence.words.start..at } else { ahead };
    near.into_iter()
        .any(|i| !prose.words[i].quoted && request(i) && !(prose.word(i) == "pull" && prose.word(i + 1) != "request"))
}

/// True for the first characters of a commit's hash, which may be few: `1a`, `0f3c`.
pub(super) fn short_hash(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    (2..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit()) && digits > 0 && digits < word.len()
}

/// True for a version's number: `1.4`, `v2.0.3`.
pub(super) fn is_version(word: &str) -> bool {
    let parts = word.trim_start_matches('v').split('.');
    parts.filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())).count() >= 2
}
