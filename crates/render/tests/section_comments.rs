//! The text of a retro reads as text: what the program needs stands in one comment for each section, and by it every
//! edit is found again.

use hindcast_detect::Contracts;
use hindcast_render::markdown;
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::Verdict;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;
use std::path::Path;

/// The refund of the examples, as it was written when each line had a comment of its own.
const COMMENTS_PER_LINE: &str = include_str!("fixtures/comments_per_line.md");

fn refund() -> Draft {
    example("refund")
}

fn example(name: &str) -> Draft {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("trace.json");
    let evidence = vec![Evidence::new("trace.json", std::fs::read(path).expect("an example"))];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
}

fn edits_in(page: &str) -> Edits {
    markdown::read(page, "r.md").expect("ours")
}

fn again(page: &str, fresh: &Draft) -> (Draft, String, Vec<String>) {
    let (merged, mut told) = merge(&edits_in(page), fresh.clone(), &Policy::builtin());
    let written = markdown::pages(std::slice::from_ref(&merged));
    told.extend(written.warnings);
    (merged, written.text, told)
}

/// The next draft, which the one after it repeats.
fn stays(page: &str, fresh: &Draft) -> (Draft, String, Vec<String>) {
    let (merged, once, told) = again(page, fresh);
    let twice = again(&once, fresh).1;
    let differs = twice.lines().zip(once.lines()).find(|(a, b)| a != b);
    assert!(twice == once, "the next draft differs: {differs:?}");
    (merged, once, told)
}

fn is_comment(line: &str) -> bool {
    line.starts_with("<!--")
}

/// The page with each line that a reader sees changed by itself, to what `edit` makes of the lines.
fn each_line(page: &str, edit: impl Fn(&mut Vec<&str>, usize)) -> Vec<(String, String)> {
    let lines: Vec<&str> = page.lines().collect();
    let seen = lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty() && !is_comment(l));
    let edited = seen.map(|(i, line)| {
        let mut edited = lines.clone();
        edit(&mut edited, i);
        ((*line).to_owned(), edited.join("\n"))
    });
    edited.collect()
}

#[test]
fn there_is_one_comment_for_each_section_and_none_in_the_text() {
    let page = markdown::page(&refund());
    let sections = page.lines().filter(|l| l.starts_with("## ")).count() + 1;
    assert_eq!(page.matches("<!--").count(), sections);
    assert!(page.lines().all(|l| is_comment(l) || !l.contains("<!--")), "{page}");
    assert!(page.lines().last().is_some_and(is_comment));
    assert_eq!(Edits { session: None, ..edits_in(&page) }, Edits::default());
}

#[test]
fn a_line_that_is_moved_is_not_lost() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    for (line, edited) in each_line(&page, |lines, i| {
        let line = lines.remove(i);
        lines.insert(lines.len().min(i + 4), line);
    }) {
        let (_, once, _) = stays(&edited, &fresh);
        assert!(once.contains(&line), "{line}");
    }
}

#[test]
fn a_line_that_is_copied_takes_nothing_from_the_first() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    for (line, edited) in each_line(&page, |lines, i| lines.insert(i, lines[i])) {
        let (_, once, told) = stays(&edited, &fresh);
        assert!(once.contains(&line), "{line}");
        assert_eq!(told, [""; 0], "{line}");
    }
}

#[test]
fn a_changed_line_beside_an_added_one_is_told_from_it() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let said = page.lines().find(|l| l.starts_with("- The agent says")).expect("a finding");
    let asked = page.lines().find(|l| l.starts_with("- **money**: **unknown**")).expect("a question");
    let changed = said.replace("The agent says", "The bot told Ms Smith");
    let added = "- We called every caller back on Monday.";
    for finding in [format!("{added}\n{changed}"), format!("{changed}\n{added}")] {
        for answer in
            ["- It is 12 EUR, see below.\n- **money**: 12 EUR", "- **money**: 12 EUR\n- It is 12 EUR, see above."]
        {
            let (merged, once, told) = stays(&page.replace(said, &finding).replace(asked, answer), &fresh);
            assert_eq!(told, [""; 0]);
            let statement = &merged.behavior.findings[0].statement;
            assert!(statement.text.starts_with("The bot told Ms Smith \"Your refund"), "{}", statement.text);
            assert!(once.contains(added) && once.contains("- **money**: 12 EUR\n"), "{once}");
            assert!(once.contains("- It is 12 EUR, see "), "{once}");
        }
    }
}

