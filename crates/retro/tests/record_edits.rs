//! Whatever people decide, write, answer, add and assign in the record is there after the next draft, or is told.

use hindcast_detect::Contracts;
use hindcast_retro::draft::{ActionCategory, Contribution, DesignCoverage};
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::record::edit::{
    ActionEdit, Author, Decide, Reply, Section, SectionEdit, SystemEdit, apply, lines, notes,
};
use hindcast_retro::statement::Verdict;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

/// An example drafted without and with facts.
type Pair = [Draft; 2];

static EXAMPLES: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let known = std::fs::read_to_string(folder.join("refund/facts.yaml")).expect("facts");
    let known = facts::parse(&known, "facts.yaml").expect("valid");
    let of = |name: &str, facts: &Facts| {
        let bytes = std::fs::read(folder.join(name).join("trace.json")).expect("an example");
        let evidence = vec![Evidence::new("trace.json", bytes)];
        let reading = read(&evidence).expect("reads");
        let (contracts, policy) = (Contracts::default(), Policy::builtin());
        let trace = &reading.sessions[0];
        draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts, policy: &policy })
    };
    ["refund", "fabricated-id", "injection"].map(|name| [of(name, &Facts::default()), of(name, &known)]).into()
});

/// Chooses from numbers that proptest made, and makes words that stand nowhere else.
struct Chance<'a> {
    numbers: std::slice::Iter<'a, u16>,
    words: usize,
}

impl Chance<'_> {
    fn below(&mut self, most: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % most.max(1)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let at = self.below(of.len());
        of.get(at).cloned()
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("zebra{}.", self.words)
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 1).then(|| value(self))
    }
}

const VERDICTS: [Verdict; 4] = [Verdict::Confirmed, Verdict::Edited, Verdict::Rejected, Verdict::Open];

/// An edit that a form could send.
fn edit(draft: &Draft, section: Section, chance: &mut Chance<'_>) -> SectionEdit {
    let mut edit = SectionEdit {
        title: (chance.below(8) == 1).then(|| chance.word()),
        notes: chance
            .maybe(|c| if c.below(4) == 1 { String::new() } else { format!("{}\n\n- {}", c.word(), c.word()) }),
        ..SectionEdit::default()
    };
    let ids: Vec<String> =
        draft.statements().into_iter().filter(|(s, _)| *s == section.name()).map(|(_, s)| s.id.clone()).collect();
    for _ in 0..chance.below(4) {
        let Some(id) = chance.one(&ids).filter(|id| edit.decisions.iter().all(|d| d.id != *id)) else { continue };
        let is_lead = draft.behavior.leads.iter().any(|l| l.statement.id == id);
        // A lead is promoted by itself, since other sections follow it.
        let verdict = match VERDICTS[chance.below(4)] {
            Verdict::Confirmed | Verdict::Edited if is_lead => Verdict::Rejected,
            verdict => verdict,
        };
        let text = if verdict == Verdict::Edited { Some(chance.word()) } else { chance.maybe(Chance::word) };
        let reworded = verdict == Verdict::Open && text.is_some();
        let reason = match verdict {
            Verdict::Rejected => Some(chance.word()),
            Verdict::Open if !reworded => None,
            _ => chance.maybe(Chance::word),
        };
        edit.decisions.push(Decide { id, verdict, text, reason });
    }
    let asked: Vec<String> = draft.questions().into_iter().map(|q| q.entry).collect();
    for _ in 0..chance.below(3) {
        let Some(entry) = chance.one(&asked) else { continue };
        // Whether the question stands in this section is found out by trying.
        let reply = Reply { entry, text: chance.word() };
        let only = SectionEdit { replies: vec![reply.clone()], ..SectionEdit::default() };
        let fits = apply(&mut draft.clone(), section, &only, &author(0)).is_ok();
        if fits && edit.replies.iter().all(|r| r.entry != reply.entry) {
            edit.replies.push(reply);
        }
    }
    match section {
        Section::System => {
            let answer = &draft.system[chance.below(draft.system.len())];
            edit.system.push(SystemEdit {
                question: answer.question.clone(),
                verdict: [Contribution::Contributed, Contribution::DidNot, Contribution::Unknown][chance.below(3)],
                coverage: [DesignCoverage::Specified, DesignCoverage::NotSpecified, DesignCoverage::Unknown]
                    [chance.below(3)],
                counterfactual: chance.maybe(Chance::word),
            });
        }
        Section::Actions => edit.actions.extend((0..chance.below(3)).map(|_| action(draft, chance))),
        _ => {}
    }
    let mut seen = std::collections::BTreeSet::new();
    edit.actions.retain(|a| a.id.as_ref().is_none_or(|id| seen.insert(id.clone())));
    edit
}

