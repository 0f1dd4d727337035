//! What the agent says it has done: committed, pushed, deployed, installed, and written into files.

use crate::claims::grammar::{self, Form};
use crate::finding::Cite;
use crate::prose::{Language, Prose, Sentence};
use crate::work::words::{Spoken, table};

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
}

/// "I wrote the report to report.md".
#[derive(Debug, Clone)]
pub struct FileClaim {
    /// The message's event.
    pub event: u32,
    /// The sentence.
    pub sentence: Cite,
    /// The file's name without its folder, in lower case.
    pub file: String,
    /// True when somebody else than the agent itself is said to have written it.
    pub other: bool,
}

/// How a participle claims something.
struct Said {
    own: bool,
    passive: bool,
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
            let rolled = word == "rolled" && matches!(prose.word(at + 1), "back" | "out");
            let kind = match said.deed(word) {
                Some(kind) => kind,
                None if rolled => {
                    if prose.word(at + 1) == "back" {
                        "rollback"
                    } else {
                        "deploy"
                    }
                }
                None => continue,
            };
            let Some(form) = claimed(prose, sentence, at) else { continue };
            // "Created the release": the noun names the deed.
            let release = kind == "request"
                && (at + 1..sentence.words.end.min(at + 5)).any(|i| {
                    prose.word(i) == "release"
                        && matches!(prose.word(i + 1), "" | "on" | "for" | "with" | "and" | "from" | "v" | "page")
                        || prose.word(i) == "release"
                            && prose.word(i + 1).starts_with(['v', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                });
            let kind = if release { "publish" } else { kind };
            let fits = if release {
                true
            } else if kind == "request" {
                opens_request(prose, sentence, at, &form)
            } else {
                object_fits(prose, sentence, at, kind, &form, said)
            };
            if !fits || elsewhere(prose, sentence, at) {
                continue;
            }
            let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { continue };
            claims.push(DeedClaim { event: prose.event, sentence: cite, kind, word: word.to_owned(), own: form.own });
        }
    }
    claims
}