#[test]
fn an_answer_without_a_label_and_a_statement_written_anew_are_what_stood_there() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let guards = page.lines().find(|l| l.starts_with("- **unknown** Which guardrails")).expect("a question");
    let said = page.lines().find(|l| l.starts_with("- The agent says")).expect("a finding");
    let edited = page.replace(guards, "- None at all.").replace(said, "- Ms Smith was misled.");
    let (merged, once, told) = stays(&edited, &fresh);
    assert_eq!(told, [""; 0]);
    assert_eq!(merged.behavior.findings[0].statement.text, "Ms Smith was misled.");
    let guards = merged.system.iter().find(|a| a.question == "guardrails").expect("a question");
    assert!(guards.questions.is_empty() && guards.statements[0].text == "None at all.", "{guards:?}");
    assert!(once.contains("- None at all.\n"));
}

#[test]
fn a_verdict_written_below_the_one_that_stands_there_counts() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let edited = page.replacen("\n- Verdict: open\n", "\n- Verdict: open\n- Verdict: confirmed\n", 1);
    let (merged, once, _) = stays(&edited, &fresh);
    assert_eq!(merged.behavior.findings[0].statement.verdict, Verdict::Confirmed);
    assert!(once.contains("\n- Verdict: confirmed\n") && !once.contains("\n- Verdict: open\n"));
}

#[test]
fn an_action_of_a_persons_own_in_the_place_of_another_is_their_own() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let from = page.find("- [ ] **eval**").expect("an action");
    let to = from + page[from..].find("\n- [ ] **guardrails**").expect("the next") + 1;
    let own = "- [ ] **process**: Call Ms Smith back\n  - Owner: Eve\n  - Due: Friday\n";
    let edited = format!("{}{own}{}", &page[..from], &page[to..]);
    let (merged, once, _) = stays(&edited, &fresh);
    let items = &merged.actions.items;
    assert_eq!(items[0].verdict, Verdict::Rejected, "taken out");
    let added = items.iter().find(|i| i.title == "Call Ms Smith back").expect("theirs");
    assert_eq!((added.owner.as_deref(), added.due.as_deref()), (Some("Eve"), Some("Friday")));
    assert!(items.iter().filter(|i| i.id != added.id).all(|i| i.owner.is_none()));
    assert!(!once.contains("- [ ] **eval**"));
    // The same lines below one that stays: each is of the action that it stands below.
    let edited = page.replacen("  - Owner: unassigned", "  - Owner: Dana", 1);
    let edited = edited.replacen("## Evidence", &format!("{own}\n## Evidence"), 1);
    let (merged, ..) = stays(&edited, &fresh);
    let owners: Vec<Option<&str>> = merged.actions.items.iter().map(|i| i.owner.as_deref()).collect();
    assert_eq!(owners, [Some("Dana"), None, None, Some("Eve")]);
}

#[test]
fn the_second_of_several_like_lines_is_the_one_that_is_meant() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let second = page.find("- [ ] **guardrails**").expect("an action");
    let (before, after) = page.split_at(second);
    let edited = format!("{before}{}", after.replacen("  - Due: not set", "  - Due: Friday", 1));
    let (merged, ..) = stays(&edited, &fresh);
    let due: Vec<Option<&str>> = merged.actions.items.iter().map(|i| i.due.as_deref()).collect();
    assert_eq!(due, [None, Some("Friday"), None]);
}

#[test]
fn a_finding_written_by_hand_is_kept_as_it_stands() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let own = "### Finding 9: hallucination: She was promised a voucher\n\n- Nobody had offered one.\n- Verdict: confirmed\n\n";
    for before in ["### Finding 1: ", "Detector coverage:"] {
        let edited = page.replacen(before, &format!("{own}{before}"), 1);
        let (merged, once, told) = stays(&edited, &fresh);
        assert!(once.contains(own.trim_end()), "{once}");
        assert!(told[0].contains("\"She was promised a voucher\" that you wrote by hand"), "{told:?}");
        let finding = &merged.behavior.findings[0];
        assert_eq!((&finding.title, finding.statement.verdict), (&fresh.behavior.findings[0].title, Verdict::Open));
    }
    // A title in a person's words is no new finding.
    let title = page.lines().find(|l| l.starts_with("### Finding 1: ")).expect("a title");
    let (merged, _, told) = stays(&page.replace(title, "### Finding 1: misinterpretation: It is not done"), &fresh);
    assert_eq!((merged.behavior.findings[0].title.as_str(), told.len()), ("It is not done", 0));
}

