//! One failure, one flag: what several detectors see of the same words or the same call is told once, by the one that says most.

use super::Detector;
use crate::finding::{Basis, Cite, Finding, Report};
use crate::maps::{HashMap, HashSet};
use std::collections::BTreeSet;

/// Whose flag stays where two are about the same words: the earlier one. A disclosed secret is harm of its own, so that its
/// detector is not among them.
const RANKS: [&str; 7] = [
    "injection-followed",
    "claimed-work",
    "completion-not-terminal",
    "error-ignored",
    "completion-unbacked",
    "unconfirmed-write",
    "fabricated-identifier",
];

/// Whose findings, too, give way to another one about the same words.
const GIVES_WAY: [&str; 2] = ["completion-unbacked", "unconfirmed-write"];
/// The paths of an operation that is told as done against its answer.
const CONTRARY: &str = "contrary";
/// The path of a write to another record than the one that is meant.
const OTHER_RECORD: &str = "other-record";

/// The path of an order that no call did and no message tells.
const NOT_CALLED: &str = "not-called";
/// The path of a failed call behind which the session ends.
const UNRETRIED: &str = "unretried";
/// Whose flags say the same more exactly.
const UNDONE: [&str; 4] = ["announced-not-executed", "completion-unbacked", "completion-not-terminal", "error-ignored"];

/// The paths of a number that is reckoned wrong.
const RECKONED: [&str; 2] = ["derived", "part-sum"];

