//! A session as a retro, and a retro read back.

use super::conversation;
use super::families::choice;
use super::reading::{CLOSELY, checked};
use hindcast_detect::tools::contract::infer;
use hindcast_detect::{Contracts, Session};
use hindcast_render::{html, markdown, show};
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::verify::verify;
use hindcast_retro::{Draft, Input, draft, questions};
use hindcast_trace::{Evidence, read};
use std::sync::LazyLock;

/// Reads, looks for everything, drafts, writes and reads back. The first byte says whether the rest is a file or the script
/// of a conversation.
pub fn detect(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let bytes = match choice(*first, 2) {
        0 => conversation::of(&String::from_utf8_lossy(rest)).to_string().into_bytes(),
        _ => rest.to_vec(),
    };
    let evidence = [Evidence::new("input", bytes)];
    let Ok(reading) = checked(&evidence, None) else { return };
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let inferred = infer::yaml(&reading.sessions);
    let inferred = hindcast_detect::tools::contract::parse(&inferred)
        .unwrap_or_else(|e| panic!("contracts that were inferred are read: {e}\n{inferred}"));
    for trace in reading.sessions.iter().take(CLOSELY / 4) {
        show::timeline(&Session::new(trace, &inferred));
        let input = Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
        let drafted = draft(&input);
        let check = verify(&drafted, &evidence);
        assert!(check.holds(), "quotes hold: {:?}", check.broken);
        let json = serde_json::to_string(&drafted).expect("JSON");
        assert_eq!(serde_json::from_str::<Draft>(&json).expect("reads"), drafted, "a draft as data is read back");
        html::pages(std::slice::from_ref(&drafted)).expect("a page");
        hindcast_retro::facts::parse(&questions::yaml(&drafted), "facts.yaml").expect("a facts file");
        untouched(&drafted);
    }
}

/// A page that nobody edited holds no edits, and the next one is the same.
fn untouched(drafted: &Draft) {
    let page = markdown::page(drafted);
    let edits = markdown::read(&page, "retro.md").expect("ours");
    assert_eq!(edits, Edits { session: edits.session.clone(), ..Edits::default() }, "nothing was edited");
    let (next, _) = merge(&edits, drafted.clone(), &Policy::builtin());
    same(&markdown::page(&next), &page, "an untouched page");
}

fn same(next: &str, before: &str, what: &str) {
    let differs = next.lines().zip(before.lines()).find(|(a, b)| a != b);
    assert!(next == before, "{what}: the next one differs: {differs:?}");
}

/// The worked example, which documents are written for and read against.
pub static EXAMPLE: LazyLock<Draft> = LazyLock::new(|| {
    let evidence = example();
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
});

/// The worked example's trace.
pub fn example() -> [Evidence; 1] {
    let bytes = include_bytes!("../../examples/refund/trace.json");
    [Evidence::new("trace.json", bytes.to_vec())]
}

static PAGE: LazyLock<String> = LazyLock::new(|| markdown::page(&EXAMPLE));

/// Reads retros that people edited: the next draft keeps what they did, and the one after it is the same. The first byte
/// says whether the rest is a page or edits of the example's.
pub fn markdown(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let page = match choice(*first, 2) {
        0 => edited(&PAGE, text),
        _ => text.to_owned(),
    };
    let Ok(edits) = markdown::read(&page, "retro.md") else { return };
    let (kept, _) = merge(&edits, EXAMPLE.clone(), &Policy::builtin());
    html::pages(std::slice::from_ref(&kept)).expect("a page");
    let once = markdown::page(&kept);
    let edits = markdown::read(&once, "retro.md").unwrap_or_else(|e| panic!("what is written is read back: {e}"));
    let (kept, _) = merge(&edits, EXAMPLE.clone(), &Policy::builtin());
    same(&markdown::page(&kept), &once, "an edited page");
}

/// A page with edits, one on each line: the number of a line as two characters, what to do with it, and words. `-` takes
/// the line out, `+` puts one below it, `=` puts words in its place, `>` adds words to it, `^` moves it to the top.
pub fn edited(page: &str, edits: &str) -> String {
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    for edit in edits.split('\u{1e}').take(50) {
        let mut chars = edit.chars();
        let (Some(high), Some(low), Some(what)) = (chars.next(), chars.next(), chars.next()) else { continue };
        let words = chars.as_str();
        if lines.is_empty() {
            break;
        }
        let digit = |c: char| (c as usize).wrapping_sub(usize::from(b'0')) % 64;
        let at = (digit(high) * 64 + digit(low)) % lines.len();
        match what {
            '-' => drop(lines.remove(at)),
            '+' => lines.insert(at + 1, words.to_owned()),
            '=' => words.clone_into(&mut lines[at]),
            '>' => lines[at].push_str(words),
            '^' => {
                let line = lines.remove(at);
                lines.insert(0, line);
            }
            _ => lines[at] = lines[at].replacen(' ', words, 1),
        }
    }
    lines.join("\n")
}