#[test]
fn what_a_person_wrote_can_be_changed_again_and_taken_back() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let own = "- [ ] **process**: Call her back\n  - Owner: Eve\n";
    let edited = page
        .replacen("- The agent says", "- The bot told Ms Smith", 1)
        .replacen(
            "**money**: **unknown** How much money was involved, and was any lost or owed?",
            "**money**: 12 EUR",
            1,
        )
        .replacen("\n- Verdict: open", "\n- Verdict: confirmed", 1)
        .replacen("  - Owner: unassigned", "  - Owner: Dana", 1)
        .replacen("## Evidence", &format!("{own}\n## Evidence"), 1);
    let (_, once, _) = stays(&edited, &fresh);
    let changed = once
        .replacen("- The bot told Ms Smith", "- The bot promised Ms Smith", 1)
        .replacen("**money**: 12 EUR", "**money**: 15 EUR", 1)
        .replacen("\n- Verdict: confirmed", "\n- Verdict: rejected: a test call", 1)
        .replacen("  - Owner: Dana", "  - Owner: Zoe", 1)
        .replacen("  - Owner: Eve", "  - Owner: unassigned", 1);
    let (merged, twice, told) = stays(&changed, &fresh);
    assert_eq!(told, [""; 0]);
    let statement = &merged.behavior.findings[0].statement;
    assert!(statement.text.starts_with("The bot promised Ms Smith"), "{}", statement.text);
    assert!(statement.original.as_ref().is_some_and(|o| o.starts_with("The agent says")));
    assert_eq!(statement.reason.as_deref(), Some("a test call"));
    let items = &merged.actions.items;
    let owners: Vec<Option<&str>> = items.iter().map(|i| i.owner.as_deref()).collect();
    assert_eq!(owners, [Some("Zoe"), None, None, None]);
    assert!(twice.contains("- **money**: 15 EUR\n") && !twice.contains("12 EUR") && !twice.contains("Dana"));
}

