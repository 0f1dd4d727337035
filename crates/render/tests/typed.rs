//! Whatever a person types between two lines of a retro stands there after the next draft, with its blank lines.

use hindcast_detect::Contracts;
use hindcast_render::markdown;
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::merge;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

/// The worked example, with facts: a page with every kind of block.
static FRESH: LazyLock<Draft> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/refund");
    let evidence = vec![Evidence::new("trace.json", std::fs::read(folder.join("trace.json")).expect("an example"))];
    let reading = read(&evidence).expect("reads");
    let text = std::fs::read_to_string(folder.join("facts.yaml")).expect("facts");
    let facts: Facts = facts::parse(&text, "facts.yaml").expect("valid");
    let (contracts, policy) = (Contracts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
});
static PAGE: LazyLock<Vec<String>> = LazyLock::new(|| markdown::page(&FRESH).lines().map(str::to_owned).collect());

fn again(edited: &str) -> String {
    let edits = markdown::read(edited, "RETRO.md").expect("ours");
    let (merged, _) = merge(&edits, FRESH.clone(), &Policy::builtin());
    markdown::page(&merged)
}

/// The page without the comments of its sections.
fn shown(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with("<!-- hindcast:lines")).collect()
}

/// Lines that are a person's in any place: none has a meaning of its own, as `Verdict:` does.
const TYPED: [&str; 27] = [
    "",
    "",
    "",
    "## A heading of ours",
    "### Another one",
    "# A title",
    "#### Deep",
    "## 3. Trigger, in our words",
    "- an item",
    "  - an item inside",
    "* a star",
    "+ a plus",
    "1. a number",
    "    - deep inside",
    "```",
    "~~~ text",
    "<!-- a comment of ours -->",
    "<!-- owner of this: Dana -->",
    "<!-- system prompt -->",
    "- mine <!-- due on Friday -->",
    "<!--",
    "-->",
    "> a quote",
    "| a | row |",
    "|---|---|",
    "---",
    "two spaces at the end  ",
];

/// Puts lines behind a line of the page, and compares the next draft with what was typed.
fn check(at: usize, typed: &[&str]) -> Result<(), String> {
    let mut edited: Vec<&str> = PAGE.iter().map(String::as_str).collect();
    edited.splice(at + 1..at + 1, typed.iter().copied());
    let once = again(&edited.join("\n"));
    // Where the program writes a blank line before its own next words, it does so behind a person's too.
    let mut wanted = shown(&edited.join("\n")).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let found = shown(&once);
    let end = shown(&PAGE[..=at].join("\n")).len() + typed.len();
    if found.len() == wanted.len() + 1 && typed.last().is_some_and(|line| !line.is_empty()) {
        wanted.insert(end, String::new());
    }
    if let Some(n) =
        (0..found.len().max(wanted.len())).find(|n| found.get(*n).copied() != wanted.get(*n).map(String::as_str))
    {
        return Err(format!(
            "behind line {} ({:?}), {typed:?}: line {n} is {:?}, not {:?}",
            at + 1,
            PAGE[at],
            found.get(n),
            wanted.get(n)
        ));
    }
    let twice = again(&once);
    if twice != once {
        Err(format!("behind line {} ({:?}), {typed:?}: the draft after it differs", at + 1, PAGE[at]))
    } else {
        Ok(())
    }
}

fn is_ours(at: usize) -> bool {
    PAGE[at].starts_with("<!-- hindcast:lines")
}

#[test]
fn a_heading_between_blank_lines_stays_anywhere() {
    let typed = ["", "", "## A heading of ours", "", "", "More", "", ""];
    let places = (0..PAGE.len()).filter(|at| !PAGE[*at].is_empty() && !is_ours(*at));
    let wrong: Vec<String> = places.filter_map(|at| check(at, &typed).err()).collect();
    assert!(wrong.is_empty(), "{} of them: {}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_a_person_types_stays_as_it_is(at in 0..PAGE.len(), lines in prop::collection::vec(prop::sample::select(&TYPED[..]), 1..6)) {
        prop_assume!(!PAGE[at].is_empty() && !is_ours(at) && lines.iter().any(|line| !line.is_empty()));
        if let Err(why) = check(at, &lines) {
            prop_assert!(false, "{why}");
        }
    }
}
