//! Whatever a person does to one line of a retro is there after the next draft, or is told.

use hindcast_detect::Contracts;
use hindcast_render::markdown;
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use std::path::Path;

fn drafts() -> Vec<(&'static str, Draft)> {
    [("refund", true), ("refund", false), ("fabricated-id", false), ("injection", false)]
        .into_iter()
        .map(|(name, with_facts)| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
            let bytes = std::fs::read(folder.join("trace.json")).expect("an example");
            let evidence = vec![Evidence::new("trace.json", bytes)];
            let reading = read(&evidence).expect("reads");
            let facts = match with_facts {
                true => {
                    let text = std::fs::read_to_string(folder.join("facts.yaml")).expect("facts");
                    facts::parse(&text, "facts.yaml").expect("valid")
                }
                false => Facts::default(),
            };
            let (contracts, policy) = (Contracts::default(), Policy::builtin());
            let trace = &reading.sessions[0];
            let input = Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
            (name, draft(&input))
        })
        .collect()
}

/// The next draft from the same evidence, as text, with what was told.
fn again(edited: &str, fresh: &Draft) -> (String, Vec<String>) {
    let edits = markdown::read(edited, "RETRO.md").expect("ours");
    let (merged, mut told) = merge(&edits, fresh.clone(), &Policy::builtin());
    let written = markdown::pages(&[merged]);
    told.extend(written.warnings);
    (written.text, told)
}

fn is_ours(line: &str) -> bool {
    line.starts_with("<!-- hindcast:lines")
}

/// Fails with the first line that differs.
fn same(twice: &str, once: &str, what: &str) {
    let differs = twice.lines().zip(once.lines()).find(|(a, b)| a != b);
    assert!(twice == once, "{what}: the next draft differs: {differs:?}");
}

/// Edits each line that a reader sees of each draft, by itself, and drafts anew, twice: the second time nothing moves.
/// `edit` changes the lines at an index; `holds` looks at the page, the line, the next draft and what was told.
fn every_line(
    edit: impl Fn(&mut Vec<String>, usize),
    holds: impl Fn(&str, &str, &str, &[String]) -> Result<(), &'static str>,
) {
    for (name, fresh) in drafts() {
        let page = markdown::page(&fresh);
        let lines: Vec<String> = page.lines().map(str::to_owned).collect();
        for (i, line) in lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty() && !is_ours(l)) {
            let mut edited = lines.clone();
            edit(&mut edited, i);
            let (once, told) = again(&edited.join("\n"), &fresh);
            let what = format!("{name}, line {}: {line}", i + 1);
            if let Err(why) = holds(&page, line, &once, &told) {
                panic!("{what}: {why}; told: {told:?}");
            }
            same(&again(&once, &fresh).0, &once, &what);
        }
    }
}

#[test]
fn a_word_added_to_any_line_is_kept() {
    let add = |lines: &mut Vec<String>, i: usize| {
        // Behind the last word that a reader sees.
        let line = lines[i].clone();
        let visible = line.split(" <!-- ").next().unwrap_or(&line).trim_end_matches(" |").trim_end();
        lines[i] = line.replacen(visible, &format!("{visible} zebra"), 1);
    };
    every_line(add, |_, _, once, _| if once.contains("zebra") { Ok(()) } else { Err("the word is lost") });
}

#[test]
fn a_line_added_below_any_line_is_kept_at_its_place() {
    const ADDED: &str = "| zebra | crossing |";
    every_line(
        |lines, i| lines.insert(i + 1, ADDED.to_owned()),
        |_, line, once, _| {
            let at = once.lines().position(|l| l == ADDED).ok_or("the line is lost")?;
            if once.lines().nth(at - 1) == Some(line) { Ok(()) } else { Err("the line stands elsewhere") }
        },
    );
}

#[test]
fn a_line_taken_out_stays_out_and_is_told() {
    every_line(
        |lines, i| drop(lines.remove(i)),
        |page, line, once, told| {
            let count = |text: &str| text.lines().filter(|l| *l == line).count();
            match count(once) + 1 == count(page) {
                false => Err("the line is back"),
                true if told.is_empty() => Err("nothing was told"),
                true => Ok(()),
            }
        },
    );
}