/// Whether the participle at word `at` claims a deed: "I've pushed", "has been merged", "Committed and pushed."
fn claimed(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<Said> {
    if let Some(found) = grammar::before(prose, sentence, at) {
        return match found.form {
            Form::Active => Some(Said { own: true, passive: false }),
            Form::PassivePerfect => Some(Said { own: false, passive: true }),
            Form::State if found.fresh || of_own_work(prose, sentence, found.from) => {
                Some(Said { own: false, passive: true })
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
        return (!noun && !label && !sentence_depends(prose, sentence)).then_some(Said { own: true, passive: false });
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
        return Some(Said { own: false, passive: true });
    }
    // "Committed and pushed", "I've committed, tagged and pushed".
    let linked = matches!(prose.word(at - 1), "and" | "then") || prose.words[at].after_break;
    let said = &table().spoken;
    let earlier = (at.saturating_sub(9).max(first)..at)
        .rev()
        .find(|i| said.deed(prose.word(*i)).is_some() || said.wrote.contains(prose.word(*i)))?;
    let same = linked && earlier != at && !sentence_depends(prose, sentence);
    same.then(|| claimed(prose, sentence, earlier)).flatten()
}

/// "The change is committed", "v1.4.2 is live": what the agent worked on is the subject, and it opens the sentence.
fn of_own_work(prose: &Prose<'_>, sentence: &Sentence, from: usize) -> bool {
    const WORK: [&str; 25] = [
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
    let versioned = |i: usize| {
        prose
            .word(i)
            .trim_start_matches('v')
            .split('.')
            .filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
            .count()
            >= 2
    };
    subject.len() <= 6
        && subject.clone().any(|i| WORK.contains(&prose.word(i)) || versioned(i))
        && !sentence_depends(prose, sentence)
}

fn sentence_depends(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    prose.any(sentence, |w| {
        matches!(
            w,
            "if" | "when" | "whenever" | "once" | "until" | "unless" | "not" | "should" | "would" | "will" | "never"
        )
    })
}

/// Others did it, or it was done long ago.
fn elsewhere(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
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
                | "they"
                | "he"
                | "she"
                | "would"
        )
    };
    prose.any(sentence, far) || prose.word(at + 1) == "by"
}

/// Whether what the deed is done to makes it one of version control or operations: not "I merged the two helpers".
fn object_fits(prose: &Prose<'_>, sentence: &Sentence, at: usize, kind: &str, form: &Said, said: &Spoken) -> bool {
    let end = sentence.words.end;
    let ahead = at + 1..end.min(at + 8);
    let alone =
        at + 1 >= end || prose.words[at + 1].after_break || matches!(prose.word(at + 1), "and" | "successfully");
    let hash = |i: usize| {
        let w = prose.word(i);
        (7..=40).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_hexdigit()) && w.bytes().any(|b| b.is_ascii_digit())
    };
    let version = |i: usize| {
        prose
            .word(i)
            .trim_start_matches('v')
            .split('.')
            .filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
            .count()
            >= 2
    };
    let own_object = |i: usize| {
        said.is_object(kind, prose.word(i)) || hash(i) || (matches!(kind, "tag" | "publish" | "deploy") && version(i))
    };
    match kind {
        "commit" | "push" | "rollback" if alone => true,
        "deploy" if prose.word(at) == "live" => form.passive,
        "tag" => ahead.clone().any(version) || form.passive && (sentence.words.start..at).any(own_object),
        "install" => {
            let handler = |i: usize| {
                matches!(
                    prose.word(i),
                    "handler" | "hook" | "hooks" | "listener" | "callback" | "guard" | "middleware" | "trap" | "signal"
                )
            };
            let code = ahead.clone().take(2).any(|i| prose.words[i].quoted);
            !ahead.clone().any(handler)
                && (code || ahead.clone().any(own_object) || form.passive && (sentence.words.start..at).any(own_object))
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

/// "Opened PR #12", "I've created a pull request"; not "created the PR template".
fn opens_request(prose: &Prose<'_>, sentence: &Sentence, at: usize, form: &Said) -> bool {
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

/// The files that one text of the agent says were written.
pub fn files(prose: &Prose<'_>) -> Vec<FileClaim> {
    let said = &table().spoken;
    let mut claims: Vec<FileClaim> = Vec::new();
    if prose.language == Language::Other {
        return claims;
    }
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        for at in sentence.words.clone().filter(|i| !prose.words[*i].quoted && said.wrote.contains(prose.word(*i))) {
            let Some(other) = writer(prose, sentence, at) else { continue };
            if elsewhere(prose, sentence, at) || sentence_depends(prose, sentence) {
                continue;
            }
            let end = sentence.words.end.min(at + 10);
            let stop = (at + 1..end)
                .find(|i| {
                    matches!(
                        prose.word(*i),
                        "from"
                            | "like"
                            | "per"
                            | "as"
                            | "because"
                            | "than"
                            | "based"
                            | "following"
                            | "mirroring"
                            | "matching"
                            | "see"
                            | "via"
                            | "using"
                            | "that"
                            | "which"
                            | "so"
                            | "used"
                            | "referenced"
                            | "called"
                            | "with"
                            | "imports"
                            | "against"
                    )
                })
                .unwrap_or(end);
            let Some(file) = (at + 1..stop).find_map(|i| file_name(prose, i)) else { continue };
            let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { continue };
            claims.push(FileClaim { event: prose.event, sentence: cite, file, other });
        }
    }
    claims
}

/// Who is said to have written: `Some(false)` for the agent, `Some(true)` for another agent, `None` for no claim.
fn writer(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<bool> {
    if let Some(found) = grammar::before(prose, sentence, at)
        && found.form == Form::Active
    {
        return Some(false);
    }
    let before = |n: usize| at.checked_sub(n).filter(|i| *i >= sentence.words.start).map_or("", |i| prose.word(i));
    let has = matches!(before(1), "has" | "have" | "s");
    let agents = |w: &str| {
        matches!(
            w,
            "agent" | "sub-agent" | "subagent" | "reviewer" | "researcher" | "worker" | "writer" | "task" | "explorer"
        )
    };
    let named = (1..5).any(|n| agents(before(n)));
    if named && (has || agents(before(1))) {
        return Some(true);
    }
    // "I fixed the rounding and updated x.py": the first verb has the subject.
    let first = sentence.words.start;
    (before(1) == "and" && matches!(prose.word(first), "i" | "we")).then_some(false)
}

/// The name of a file at a word: `report.md`, `src/a.rs`.
fn file_name(prose: &Prose<'_>, at: usize) -> Option<String> {
    const ENDINGS: [&str; 36] = [
        "md", "txt", "rs", "go", "py", "js", "jsx", "ts", "tsx", "mjs", "vue", "svelte", "java", "kt", "c", "cc",
        "cpp", "h", "hpp", "cs", "rb", "php", "swift", "ex", "exs", "sh", "sql", "html", "css", "scss", "json", "yaml",
        "yml", "toml", "csv", "tf",
    ];
    let name = crate::work::edits::name_of(prose.word(at));
    let (stem, ending) = name.rsplit_once('.')?;
    let known = ENDINGS.contains(&ending)
        && !stem.is_empty()
        && !prose.word(at).contains("://")
        && !prose.word(at).contains('@');
    // "Node.js" and "Vue.js" are no files.
    (known && !matches!(stem, "node" | "vue" | "next" | "three" | "d3" | "express" | "react" | "nuxt" | "chart"))
        .then_some(name)
}