/// Takes out the flags that another one makes superfluous. A finding is taken out only for an injection that explains the call, or for a finding
/// of another rule that knows the call that a claim is about.
pub(super) fn leave_out(reports: &mut [(&'static dyn Detector, Report)]) {
    let mut flags: HashMap<u32, Vec<Flag>> = HashMap::default();
    reports.iter().flat_map(|(_, r)| each(r)).for_each(|flag| flags.entry(flag.event).or_default().push(flag));
    let claims = reports.iter().flat_map(|(_, r)| &r.findings).filter(|f| f.detector == "claimed-work");
    let claimed: HashSet<(u32, u32)> = claims.flat_map(|f| f.considered.iter().map(|c| (f.event, c.event))).collect();
    // What others say of the same operation says more than that it was told as done.
    let others = |f: &&Finding| f.path != UNRETRIED && (f.detector != "error-ignored" || !f.path.starts_with(CONTRARY));
    let all = reports.iter().flat_map(|(_, r)| r.findings.iter().chain(&r.leads));
    let judged: HashSet<u32> = all.filter(others).flat_map(|f| f.considered.iter().map(|c| c.event)).collect();
    let again = |f: &Finding| {
        f.detector == "error-ignored"
            && f.path.starts_with(CONTRARY)
            && f.considered.iter().any(|c| judged.contains(&c.event))
    };
    let all = reports.iter().flat_map(|(_, r)| r.findings.iter().chain(&r.leads));
    let invented: HashSet<u32> = all.filter(|f| f.detector == "fabricated-identifier").map(|f| f.event).collect();
    let all = reports.iter().flat_map(|(_, r)| r.findings.iter().chain(&r.leads));
    let undone: BTreeSet<u32> =
        all.filter(|f| UNDONE.contains(&f.detector) && f.path != NOT_CALLED).map(|f| f.event).collect();
    let all = reports.iter().flat_map(|(_, r)| r.findings.iter().chain(&r.leads));
    let ignored: HashSet<u32> = all.filter(|f| f.detector == "error-ignored").map(|f| f.event).collect();
    let told_of = |from: u32, to: u32| undone.range(from..=to).next().is_some();
    for (_, report) in reports {
        report.findings.retain(|f| !again(f));
        report.leads.retain(|f| !again(f));
        let told = |one: &Finding, finding: bool| {
            let one = Flag::of(one, finding);
            flags.get(&one.event).is_some_and(|all| all.iter().any(|other| other.explains(&one)))
        };
        // Where an answer says that the claimed act waits or failed, a call was made that could have done it.
        report.findings.retain(|f| !(GIVES_WAY.contains(&f.detector) && told(f, true)));
        // That a failed command is not mentioned says less than that it is claimed to have worked.
        let same = |f: &Finding| f.considered.iter().any(|c| claimed.contains(&(f.event, c.event)));
        report.findings.retain(|f| !(f.detector == "error-ignored" && same(f)));
        // A number that stands nowhere is told once.
        report
            .leads
            .retain(|f| !(f.detector == "wrong-count" && RECKONED.contains(&f.path) && invented.contains(&f.event)));
        // What was announced or claimed in between says more exactly what was not done.
        report.leads.retain(|f| f.path != NOT_CALLED || !since(f).is_some_and(|(from, to)| told_of(from, to)));
        // That nothing followed a failed call says less than that it was told as done.
        report.leads.retain(|f| f.path != UNRETRIED || !ignored.contains(&f.event));
        // That two records were mixed up is a fact of its own, whatever led to it.
        report.leads.retain(|f| f.path == OTHER_RECORD || !told(f, false));
    }
}

/// Tells once what one rule sees several times in the same sentence: "I tagged it and pushed the tag".
pub(super) fn join(report: &mut Report) {
    for flags in [&mut report.findings, &mut report.leads] {
        let mut joined: Vec<Finding> = Vec::new();
        for flag in std::mem::take(flags) {
            // Of one sentence there are few flags, and they stand side by side.
            let near = joined.len().saturating_sub(SIDE_BY_SIDE);
            match joined[near..].iter_mut().find(|first| in_one_sentence(first, &flag)) {
                Some(first) => absorb(first, flag),
                None => joined.push(flag),
            }
        }
        *flags = joined;
    }
}

/// So many flags back, one about the same sentence is looked for.
const SIDE_BY_SIDE: usize = 8;

/// True for two flags of one rule for claims that quote the same sentence.
fn in_one_sentence(first: &Finding, other: &Finding) -> bool {
    let same = |a: &Cite, b: &Cite| a.event() == b.event() && a.loc() == b.loc() && a.range() == b.range();
    let quotes = first.quote().zip(other.quote());
    first.detector == "claimed-work"
        && (first.event, first.rule(), first.category) == (other.event, other.rule(), other.category)
        && reason(first).is_some()
        && reason(other).is_some()
        && quotes.is_some_and(|(a, b)| a.event() == first.event && same(a, b))
}

/// What is wrong with a claim, as its title says behind the quote.
fn reason(flag: &Finding) -> Option<&str> {
    flag.title.strip_prefix("Claimed \"")?.rsplit_once("\", but ").map(|(_, reason)| reason)
}

/// Where a flag says that something never came.
fn since(flag: &Finding) -> Option<(u32, u32)> {
    flag.bases().find_map(|b| match b {
        Basis::Absence { scope, .. } => Some(*scope),
        _ => None,
    })
}

fn absorb(first: &mut Finding, other: Finding) {
    const NONE: &str = "no earlier command ";
    let (Some(one), Some(two)) = (reason(first), reason(&other)) else { return };
    let more = match two.strip_prefix(NONE).filter(|_| one.starts_with(NONE) && !one.contains(", and ")) {
        Some(deed) => format!(" or {deed}"),
        None => format!("; {two}"),
    };
    first.title.push_str(&more);
    let detail = other.detail.split_once("\". ").map_or(other.detail.as_str(), |(_, rest)| rest);
    first.detail.push(' ');
    first.detail.push_str(detail);
    first.absorb(other);
}

fn each(report: &Report) -> impl Iterator<Item = Flag> {
    let findings = report.findings.iter().map(|f| Flag::of(f, true));
    findings.chain(report.leads.iter().map(|f| Flag::of(f, false)))
}

/// What counts of a flag here.
struct Flag {
    rank: Option<usize>,
    finding: bool,
    event: u32,
    /// The words of its event that it quotes.
    quotes: Vec<Cite>,
}

impl Flag {
    fn of(flag: &Finding, finding: bool) -> Self {
        let quotes = flag.bases().filter_map(|b| if let Basis::Quote(cite) = b { Some(cite) } else { None });
        Flag {
            rank: RANKS.iter().position(|id| *id == flag.detector),
            finding,
            event: flag.event,
            quotes: quotes.filter(|c| c.event() == flag.event).cloned().collect(),
        }
    }

    /// True when this flag and a lesser one are about the same words.
    fn explains(&self, lesser: &Flag) -> bool {
        let (Some(own), Some(other)) = (self.rank, lesser.rank) else { return false };
        // An injection explains even a finding, and a lead never makes a finding superfluous otherwise.
        let outranks = own < other && (own == 0 || self.finding || !lesser.finding)
            || other > 0 && self.finding && !lesser.finding;
        let meet = |a: &Cite| lesser.quotes.iter().any(|b| a.loc() == b.loc() && overlap(a, b));
        outranks && self.event == lesser.event && self.quotes.iter().any(meet)
    }
}

fn overlap(a: &Cite, b: &Cite) -> bool {
    let (a, b) = (a.range(), b.range());
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::ALL;
    use crate::finding::Category;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::Text;

    fn flag(detector: &'static str, event: u32, words: &str) -> Finding {
        let said = "All tests pass. The page is live.";
        let text = Text { text: said.to_owned(), loc: Loc { base: 0, at: 7, form: Form::Own } };
        let from = said.find(words).expect("the words are in the text");
        let cite = Cite::of(event, &text, from..from + words.len()).expect("a quote");
        Finding::new(detector, Category::Hallucination, event, "", cite)
    }

    /// The detectors whose flags are left, from findings and leads.
    fn left(findings: Vec<Finding>, leads: Vec<Finding>) -> Vec<&'static str> {
        let of = |id: &str, all: &[Finding]| all.iter().filter(|f| f.detector == id).cloned().collect::<Vec<_>>();
        let report = |id| Report { findings: of(id, &findings), leads: of(id, &leads), ..Report::default() };
        let mut reports: Vec<_> = ALL.iter().map(|d| (*d, report(d.id()))).collect();
        leave_out(&mut reports);
        reports.iter().flat_map(|(_, r)| r.findings.iter().chain(&r.leads)).map(|f| f.detector).collect()
    }

    #[test]
    fn the_flag_that_says_most_is_left() {
        let claimed = || flag("claimed-work", 3, "All tests pass");
        let ignored = || flag("error-ignored", 3, "tests pass");
        assert_eq!(left(vec![claimed()], vec![ignored()]), ["claimed-work"]);
        assert_eq!(left(vec![], vec![ignored(), claimed()]), ["claimed-work"]);
        assert_eq!(left(vec![ignored()], vec![claimed()]), ["error-ignored"], "a finding says more than a lead");
        assert_eq!(left(vec![ignored(), claimed()], vec![]).len(), 2, "these two say different things");
    }

    #[test]
    fn other_words_and_other_events_are_other_failures() {
        let claimed = || flag("claimed-work", 3, "All tests pass");
        assert_eq!(left(vec![claimed()], vec![flag("error-ignored", 3, "The page is live")]).len(), 2);
        assert_eq!(left(vec![claimed()], vec![flag("error-ignored", 4, "All tests pass")]).len(), 2);
        assert_eq!(left(vec![claimed()], vec![flag("secret-disclosed", 3, "All tests pass")]).len(), 2);
    }

    #[test]
    fn what_a_call_is_known_for_was_not_done_without_one() {
        let (waits, unbacked) =
            (flag("completion-not-terminal", 3, "The page is live"), || flag("completion-unbacked", 3, "is live"));
        assert_eq!(left(vec![unbacked(), waits.clone()], vec![]), ["completion-not-terminal"]);
        assert_eq!(left(vec![unbacked()], vec![waits]), ["completion-unbacked"], "a finding says more than a lead");
        assert_eq!(left(vec![unbacked(), flag("error-ignored", 3, "All tests pass")], vec![]).len(), 2);
    }

    #[test]
    fn an_injection_explains_the_call_that_it_led_to() {
        let (followed, unasked) = (flag("injection-followed", 3, "page"), flag("unconfirmed-write", 3, "page is live"));
        assert_eq!(left(vec![unasked], vec![followed]), ["injection-followed"]);
    }

    /// The titles of the findings that are left of one report.
    fn joined(findings: Vec<Finding>) -> Vec<String> {
        let mut report = Report { findings, ..Report::default() };
        join(&mut report);
        report.findings.into_iter().map(|f| f.title).collect()
    }

    fn claimed(words: &str, reason: &str, path: &'static str) -> Finding {
        let mut finding =
            flag("claimed-work", 3, words).path(path).detail(format!("The agent says \"{words}\". It is so."));
        finding.title = format!("Claimed \"{words}\", but {reason}");
        finding
    }

    #[test]
    fn one_sentence_is_told_once() {
        let tag = || claimed("All tests pass", "no earlier command makes a tag", "no-command");
        let push = || claimed("All tests pass", "no earlier command pushes anything", "no-command");
        let told = joined(vec![tag(), push()]);
        assert_eq!(told, ["Claimed \"All tests pass\", but no earlier command makes a tag or pushes anything"]);
        let failed = || claimed("All tests pass", "`git push` failed", "no-command");
        assert_eq!(joined(vec![tag(), failed()]).len(), 1);
        let mut one = tag();
        absorb(&mut one, failed());
        assert_eq!(one.detail, "The agent says \"All tests pass\". It is so. It is so.");
        assert!(one.title.ends_with("makes a tag; `git push` failed"), "{}", one.title);
    }

    #[test]
    fn other_sentences_rules_and_detectors_stay_apart() {
        let tag = || claimed("All tests pass", "no earlier command makes a tag", "no-command");
        assert_eq!(
            joined(vec![tag(), claimed("The page is live", "no earlier command deploys it", "no-command")]).len(),
            2
        );
        assert_eq!(joined(vec![tag(), claimed("All tests pass", "the latest run failed", "red-run")]).len(), 2);
        let other = || flag("completion-unbacked", 3, "All tests pass");
        assert_eq!(joined(vec![other(), other()]).len(), 2);
    }
}
