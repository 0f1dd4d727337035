//! The reliability table and its page in the documentation are what the verdict files say.

use hindcast_detect::detectors::ALL;
use hindcast_detect::reliability::{self, Tier, wilson};
use hindcast_detect::{Category, SessionKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the verdicts on one rule in one kind of session come to.
#[derive(Default)]
struct Tally {
    right: u32,
    judged: u32,
    false_alarms: u32,
    ordinary: u32,
    judged_on: String,
    sets: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn tallies() -> BTreeMap<(String, SessionKind), Tally> {
    let mut all: BTreeMap<(String, SessionKind), Tally> = BTreeMap::new();
    let files =
        std::fs::read_dir(root().join("data/verdicts")).expect("the verdicts").map(|e| e.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "tsv")).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("reads");
        let head = |key: &str| -> String {
            let line = text.lines().find_map(|l| l.strip_prefix(&format!("# {key}:")));
            line.unwrap_or_else(|| panic!("{}: no line \"# {key}:\"", file.display())).trim().to_owned()
        };
        let (set, day, written_on) = (head("set"), head("judged on"), head("written on"));
        assert!(written_on == "yes" || written_on == "no", "{}: written on: yes or no", file.display());
        for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.is_empty()) {
            let at = || format!("{}:{}", file.display(), i + 1);
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 6, "{}: six columns", at());
            let kind = SessionKind::from_name(cells[1]).unwrap_or_else(|| panic!("{}: kind {}", at(), cells[1]));
            let (rule, ordinary) = cells[0].strip_suffix(" ordinary").map_or((cells[0], false), |rule| (rule, true));
            let detector = rule.split('/').next().unwrap_or(rule);
            assert!(ALL.iter().any(|d| d.id() == detector), "{}: no detector {detector}", at());
            assert!(!cells[5].trim().is_empty(), "{}: a reason", at());
            if written_on == "yes" {
                continue;
            }
            let tally = all.entry((rule.to_owned(), kind)).or_default();
            tally.judged_on = tally.judged_on.clone().max(day.clone());
            tally.sets.insert(set.clone());
            if ordinary {
                tally.ordinary += cells[3].parse::<u32>().unwrap_or_else(|_| panic!("{}: sessions", at()));
                tally.false_alarms += cells[4].parse::<u32>().unwrap_or_else(|_| panic!("{}: false alarms", at()));
                continue;
            }
            assert!(matches!(cells[4], "right" | "wrong"), "{}: right or wrong", at());
            tally.judged += 1;
            tally.right += u32::from(cells[4] == "right");
        }
    }
    all
}

fn table() -> String {
    let mut out = "rule\tkind\tright\tjudged\tfalse_alarms\tordinary\tjudged_on\tsets\n".to_owned();
    for ((rule, kind), t) in tallies() {
        let sets = t.sets.into_iter().collect::<Vec<_>>().join("; ");
        let _ = writeln!(
            out,
            "{rule}\t{}\t{}\t{}\t{}\t{}\t{}\t{sets}",
            kind.name(),
            t.right,
            t.judged,
            t.false_alarms,
            t.ordinary,
            t.judged_on
        );
    }
    out
}

/// The part of `docs/detectors.md` between the two marks.
fn page() -> String {
    let mut out = String::new();
    out.push_str(
        "| rule | kind of session | shown as | right of judged | 95 % interval | false alarms in ordinary sessions |\n",
    );
    out.push_str("|---|---|---|---|---|---|\n");
    for row in reliability::rows() {
        let (low, high) = wilson(row.right, row.judged);
        let tier = match row.tier() {
            Tier::Finding => "finding",
            Tier::Lead => "lead",
        };
        let interval = if row.judged == 0 { "–".to_owned() } else { format!("{low:.2} to {high:.2}") };
        let ordinary = if row.ordinary == 0 {
            "not counted".to_owned()
        } else {
            format!("{} in {}", row.false_alarms, row.ordinary)
        };
        let _ = writeln!(
            out,
            "| {} | {} | {tier} | {} of {} | {interval} | {ordinary} |",
            row.rule,
            row.kind.label(),
            row.right,
            row.judged
        );
    }
    out
}

/// Compares a text with what a file holds, or writes it there where somebody asked for that.
fn hold(path: &Path, is: &str, should: &str, whole: &str) {
    if std::env::var_os("HINDCAST_REBUILD").is_some() {
        std::fs::write(path, whole).expect("writes");
    } else {
        assert!(is == should, "{} is not what the verdicts say; HINDCAST_REBUILD=1 writes it anew", path.display());
    }
}

#[test]
fn the_table_is_what_the_verdicts_say() {
    let path = root().join("data/reliability.tsv");
    let is = std::fs::read_to_string(&path).expect("reads");
    let should = table();
    hold(&path, &is, &should, &should);
}

#[test]
fn the_documentation_is_what_the_table_says() {
    const BEGIN: &str = "<!-- reliability table: written by tests/reliability.rs -->\n";
    const END: &str = "<!-- end of the reliability table -->\n";
    let path = root().join("../../docs/detectors.md");
    let text = std::fs::read_to_string(&path).expect("reads");
    let (before, rest) = text.split_once(BEGIN).expect("the table's first mark");
    let (is, after) = rest.split_once(END).expect("the table's last mark");
    let should = page();
    hold(&path, is, &should, &format!("{before}{BEGIN}{should}{END}{after}"));
}

#[test]
fn every_category_has_a_detector() {
    for category in Category::ALL {
        assert!(ALL.iter().any(|d| d.category() == category), "{category:?}");
    }
}
