//! What the agent says it has done: committed, pushed, deployed, installed, and written into files.

mod files;
mod objects;
mod states;

pub use files::{FileClaim, files, own_change, own_edit};

use crate::claims::grammar::{self, Form};
use crate::finding::Cite;
use crate::prose::{Language, Prose, Sentence};
use crate::work::words::table;
use objects::{object_fits, opens_request};

/// "Committed and pushed to main".
#[derive(Debug, Clone)]
pub struct DeedClaim {
    /// The message's event.
    pub event: u32,
    /// The sentence.
    pub sentence: Cite,
    /// The kind of deed: `commit`, `push`, …
    pub kind: &'static str,
    /// The participle.
    pub word: String,
    /// True for "I have pushed", which nobody else's deed makes true.
    pub own: bool,
    /// True for what is told as a state, or in words so loose that only a failed attempt makes a claim of them.
    pub state: bool,
    /// True for "is deployed", which may also say how things stand.
    pub present: bool,
    /// What makes a claim of words that alone are none.
    pub needs: Needs,
}

/// What makes a claim of the words of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Nothing more.
    Nothing,
    /// That the user asked for such a deed, or about it: "web is deployed to staging".
    Asked,
    /// That the user asked for such a deed and named this thing: "installed pre-commit".
    Named(String),
}

/// How a participle claims something.
struct Said {
    own: bool,
    passive: bool,
    /// True where only a question or an order of the user tells a deed from a description.
    weak: bool,
    /// True for "is deployed": a state in the present.
    present: bool,
}

impl Said {
    const OWN: Said = Said { own: true, passive: false, weak: false, present: false };
    const PASSIVE: Said = Said { own: false, passive: true, weak: false, present: false };
    const PRESENT: Said = Said { present: true, ..Said::PASSIVE };
}

