//! Files that are said to be there, and that the latest list of their folder does not name.

use super::{Seen, short};
use crate::finding::{Category, Cite, Considered, Finding};
use crate::prose::{Prose, Sentence, flags, pattern};
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use crate::tools::command;
use crate::tools::contract::Effect;
use crate::work::answer;
use crate::work::words::table;
use regex::Regex;
use std::sync::LazyLock;

// "docs/api.md"; not an address, not a pattern.
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?:^|[\s`'(\x22])((?:\.{0,2}/)?(?:[\w.@-]+/)+[\w.@-]+\.[A-Za-z]\w{0,5})"));
/// So many files of a sentence are looked for.
const MOST: usize = 8;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    if seen.sub_agent(prose.event).is_some() {
        return;
    }
    for sentence in prose.sentences.iter().filter(|s| claims(prose, s)) {
        let text = &prose.text.text[sentence.range.clone()];
        let paths = PATH.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1)).take(MOST);
        for path in paths.map(|m| m.as_str()) {
            let Some((folder, name)) = path.rsplit_once('/') else { continue };
            let Some((call, shown)) = listing(seen, prose.event, folder) else { continue };
            if !seen.may_judge(prose.event) {
                return;
            }
            let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { continue };
            missing(seen, cite, call, &shown, name);
        }
    }
}

/// True for a sentence that tells that something was written.
fn claims(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let unsaid = sentence.words.clone().any(|i| {
        prose.has(i, flags::NEGATION | flags::MODAL)
            || matches!(
                prose.word(i),
                "if" | "once" | "missing" | "from" | "removed" | "deleted" | "moved" | "renamed" | "were" | "was"
            )
    });
    let wrote = |i: usize| !prose.words[i].quoted && table().spoken.wrote.contains(prose.word(i));
    !sentence.question && !unsaid && sentence.words.clone().any(wrote)
}

/// The latest call before an event that lists a folder, and the command; nothing where a later call may have changed something.
fn listing(seen: &Seen<'_, '_, '_>, before: u32, folder: &str) -> Option<(usize, String)> {
    let plain = |p: &str| p.trim_start_matches("./").trim_end_matches('/').to_owned();
    let calls = seen.session.calls.iter().enumerate().rev().filter(|(_, c)| c.event < before);
    for (at, call) in calls.take(MOST) {
        if call.named_role() != Some(ToolRole::Shell) {
            let looks = matches!(call.named_role(), Some(ToolRole::Look)) && call.known.effect.0 == Effect::Read;
            if looks { continue } else { return None }
        }
        let commands = command::of_call(call)?;
        let lists = |c: &command::Command| {
            let operands: Vec<&str> = c.plain().collect();
            c.program() == "ls"
                && c.folder.is_none()
                && operands.len() == 1
                && plain(operands[0]) == plain(folder)
                && !c.has(&["-d"])
        };
        if let [only] = commands.as_slice()
            && lists(only)
        {
            return Some((at, only.shown()));
        }
        if commands.iter().any(command::may_change) {
            return None;
        }
    }
    None
}

fn missing(seen: &mut Seen<'_, '_, '_>, cite: Cite, call: usize, shown: &str, name: &str) {
    let listing: &Call<'_> = &seen.session.calls[call];
    let Some(answer) = answer::of(listing, true).filter(|a| a.exit == Some(0) && !a.cut && !a.text.trim().is_empty())
    else {
        return;
    };
    let lists =
        answer.text.split_whitespace().any(|w| w.trim_matches(['\'', '"', '*', '@']).rsplit('/').next() == Some(name));
    if lists || seen.report.findings.iter().any(|f| f.event == cite.event() && f.path == "not-listed") {
        return;
    }
    let said = short(cite.text());
    let output = listing
        .result
        .as_ref()
        .and_then(|r| Cite::of(r.event, r.content?, 0..r.content?.text.floor_char_boundary(300)));
    let event = listing.event;
    let mut finding = Finding::new(
        "claimed-work",
        Category::Hallucination,
        cite.event(),
        format!("Claimed \"{said}\", but `{shown}` does not list `{name}`"),
        cite,
    )
    .path("not-listed")
    .detail(format!(
        "The agent says \"{said}\". The output of `{shown}` at event {} does not list `{name}`, and no call after it changes anything.",
        event + 1
    ))
    .and(output.clone())
    .tool(&listing.name.text);
    finding.considered.push(Considered { event, why: format!("it does not list `{name}`"), cite: output });
    seen.find(name.to_owned(), finding);
}
