//! Files that are said to have been written.

use super::{elsewhere, sentence_depends};
use crate::claims::grammar::{self, Form};
use crate::finding::Cite;
use crate::prose::{Language, Prose, Sentence, flags};
use crate::work::words::table;

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
            for file in listed(prose, sentence, at + 1..stop) {
                let cite = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()));
                claims.extend(cite.map(|sentence| FileClaim { event: prose.event, sentence, file, other }));
            }
        }
    }
    claims
}

/// The first file in a stretch of words, and those that are listed right behind it: "a.toml (3), b.toml and c.toml".
fn listed(prose: &Prose<'_>, sentence: &Sentence, within: std::ops::Range<usize>) -> Vec<String> {
    let Some(first) = within.clone().find(|i| file_name(prose, *i).is_some()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut gap = 0;
    // "The `metadata.json` format example" is no file.
    let next = first + 1;
    let function = matches!(
        prose.word(next),
        "and"
            | "to"
            | "with"
            | "in"
            | "for"
            | "so"
            | "as"
            | "at"
            | "on"
            | "from"
            | "into"
            | "accordingly"
            | "too"
            | "where"
            | "under"
            | "by"
            | "via"
            | "using"
            | "against"
            | "line"
            | "lines"
            | "now"
            | "instead"
            | "correctly"
            | "already"
            | "that"
            | "which"
            | "per"
            | "before"
            | "after"
    );
    if next < sentence.words.end && !prose.words[next].after_break && !function && file_name(prose, next).is_none() {
        return Vec::new();
    }
    for i in first..sentence.words.end {
        let filler = || {
            let word = prose.word(i);
            matches!(word, "and" | "plus") || word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        };
        if let Some(file) = file_name(prose, i) {
            found.push(file);
            gap = 0;
        } else if filler() && gap < 3 {
            gap += 1;
        } else {
            break;
        }
    }
    found.truncate(20);
    found
}

/// The sentence with which an agent says that it changed files: "I edited the file", "Updated the handler".
pub fn own_edit(prose: &Prose<'_>) -> Option<Cite> {
    if prose.language == Language::Other {
        return None;
    }
    let edits = |w: &str| {
        matches!(
            w,
            "edited"
                | "changed"
                | "updated"
                | "modified"
                | "rewrote"
                | "refactored"
                | "patched"
                | "implemented"
                | "replaced"
                | "wrote"
        )
    };
    prose.sentences.iter().filter(|s| !s.question && !sentence_depends(prose, s)).find_map(|sentence| {
        let at = sentence.words.clone().find(|i| !prose.words[*i].quoted && edits(prose.word(*i)))?;
        let own = grammar::before(prose, sentence, at).is_some_and(|f| f.form == Form::Active);
        let nothing = matches!(prose.word(at + 1), "nothing" | "no" | "none");
        (own && !nothing && !elsewhere(prose, sentence, at))
            .then(|| Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())))?
    })
}

/// The sentence with which an agent says that it changed something in the work: "I fixed the crash", "Fixed the login button".
pub fn own_change(prose: &Prose<'_>) -> Option<Cite> {
    if prose.language == Language::Other {
        return None;
    }
    let said = &table().spoken;
    let changed =
        |w: &str| said.wrote.contains(w) || matches!(w, "resolved" | "repaired" | "corrected" | "removed" | "renamed");
    // What is written into the answer itself changes nothing else.
    let of_answer = |w: &str| said.of_answer.contains(w);
    // "It returns an empty text when the name is empty" tells how it works now.
    let depends = |from: usize, at: usize| {
        (from..at).any(|i| {
            prose.has(i, flags::NEGATION | flags::MODAL)
                || matches!(
                    prose.word(i),
                    "if" | "when" | "once" | "until" | "unless" | "would" | "that" | "which" | "you"
                )
        })
    };
    prose.sentences.iter().filter(|s| !s.question).find_map(|sentence| {
        let at = sentence.words.clone().find(|i| {
            let after = |n: usize| prose.word(i + n);
            !prose.words[*i].quoted
                && changed(prose.word(*i))
                && writer(prose, sentence, *i) == Some(false)
                && !depends(sentence.words.start, *i)
                && !matches!(after(1), "" | "nothing" | "no" | "none" | "by")
                && !elsewhere(prose, sentence, *i)
        })?;
        let end = sentence.words.end.min(at + 7);
        let answer = (at + 1..end).any(|i| of_answer(prose.word(i)));
        (!answer).then(|| Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())))?
    })
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
    let first = sentence.words.start;
    // "Migrated the files: a.toml, b.toml" opens without a subject.
    if at == first && prose.word(at + 1) != "by" && !prose.text.text[prose.bytes(at..at + 1).end..].starts_with(':') {
        return Some(false);
    }
    // "I fixed the rounding and updated x.py": the first verb has the subject.
    (before(1) == "and" && matches!(prose.word(first), "i" | "we")).then_some(false)
}

/// True for `.prettierrc.json`: the dot stands before the word.
fn hidden(prose: &Prose<'_>, at: usize) -> bool {
    let before = &prose.text.text[..prose.bytes(at..at + 1).start];
    let opens = |b: &str| b.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ')' | ']'));
    !prose.word(at).contains('/') && before.strip_suffix('.').is_some_and(opens)
}

/// The name of a file at a word: `report.md`, `src/a.rs`.
fn file_name(prose: &Prose<'_>, at: usize) -> Option<String> {
    const ENDINGS: [&str; 36] = [
        "md", "txt", "rs", "go", "py", "js", "jsx", "ts", "tsx", "mjs", "vue", "svelte", "java", "kt", "c", "cc",
        "cpp", "h", "hpp", "cs", "rb", "php", "swift", "ex", "exs", "sh", "sql", "html", "css", "scss", "json", "yaml",
        "yml", "toml", "csv", "tf",
    ];
    let name = crate::work::edits::name_of(prose.word(at));
    let name = if hidden(prose, at) { format!(".{name}") } else { name };
    let (stem, ending) = name.rsplit_once('.')?;
    let known = ENDINGS.contains(&ending)
        && !stem.is_empty()
        && !prose.word(at).contains("://")
        && !prose.word(at).contains('@');
    // "Node.js" and "Vue.js" are no files.
    (known && !matches!(stem, "node" | "vue" | "next" | "three" | "d3" | "express" | "react" | "nuxt" | "chart"))
        .then_some(name)
}