#[test]
fn words_taken_out_of_any_line_do_not_come_back_as_others() {
    // Only its mark is left of a line, or its label.
    let left = |line: &str| match line.rfind(": ") {
        Some(at) => at + 1,
        None => line.find(|c: char| c.is_alphanumeric() || "`*_(".contains(c)).unwrap_or(0),
    };
    let mut failed = Vec::new();
    for (name, fresh) in drafts() {
        let page = markdown::page(&fresh);
        let lines: Vec<&str> = page.lines().collect();
        for (i, line) in lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty() && !is_ours(l)) {
            let mut edited = lines.clone();
            edited[i] = &line[..left(line)];
            let (once, _) = again(&edited.join("\n"), &fresh);
            let twice = again(&once, &fresh).0;
            if let Some(differs) = twice.lines().zip(once.lines()).find(|(a, b)| a != b) {
                failed.push(format!("{name}, line {}: {line}: {differs:?}", i + 1));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_cell_of_the_timeline_that_a_person_emptied_stays_empty() {
    for (name, fresh) in drafts() {
        let page = markdown::page(&fresh);
        let rows = page.lines().skip_while(|l| *l != "## 1. Timeline").skip(4).take_while(|l| l.starts_with('|'));
        for row in rows {
            let mut cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let flag = if cells[4].starts_with("**⚠**") { "**⚠** " } else { "" };
            cells.truncate(4);
            let cells = cells.join(" | ");
            // Its end may go with its words.
            for emptied in [format!("| {cells} | |"), format!("| {cells} |  |"), format!("| {cells} |")] {
                let (once, _) = again(&page.replacen(row, &emptied, 1), &fresh);
                let what = format!("{name}: {emptied}");
                // A source is written anew, whatever the words.
                let left = once.lines().find_map(|l| l.strip_prefix(&format!("| {cells} | {flag}"))?.strip_suffix('|'));
                let left = left.expect("the row").trim();
                assert!(left.is_empty() || left.starts_with('(') && left.ends_with(')'), "{what}: {left}");
                same(&again(&once, &fresh).0, &once, &what);
            }
        }
    }
}

/// The first line that begins so.
fn line<'p>(page: &'p str, beginning: &str) -> &'p str {
    page.lines().find(|l| l.starts_with(beginning)).unwrap_or_else(|| panic!("no line `{beginning}` in {page}"))
}

#[test]
fn a_persons_level_is_kept_and_what_is_due_follows_it() {
    let fresh = &drafts()[0].1;
    let page = markdown::page(fresh);
    assert!(
        line(&page, "**Proposed severity").starts_with("**Proposed severity: Sev 2** (customer-impacting, contained)")
    );
    for (from, to, decided) in [
        ("**Proposed severity: Sev 2**", "**Proposed severity: Sev 1**", "- Decided: Sev 1\n"),
        ("**Proposed severity: Sev 2**", "**Severity: sev-1**", "- Decided: Sev 1\n"),
        (
            "- Decided: open",
            "- Decided: Sev 1 by Dana: many more callers",
            "- Decided: Sev 1 by Dana: many more callers\n",
        ),
        ("- Decided: open", "- Decided: 1: many more callers", "- Decided: Sev 1: many more callers\n"),
    ] {
        let (once, told) = again(&page.replacen(from, to, 1), fresh);
        assert_eq!(told, Vec::<String>::new(), "{to}");
        assert!(once.contains("**Severity: Sev 1** (customer-impacting, financial or regulatory)"), "{to}: {once}");
        assert!(once.contains(decided), "{to}: {once}");
        assert_eq!(line(&once, "- Proposed: "), "- Proposed: Sev 2", "{to}");
        let due = "- Due, response: **2026-11-24 24:00 UTC** (same day";
        assert!(once.contains(due), "{to}: {}", line(&once, "- Due"));
        same(&again(&once, fresh).0, &once, to);
    }
}

#[test]
fn a_decision_may_be_changed_and_withdrawn() {
    let fresh = &drafts()[0].1;
    let page = markdown::page(fresh);
    let (once, _) = again(&page.replacen("Decided: open", "Decided: Sev 1 by Dana: many more callers", 1), fresh);
    let (other, _) = again(&once.replacen("**Severity: Sev 1**", "**Severity: Sev 3**", 1), fresh);
    assert!(other.contains("**Severity: Sev 3** (minor or contained"), "{other}");
    assert!(!other.contains("- Due, "), "nothing is due at Sev 3");
    assert!(other.contains("Decided earlier: Sev 1 by Dana: many more callers"), "nobody's words are lost: {other}");
    let back = once.replacen("Decided: Sev 1 by Dana: many more callers", "Decided: open", 1);
    same(&again(&back, fresh).0, &page, "withdrawn");
}

#[test]
fn a_level_that_there_is_not_decides_nothing_and_is_kept_as_written() {
    let fresh = &drafts()[0].1;
    let page = markdown::page(fresh);
    let (once, _) = again(&page.replacen("**Proposed severity: Sev 2**", "**Proposed severity: Sev 7**", 1), fresh);
    assert!(once.contains("**Proposed severity: Sev 7**") && !once.contains("**Severity: "), "{once}");
    let (once, _) = again(&page.replacen("Decided: open", "Decided: on Monday", 1), fresh);
    assert!(once.contains("Severity decided: on Monday"), "{once}");
}

#[test]
fn a_moment_written_into_the_retro_starts_the_clock() {
    let fresh = &drafts()[1].1;
    let page = markdown::page(fresh);
    assert!(!page.contains("- Due, "), "nothing is due without a level: {page}");
    let (page, _) = again(&page.replacen("**Proposed severity: none**", "**Proposed severity: Sev 1**", 1), fresh);
    assert!(page.contains("- Due, response: **unknown**"), "{page}");
    assert!(!page.contains("Sev 1 if money"), "the decision is made: {page}");
    let asked = line(&page, "- **aware**: **unknown**");
    let (once, _) = again(&page.replacen(asked, "- **aware**: 2026-11-24T08:40:00Z", 1), fresh);
    assert!(once.contains("- Due, response: **2026-11-24 24:00 UTC**"), "{once}");
    assert!(!once.contains("(`aware.at`)"), "it is no longer asked");
}

#[test]
fn the_time_of_the_first_wrong_step_is_asked_for_where_the_record_has_none() {
    assert!(!markdown::page(&drafts()[0].1).contains("ask first_wrong_step.at"), "this record has times");
    let fresh = drafts()
        .into_iter()
        .map(|(_, d)| d)
        .find(|d| d.session.started.is_none() && d.behavior.first().is_some())
        .expect("one without times");
    let page = markdown::page(&fresh);
    let step = line(&page, "- **first wrong step**: Event ");
    let asked = line(&page, "- **unknown** When was the first wrong step?");
    let edited = page.replacen(asked, "- 2026-11-24T08:00:00Z", 1).replacen(
        "**aware**: **unknown** When and how did a person first become aware? Policy deadlines count from this time.",
        "**aware**: 2026-11-24T08:40:00Z",
        1,
    );
    let (once, told) = again(&edited, &fresh);
    assert_eq!(told, Vec::<String>::new());
    assert!(once.contains(step), "the step and its quote stay");
    assert!(once.contains("- from first wrong step to aware: **40 min 0 s**"), "{once}");
    assert!(!once.contains("When was the first wrong step?"), "it is no longer asked");
    same(&again(&once, &fresh).0, &once, "the time of the first wrong step");
    // The same from the draft as data.
    let edits = markdown::read(&edited, "RETRO.md").expect("ours");
    let (merged, _) = merge(&edits, fresh.clone(), &Policy::builtin());
    let (from_data, _) = merge(&Edits::of(&merged), fresh, &Policy::builtin());
    assert_eq!(from_data.delay, merged.delay);
}

#[test]
fn an_action_taken_out_is_rejected_and_a_finding_comes_back() {
    let fresh = &drafts()[0].1;
    let page = markdown::page(fresh);
    let title = page.lines().find(|l| l.starts_with("- [ ] **eval**")).expect("an action");
    let from = page.find(title).expect("there");
    let to = from + page[from..].find("\n- [ ]").or_else(|| page[from..].find("\n\n")).expect("an end");
    let edited = format!("{}{}", &page[..from], &page[to + 1..]);
    let (merged, _) = merge(&markdown::read(&edited, "RETRO.md").expect("ours"), fresh.clone(), &Policy::builtin());
    let gone = &merged.actions.items[0];
    assert_eq!(gone.verdict, hindcast_retro::statement::Verdict::Rejected);
    let (once, _) = again(&edited, fresh);
    assert!(!once.contains(title));
    same(&again(&once, fresh).0, &once, "an action taken out");
    let mut earlier = merged.clone();
    earlier.actions.items[0].reason = Some("taken out of the retro by a person".to_owned());
    assert!(!markdown::page(&earlier).contains(title), "in the words of an earlier version");

    let from = page.find("### Finding 1").expect("a finding");
    let to = page.find("Detector coverage:").expect("the end of findings");
    let edited = format!("{}{}", &page[..from], &page[to..]);
    let (once, told) = again(&edited, fresh);
    same(&once, &page, "a finding deleted");
    assert!(told.iter().any(|t| t.contains("Verdict: rejected: why")), "{told:?}");
}

#[test]
fn typed_lines_are_read_as_what_they_are() {
    use hindcast_retro::draft::Contribution;
    let fresh = &drafts()[0].1;
    let edited = markdown::page(fresh)
        .replacen(
            "**did not contribute**; design coverage: unknown.",
            "**contributed**; design coverage: not specified.",
            1,
        )
        .replacen("- Counterfactual: If ", "- Counterfactual: As before, if ", 1)
        .replacen("- Verification: ", "- Verification: a run, and ", 1)
        .replacen("### Finding 1: misinterpretation: ", "### Finding 1: misinterpretation: Ana says: ", 1);
    let (merged, told) = merge(&markdown::read(&edited, "RETRO.md").expect("ours"), fresh.clone(), &Policy::builtin());
    assert_eq!(merged.system[0].verdict, Contribution::Contributed);
    assert!(merged.system[1].counterfactual.as_ref().is_some_and(|c| c.starts_with("As before, if ")));
    assert!(merged.actions.items[0].verification.starts_with("a run, and "));
    assert!(merged.behavior.findings[0].title.starts_with("Ana says: "));
    assert_eq!(told, Vec::<String>::new());
    let (once, _) = again(&edited, fresh);
    same(&again(&once, fresh).0, &once, "typed lines");
}

#[test]
fn an_action_that_nobody_owns_has_no_owner_after_the_next_draft() {
    let (_, fresh) = &drafts()[0];
    let page = markdown::pages(std::slice::from_ref(fresh)).text;
    let heading = line(&page, "## 7.");
    let added = page.replacen(heading, &format!("{heading}\n\n- [ ] **process**: Ask before a refund\n- [ ] "), 1);
    let (once, _) = again(&added, fresh);
    assert!(
        once.contains("Ask before a refund\n  - Verification: not specified\n  - Owner: unassigned\n  - Due: not set")
    );
    for page in [added, once] {
        let edits = markdown::read(&page, "RETRO.md").expect("ours");
        let told: Vec<_> = edits.actions.iter().map(|a| (a.title.as_str(), &a.owner, &a.due)).collect();
        assert_eq!(told, [("Ask before a refund", &None, &None)]);
    }
}

#[test]
fn labels_of_earlier_versions_are_read() {
    use hindcast_retro::draft::{Contribution, DesignCoverage};
    let fresh = &drafts()[0].1;
    let page = markdown::page(fresh);
    let action = line(&page, "- [ ] ").to_owned();
    let edited = page
        .replacen("**did not contribute**; design coverage: unknown.", "**contributed**; by design: not specified.", 1)
        .replacen("- Counterfactual: If ", "- otherwise: As before, if ", 1)
        .replacen("  - Verification: ", "  - proven by: a run, and ", 1)
        .replacen(&action, &format!("- [ ] **eval**: Try it again\n  - proven by: a green run\n{action}"), 1);
    let (merged, told) = merge(&markdown::read(&edited, "RETRO.md").expect("ours"), fresh.clone(), &Policy::builtin());
    assert_eq!(told, Vec::<String>::new());
    let context = &merged.system[0];
    assert_eq!((context.verdict, context.coverage), (Contribution::Contributed, DesignCoverage::NotSpecified));
    assert!(merged.system[1].counterfactual.as_ref().is_some_and(|c| c.starts_with("As before, if ")));
    assert!(merged.actions.items[0].verification.starts_with("a run, and "), "{:?}", merged.actions.items[0]);
    assert!(merged.actions.items.iter().any(|i| i.title == "Try it again" && i.verification == "a green run"));
}

#[test]
fn what_is_no_retro_is_told() {
    let page = markdown::page(&drafts()[0].1);
    let cut = &page[..page.len() / 2];
    assert!(markdown::read(cut, "r.md").is_err());
    let conflict = page.replacen("## 2. Impact", "<<<<<<< ours\n## 2. Impact\n=======\n>>>>>>> theirs", 1);
    let told = markdown::read(&conflict, "r.md").expect_err("a conflict").to_string();
    assert!(told.contains("merge conflict"), "{told}");
    let windows = format!("\u{feff}{}", page.replace('\n', "\r\n"));
    let edits = markdown::read(&windows, "r.md").expect("ours");
    assert!(edits.notes.is_empty() && edits.by_hand.is_empty(), "{edits:?}");
}