#[test]
fn words_below_a_heading_that_is_gone_stay_as_they_were_typed() {
    let fresh = example("fabricated-id");
    let page = markdown::page(&fresh);
    for (above, section) in page.split("\n## ").scan(0, |at, part| {
        let above = *at;
        *at += part.len() + "\n## ".len();
        Some((above, part))
    }) {
        if above == 0 {
            continue;
        }
        let start = above - "## ".len();
        let heading = page[start..].lines().next().expect("a heading");
        assert!(heading.starts_with("## ") && section.starts_with(&heading[3..]), "{heading}");
        let headless = format!("{}{}", &page[..start], &page[start + heading.len()..]);
        for line in section.lines().skip(1).filter(|l| !l.trim().is_empty() && !is_comment(l)) {
            let words = line.trim_end_matches(" |");
            let edited = headless.replacen(line, &line.replacen(words, &format!("{words} zebra"), 1), 1);
            let (_, once, _) = stays(&edited, &fresh);
            assert!(once.contains("zebra"), "{line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn words_are_kept_whatever_else_is_done(name in 0..3usize, edits in proptest::collection::vec((0..5u8, 0..200usize, 0..200usize), 1..8)) {
        let fresh = example(["refund", "fabricated-id", "injection"][name]);
        let page = markdown::page(&fresh);
        let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
        let mut words: Vec<String> = Vec::new();
        for (n, (what, from, to)) in edits.into_iter().enumerate() {
            let seen: Vec<usize> = (0..lines.len()).filter(|i| !lines[*i].is_empty() && !is_comment(&lines[*i])).collect();
            let (at, there) = (seen[from % seen.len()], seen[to % seen.len()]);
            let word = format!("zebra{n}");
            match what {
                0 if !lines[at].contains("zebra") => drop(lines.remove(at)),
                1 => {
                    let line = lines[at].trim_end_matches(" |").to_owned();
                    lines[at] = lines[at].replacen(&line, &format!("{line} {word}"), 1);
                    words.push(word);
                }
                2 => {
                    lines.insert(at + 1, format!("- a line of a person, {word}"));
                    words.push(word);
                }
                3 => {
                    let line = lines.remove(at);
                    lines.insert(there.min(lines.len()), line);
                }
                _ => lines.insert(there, lines[at].clone()),
            }
        }
        let edited = lines.join("\n");
        let (_, once, _) = again(&edited, &fresh);
        for word in &words {
            prop_assert!(once.contains(word), "{} is lost\n{}", word, edited);
        }
        let (_, twice, _) = again(&once, &fresh);
        for word in &words {
            prop_assert!(twice.contains(word), "{} is lost the second time\n{}\n\n{}", word, edited, once);
        }
        let third = again(&twice, &fresh).1;
        let differs = twice.lines().zip(third.lines()).find(|(a, b)| a != b);
        prop_assert!(third == twice, "it comes to rest: {differs:?}\n{edited}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_typed_belongs_to_what_it_stood_for(name in 0..3usize, chosen in any::<u64>(), notes in proptest::collection::vec(0..400usize, 0..10)) {
        let fresh = example(["refund", "fabricated-id", "injection"][name]);
        let page = markdown::page(&fresh);
        let mut bits = (0..64).cycle().map(|bit| chosen >> bit & 1 == 1);
        let (mut owners, mut verdicts, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        let mut lines: Vec<String> = Vec::new();
        for line in page.lines() {
            let typed = line == "  - Owner: unassigned" || line == "- Verdict: open" || line.contains("**: **unknown** ");
            let change = typed && bits.next() == Some(true);
            if line == "  - Owner: unassigned" {
                owners.push(change.then(|| format!("Dana {}", owners.len())));
                lines.push(owners.last().and_then(Option::as_ref).map_or(line.to_owned(), |o| format!("  - Owner: {o}")));
            } else if line == "- Verdict: open" {
                verdicts.push(if change { Verdict::Confirmed } else { Verdict::Open });
                lines.push(line.replace("open", if change { "confirmed" } else { "open" }));
            } else if change && let Some((label, _)) = line.split_once("**unknown**") {
                answers.push(format!("{label}twelve, {}", lines.len()));
                lines.extend(answers.last().cloned());
            } else {
                lines.push(line.to_owned());
            }
        }
        for (n, at) in notes.iter().enumerate() {
            lines.insert(1 + at % (lines.len() - 2), format!("- A person looks into this, {n}."));
        }
        let (merged, once, told) = stays(&lines.join("\n"), &fresh);
        prop_assert_eq!(told, [""; 0]);
        prop_assert_eq!(merged.actions.items.iter().map(|i| i.owner.clone()).collect::<Vec<_>>(), owners);
        prop_assert_eq!(merged.behavior.findings.iter().map(|f| f.statement.verdict).collect::<Vec<_>>(), verdicts);
        for answer in answers {
            prop_assert!(once.lines().any(|l| l == answer), "{} is lost\n{}", answer, once);
        }
        prop_assert_eq!(merged.notes.iter().map(|n| n.text.lines().filter(|l| l.contains("looks into this")).count()).sum::<usize>(), notes.len());
    }
}

#[test]
fn a_comment_that_is_gone_is_told_by_its_section() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let comments: Vec<&str> = page.lines().filter(|l| is_comment(l)).collect();
    for (comment, section) in comments.iter().zip(["the head of the retro", "\"1. Timeline\"", "\"2. Impact\""]) {
        let told = markdown::read(&page.replace(comment, ""), "r.md").expect_err("refused").to_string();
        assert!(told.contains(section) && told.contains("Restore the comment"), "{told}");
    }
    let last = comments.last().expect("the last");
    assert!(markdown::read(&page.replace(last, ""), "r.md").expect_err("refused").to_string().contains("at its end"));
    let cut = page.replace(comments[1], &comments[1][..comments[1].len() - 3]);
    assert!(markdown::read(&cut, "r.md").is_err(), "a comment without an end");
    let two = page.replace(comments[1], &format!("{}\n{}", comments[1], comments[1].replace("; ", ";; -00000000; ")));
    assert!(markdown::read(&two, "r.md").expect_err("refused").to_string().contains("appears twice"));
}

#[test]
fn a_section_taken_out_with_its_comment_is_back_and_told() {
    let fresh = refund();
    let page = markdown::page(&fresh);
    let (from, to) = (page.find("## 2. Impact").expect("there"), page.find("## 3. Trigger").expect("there"));
    let (_, once, told) = stays(&format!("{}{}", &page[..from], &page[to..]), &fresh);
    assert_eq!(once, page);
    assert!(told[0].contains("\"2. Impact\" was deleted along with its comment"), "{told:?}");
    // With the comment left, it stays out.
    let comment = page[from..to].lines().find(|l| is_comment(l)).expect("a comment");
    let (_, once, told) = stays(&format!("{}{comment}\n\n{}", &page[..from], &page[to..]), &fresh);
    assert!(!once.contains("## 2. Impact") && told[0].contains("lines stay out"), "{told:?}");
}

#[test]
fn a_comment_that_an_editor_broke_into_lines_is_read() {
    let page = markdown::page(&refund());
    let broken: Vec<String> =
        page.lines().map(|l| if is_comment(l) { l.replace("; ", ";\n") } else { l.to_owned() }).collect();
    assert_eq!(edits_in(&broken.join("\n")), edits_in(&page));
}

#[test]
fn long_hostile_files_take_no_longer_than_their_length() {
    let page = markdown::page(&refund());
    let started = std::time::Instant::now();
    // Lines as the program writes them, over and over; lines of a person; a list of lines that are not there.
    let like = "- Verdict: open\n- Owner: unassigned\n- [ ] **eval**: x\n- The agent says\n".repeat(10_000);
    let own: String = (0..40_000).map(|i| format!("- line {i}\n")).collect();
    let listed = "; 1071d2d71071d2d7 st_1 fp_2; 2071d2d71071d2d7 verdict".repeat(20_000);
    let comment = page.lines().find(|l| l.starts_with("<!-- hindcast:lines:system ")).expect("a comment");
    let edited = page
        .replace("## 3. Trigger", &format!("{like}\n## 3. Trigger"))
        .replace("## 6. Detection", &format!("{own}\n## 6. Detection"))
        .replace(comment, &comment.replace(" -->", &format!("{listed} -->")));
    assert!(markdown::read(&edited, "r.md").is_ok());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_retro_with_a_comment_on_each_line_is_still_read() {
    let fresh = refund();
    let untouched = edits_in(COMMENTS_PER_LINE);
    assert_eq!(Edits { session: None, ..untouched }, Edits::default());
    let page = markdown::page(&fresh);
    assert_eq!(again(COMMENTS_PER_LINE, &fresh).1, page, "it is written as one of today");

    let mut edited = COMMENTS_PER_LINE.to_owned();
    for (before, after) in [
        ("- Verdict: open <!-- verdict st_", "- Verdict: rejected: she was told by phone <!-- verdict st_"),
        ("**unknown** How many customers were affected?", "twelve callers"),
        ("Owner: unassigned", "Owner: Dana"),
        ("Decided: open", "Decided: Sev 3 by Dana: one caller"),
        ("- The agent says", "- The bot told Ms Smith"),
        ("## 3. Trigger\n", "## 3. Trigger\n\nIt began on Monday.\n"),
        ("## Evidence\n", "- [ ] **process**: Call her back\n  - Owner: Eve\n\n## Evidence\n"),
    ] {
        assert!(edited.contains(before), "{before}");
        edited = edited.replacen(before, after, 1);
    }
    let money = edited.lines().find(|l| l.contains("ask impact.money")).expect("a line").to_owned();
    edited = edited.replace(&format!("{money}\n"), "");
    let (merged, once, _) = stays(&edited, &fresh);
    assert!(!once.contains("**money**"), "it stays out: {once}");
    let statement = &merged.behavior.findings[0].statement;
    assert_eq!(statement.reason.as_deref(), Some("she was told by phone"));
    assert!(statement.text.starts_with("The bot told Ms Smith"), "{}", statement.text);
    for kept in [
        "- Verdict: rejected: she was told by phone\n",
        "- **customers**: twelve callers\n",
        "  - Owner: Dana\n",
        "- Decided: Sev 3 by Dana: one caller\n",
        "- The bot told Ms Smith",
        "It began on Monday.\n",
        "- [ ] **process**: Call her back\n",
        "  - Owner: Eve\n",
    ] {
        assert!(once.contains(kept), "{kept} is lost: {once}");
    }
}