fn action(draft: &Draft, chance: &mut Chance<'_>) -> ActionEdit {
    let now = chance.one(&draft.actions.items).filter(|_| chance.below(3) > 0);
    let verdict = VERDICTS[chance.below(4)];
    let findings: Vec<String> = draft.behavior.findings.iter().map(|f| f.statement.id.clone()).collect();
    let new_title = now.is_none() || verdict == Verdict::Edited || chance.below(2) == 1;
    let title = now.as_ref().filter(|_| !new_title).map_or_else(|| chance.word(), |n| n.title.clone());
    let categories =
        [ActionCategory::Eval, ActionCategory::Tooling, ActionCategory::Guardrails, ActionCategory::Process];
    ActionEdit {
        id: now.map(|n| n.id),
        category: categories[chance.below(4)],
        title,
        owner: chance.maybe(Chance::word),
        due: chance.maybe(|c| format!("2027-01-{:02}", 1 + c.below(28))),
        verification: chance.word(),
        findings: chance.maybe(|_| findings).unwrap_or_default(),
        question: draft.system[chance.below(draft.system.len())].question.clone(),
        verdict,
        reason: (verdict != Verdict::Open).then(|| chance.word()),
    }
}

fn author(step: usize) -> Author {
    let names = ["Dana", "Eve", "Ana"];
    let at = format!("2026-11-26T10:{:02}:00Z", step % 60).parse().expect("a time");
    Author { name: names[step % 3].to_owned(), at }
}

/// The words that people wrote and that stand.
fn written(draft: &Draft) -> Vec<String> {
    let mut bare = draft.clone();
    bare.seal.clear();
    // The program's sentences in the summary repeat what people wrote elsewhere.
    for sentence in &mut bare.summary {
        if sentence.original.take().is_none() {
            sentence.text.clear();
        }
    }
    let text = serde_json::to_string(&bare).expect("writes");
    let starts = text.match_indices("zebra").map(|(at, _)| at);
    let mut all: Vec<String> =
        starts.map(|at| text[at..].split_inclusive('.').next().expect("a word").to_owned()).collect();
    all.sort();
    all.dedup();
    all
}

fn everything(draft: &Draft, told: &[String]) -> String {
    format!("{} {}", serde_json::to_string(draft).expect("writes"), told.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_people_did_is_lost(
        example in 0..3_usize,
        with_facts in any::<bool>(),
        numbers in proptest::collection::vec(any::<u16>(), 40..300),
    ) {
        let pair = &EXAMPLES[example];
        let fresh = &pair[usize::from(with_facts)];
        let mut chance = Chance { numbers: numbers.iter(), words: 0 };
        let mut draft = fresh.clone();
        for step in 0..1 + chance.below(8) {
            let section = Section::ALL[chance.below(8)];
            let before = draft.clone();
            let edit = edit(&draft, section, &mut chance);
            if let Err(faults) = apply(&mut draft, section, &edit, &author(step)) {
                return Err(TestCaseError::fail(format!("refused: {faults:?}")));
            }
            // Nothing outside the section changes but the heading.
            for other in Section::ALL.into_iter().filter(|s| *s != section) {
                let without_title = |d: &Draft| {
                    lines(d, other).into_iter().filter(|l| !l.starts_with("title: ")).collect::<Vec<_>>()
                };
                prop_assert_eq!(without_title(&draft), without_title(&before));
                prop_assert_eq!(notes(&draft, other), notes(&before, other));
            }
        }
        let edits = Edits::of(&draft);
        prop_assert_eq!(&edits.warnings, &Vec::<String>::new(), "nothing was changed without saying so");

        // Drafted anew from the same: the same retro, but for what a dismissed finding takes with it.
        let (same, told) = merge(&edits, fresh.clone(), &Policy::builtin());
        let dismissed = draft.behavior.findings.iter().any(|f| f.statement.verdict == Verdict::Rejected);
        for section in Section::ALL {
            if !dismissed || ![Section::Severity, Section::Actions].contains(&section) {
                prop_assert_eq!(lines(&same, section), lines(&draft, section));
            }
        }
        let all = everything(&same, &told);
        for word in written(&draft) {
            prop_assert!(all.contains(&word), "{} is lost", word);
        }
        for (mine, theirs) in draft.statements().iter().zip(same.statements()) {
            prop_assert_eq!(mine.1, theirs.1);
        }
        // And once more from its own output.
        let (again, _) = merge(&Edits::of(&same), fresh.clone(), &Policy::builtin());
        prop_assert_eq!(&again, &same);

        // Drafted anew from what else is known, and back again: nothing is lost on the way.
        let other = &pair[usize::from(!with_facts)];
        let (there, told) = merge(&edits, other.clone(), &Policy::builtin());
        let all = everything(&there, &told);
        for word in written(&draft) {
            prop_assert!(all.contains(&word), "{} is lost with other facts", word);
        }
        for item in draft.actions.items.iter().filter(|i| i.verdict != Verdict::Rejected) {
            let kept = there.actions.items.iter().find(|i| i.id == item.id);
            if item.owner.is_some() || item.due.is_some() {
                prop_assert_eq!(kept.map(|k| (&k.owner, &k.due)), Some((&item.owner, &item.due)));
            }
        }
        let (back, told) = merge(&Edits::of(&there), fresh.clone(), &Policy::builtin());
        let all = everything(&back, &told);
        for word in written(&draft) {
            prop_assert!(all.contains(&word), "{} is lost on the way back", word);
        }
    }
}