/// The deeds claimed in one text of the agent.
pub fn find(prose: &Prose<'_>) -> Vec<DeedClaim> {
    if prose.language == Language::Other {
        return Vec::new();
    }
    let said = &table().spoken;
    let mut claims = Vec::new();
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        for at in sentence.words.clone().filter(|i| !prose.words[*i].quoted) {
            let word = prose.word(at);
            // "Rolled back", "rolled the service in prod back".
            let behind = |sought: &str, reach: usize| {
                (at + 1..sentence.words.end.min(at + reach)).any(|i| prose.word(i) == sought)
            };
            let kind = match said.deed(word) {
                Some("request") if of_infrastructure(prose, sentence) => "apply",
                Some(kind) => kind,
                None if word == "rolled" && prose.word(at + 1) == "out" => "deploy",
                None if word == "rolled" && behind("back", 7) => "rollback",
                None => continue,
            };
            let Some(form) = claimed(prose, sentence, at) else { continue };
            // "Created the release": the noun names the deed.
            let noun = |i: usize| {
                prose.word(i) == "release"
                    && !matches!(prose.word(i + 1), "branch" | "notes" | "page" | "note" | "script")
            };
            let release = kind == "request" && form.passive && (sentence.words.start..at).any(noun)
                || kind == "request"
                    && (at + 1..sentence.words.end.min(at + 5)).any(|i| {
                        prose.word(i) == "release"
                            && matches!(prose.word(i + 1), "" | "on" | "for" | "with" | "and" | "from" | "v" | "page")
                            || prose.word(i) == "release"
                                && prose
                                    .word(i + 1)
                                    .starts_with(['v', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                    });
            let on_host = prose.any(sentence, |w| matches!(w, "github" | "gitlab"));
            let kind = match release {
                true if on_host => "release",
                true => "publish",
                false => kind,
            };
            let fits = if release || word == "rolled" && kind == "rollback" || kind == "apply" && word != "applied" {
                true
            } else if kind == "request" {
                opens_request(prose, sentence, at, &form)
            } else {
                object_fits(prose, sentence, at, kind, &form, said)
            };
            // "Applied it": only a failed attempt tells what "it" is.
            let asked_hash =
                form.own && matches!(kind, "rollback" | "commit" | "push") && objects::short_hash(prose.word(at + 1));
            let loose =
                form.own && kind != "request" && matches!(prose.word(at + 1), "it" | "them" | "this" | "that" | "both");
            let named = if fits || loose { None } else { installed_name(prose, sentence, at, kind, &form) };
            if !fits && !loose && !asked_hash && named.is_none() || elsewhere(prose, sentence, at) {
                continue;
            }
            let weak = form.weak || !fits && asked_hash || kind == "install" && objects::hooks(prose, at);
            let needs = match named {
                Some(name) => Needs::Named(name),
                None if weak => Needs::Asked,
                None => Needs::Nothing,
            };
            let state = !fits && needs == Needs::Nothing;
            let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { continue };
            let word = word.to_owned();
            let present = form.present;
            claims.push(DeedClaim {
                event: prose.event,
                sentence: cite,
                kind,
                word,
                own: form.own,
                state,
                present,
                needs,
            });
        }
        let text = &prose.text.text[prose.bytes(sentence.words.clone())];
        if claims.last().is_none_or(|c| c.sentence.text() != text || c.needs != Needs::Nothing) {
            let told = states::states(prose, sentence);
            // What is told as a state of its own needs no request to be a claim.
            claims.retain(|c| {
                c.needs == Needs::Nothing || c.sentence.text() != text || told.iter().all(|t| t.kind != c.kind)
            });
            claims.extend(told);
        }
    }
    claims
}

/// "The bucket has been created with Terraform".
fn of_infrastructure(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.words.clone().any(|i| {
        matches!(prose.word(i), "terraform" | "tofu" | "opentofu" | "pulumi" | "kubectl")
            && matches!(prose.word(i.wrapping_sub(1)), "with" | "by" | "through" | "via" | "using")
    })
}

/// Whether the participle at word `at` claims a deed: "I've pushed", "has been merged", "Committed and pushed."
fn claimed(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<Said> {
    if let Some(found) = grammar::before(prose, sentence, at) {
        return match found.form {
            Form::Active => Some(Said::OWN),
            Form::PassivePerfect => Some(Said::PASSIVE),
            Form::State if found.fresh => Some(Said::PASSIVE),
            Form::State if of_own_work(prose, sentence, found.from) => Some(Said::PRESENT),
            Form::State if short_subject(sentence, found.from) && !sentence_depends(prose, sentence) => {
                Some(Said { weak: true, ..Said::PRESENT })
            }
            _ => None,
        };
    }
    let first = sentence.words.start;
    let opens = at == first
        || (at == first + 1 && matches!(prose.word(first), "successfully" | "also" | "then" | "now" | "and"))
        || (prose.words[at].after_break
            && at <= first + 2
            && matches!(prose.word(first), "done" | "ok" | "okay" | "all"));
    if opens {
        // "Committed files stay" describes; "Committed as abc" claims.
        let noun = !prose.words.get(at + 1).is_some_and(|w| w.after_break || w.quoted)
            && at + 1 < sentence.words.end
            && matches!(
                prose.word(at + 1),
                "files"
                    | "file"
                    | "state"
                    | "code"
                    | "version"
                    | "versions"
                    | "data"
                    | "by"
                    | "content"
                    | "checkpoints"
                    | "metadata"
                    | "if"
                    | "when"
            );
        let label = prose.text.text[prose.bytes(at..at + 1).end..].starts_with(':');
        return (!noun && !label && !sentence_depends(prose, sentence)).then_some(Said::OWN);
    }
    // "Branch pushed.", "PR opened: …", "All changes committed".
    let label = (first..at)
        .all(|i| !prose.words[i].quoted && !prose.has(i, crate::prose::flags::NEGATION | crate::prose::flags::MODAL))
        && at - first <= 3;
    let names = matches!(
        prose.word(at - 1),
        "branch"
            | "changes"
            | "change"
            | "fix"
            | "commit"
            | "pr"
            | "request"
            | "tag"
            | "release"
            | "image"
            | "package"
            | "everything"
            | "version"
            | "dependencies"
            | "both"
            | "all"
    );
    if label && names && !prose.words[at].after_break && !sentence_depends(prose, sentence) {
        return Some(Said::PASSIVE);
    }
    // "Committed and pushed", "I've committed, tagged and pushed".
    let linked = matches!(prose.word(at - 1), "and" | "then") || prose.words[at].after_break;
    // "The image is built and pushed": what is said of the first participle is said of the second.
    if let Some(other) = linked.then(|| at.checked_sub(2)).flatten().filter(|i| *i >= first && participle(prose, *i)) {
        let found =
            grammar::before(prose, sentence, other).filter(|f| matches!(f.form, Form::PassivePerfect | Form::State));
        if found.is_some() && !sentence_depends(prose, sentence) {
            return claimed(prose, sentence, other);
        }
    }
    let said = &table().spoken;
    if in_a_row(prose, sentence, at) {
        return Some(Said::OWN);
    }
    let earlier = (at.saturating_sub(9).max(first)..at)
        .rev()
        .find(|i| said.deed(prose.word(*i)).is_some() || said.wrote.contains(prose.word(*i)))?;
    let same = linked && earlier != at && !sentence_depends(prose, sentence);
    same.then(|| claimed(prose, sentence, earlier)).flatten()
}

/// A word that tells of something done: "tagged", "built".
fn participle(prose: &Prose<'_>, at: usize) -> bool {
    const IRREGULAR: [&str; 16] = [
        "built", "made", "wrote", "ran", "put", "set", "cut", "took", "split", "rebuilt", "rewrote", "found", "got",
        "did", "began", "brought",
    ];
    prose.word(at).ends_with("ed") || IRREGULAR.contains(&prose.word(at))
}

/// "I guarded the receipt and committed the patch", "Built the image and pushed it": the agent is the subject of the whole row
/// of verbs, whatever the first is.
fn in_a_row(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let first = sentence.words.start;
    let linked = at > first && (matches!(prose.word(at - 1), "and" | "then") || prose.words[at].after_break);
    let plain = |i: usize| !prose.words[i].quoted;
    let own = (first..at).find(|i| plain(*i) && matches!(prose.word(*i), "i" | "we"));
    let past = |i: usize| participle(prose, i);
    let from = own.or((plain(first) && past(first) && prose.word(first + 1) != "by").then_some(first));
    let other = |i: usize| {
        plain(i)
            && (matches!(
                prose.word(i),
                "you"
                    | "they"
                    | "he"
                    | "she"
                    | "ci"
                    | "user"
                    | "who"
                    | "which"
                    | "that"
                    | "it's"
                    | "is"
                    | "are"
                    | "was"
                    | "were"
                    | "but"
                    | "where"
            ) || prose.has(i, crate::prose::flags::NEGATION | crate::prose::flags::MODAL)
                // "Bumped to 1.1" is no plan.
                && prose.word(i) != "to")
    };
    linked && at - first <= 40 && from.is_some_and(|from| !(from..at).any(other)) && !sentence_depends(prose, sentence)
}

/// "The change is committed", "v1.4.2 is live": what the agent worked on is the subject, and it opens the sentence.
fn of_own_work(prose: &Prose<'_>, sentence: &Sentence, from: usize) -> bool {
    const WORK: [&str; 29] = [
        "file",
        "files",
        "report",
        "docs",
        "all",
        "everything",
        "changes",
        "change",
        "it",
        "fix",
        "work",
        "branch",
        "commit",
        "release",
        "version",
        "tag",
        "image",
        "package",
        "pr",
        "migration",
        "service",
        "update",
        "feature",
        "patch",
        "both",
        "refactor",
        "dependency",
        "build",
        "result",
    ];
    let subject = sentence.words.start..from;
    subject.len() <= 6
        && subject.clone().any(|i| WORK.contains(&prose.word(i)) || objects::is_version(prose.word(i)))
        && !sentence_depends(prose, sentence)
}

/// A subject that may be the name of anything: "web", "The checkout service".
fn short_subject(sentence: &Sentence, from: usize) -> bool {
    (1..=5).contains(&from.saturating_sub(sentence.words.start))
}

/// "Installed pre-commit": a thing without a word that says what kind of thing it is.
fn installed_name(prose: &Prose<'_>, sentence: &Sentence, at: usize, kind: &str, form: &Said) -> Option<String> {
    let next = at + 1;
    let there = kind == "install" && form.own && next < sentence.words.end && !prose.words[next].after_break;
    let name = prose.word(next);
    (there && name.len() > 3 && name.bytes().any(|b| b.is_ascii_alphabetic())).then(|| name.to_owned())
}

fn sentence_depends(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    // The words of a commit's message depend on nothing.
    sentence.words.clone().filter(|i| !prose.words[*i].quoted).any(|i| {
        matches!(
            prose.word(i),
            "if" | "when" | "whenever" | "once" | "until" | "unless" | "not" | "should" | "would" | "will" | "never"
        )
    })
}

/// Others did it, or it was done long ago.
fn elsewhere(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    // "Installed the hooks, so they'll run": who comes behind the deed did not do it.
    let others = (sentence.words.start..at).any(|i| !prose.words[i].quoted && is_person(prose.word(i)));
    others || elsewhere_said(prose, sentence) || prose.word(at + 1) == "by" || by_others(prose, sentence, at)
}

fn is_person(word: &str) -> bool {
    matches!(word, "they" | "he" | "she")
}

/// "Committed and pushed by you", "pushed to the registry by the pipeline"; not "by running it" or "by 3 commits".
fn by_others(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let by = (at + 1..sentence.words.end.min(at + 9)).find(|i| !prose.words[*i].quoted && prose.word(*i) == "by");
    by.is_some_and(|by| {
        let next = prose.word(by + 1);
        let means = next.ends_with("ing") || matches!(next, "me" | "myself" | "us" | "hand" | "default" | "mistake");
        !means && !next.is_empty() && !next.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn elsewhere_said(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let far = |w: &str| {
        matches!(
            w,
            "ago"
                | "yesterday"
                | "last"
                | "previously"
                | "originally"
                | "earlier"
                | "already"
                | "user"
                | "upstream"
                | "someone"
                | "somebody"
                | "would"
        )
    };
    // "A minute ago" is now.
    let fresh = |i: usize| {
        prose.word(i) == "ago"
            && matches!(prose.word(i.wrapping_sub(1)), "minute" | "minutes" | "moment" | "second" | "seconds")
    };
    sentence.words.clone().any(|i| !prose.words[i].quoted && far(prose.word(i)) && !fresh(i))
}
