//! The file, read into tables.

use super::Topics;
use crate::maps::{HashMap, HashSet};
use crate::prose::pattern;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
pub(super) struct Check {
    run: Vec<String>,
    topics: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Told {
    of: String,
    pub(super) sums: Option<String>,
    pub(super) red: Option<String>,
    pub(super) green: Option<String>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct File {
    pub(super) valued: HashMap<String, Vec<String>>,
    pub(super) checks: Vec<Check>,
    pub(super) runners: HashMap<String, Vec<String>>,
    pub(super) own: HashMap<String, HashSet<String>>,
    pub(super) names: BTreeMap<String, HashSet<String>>,
    pub(super) several: HashSet<String>,
    pub(super) harmless: HashSet<String>,
    pub(super) deeds: BTreeMap<String, Vec<Vec<String>>>,
    pub(super) looks: BTreeMap<String, Vec<Vec<String>>>,
    pub(super) looks_deny: BTreeMap<String, String>,
    asked: BTreeMap<String, String>,
    usually: String,
    explain: String,
    pub(super) deed_names: HashMap<String, String>,
    pub(super) outcomes: Vec<Told>,
    not_run: String,
    deed_failed: String,
    states: BTreeMap<String, String>,
    rows: BTreeMap<String, Vec<String>>,
    row_done: String,
    discloses: String,
    gate: String,
    explained: String,
    manner: String,
    arrived: String,
    ci_green: String,
    ci_red: String,
    attributes: String,
    sides: BTreeMap<String, Vec<String>>,
    claims: Spoken,
}

type Words = HashSet<String>;

/// The words with which work is claimed; each list is explained in the file.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Spoken {
    test: Words,
    lint: Words,
    types: Words,
    build: Words,
    format: Words,
    pub(crate) success: Words,
    pub(crate) tidy: Words,
    pub(crate) after_pass: Words,
    pub(crate) after_modifier: Words,
    pub(crate) unsaid: Words,
    pub(crate) partly: Words,
    pub(crate) neutral: Words,
    pub(crate) kinds_of_test: Words,
    pub(crate) whole: Words,
    pub(crate) ran: Words,
    pub(crate) checked_with: Words,
    pub(crate) built: Words,
    pub(crate) failing: Words,
    pub(crate) some: Words,
    pub(crate) left_open: Words,
    pub(crate) wrote: Words,
    pub(crate) of_answer: Words,
    pub(super) deeds: HashMap<String, Words>,
    objects: HashMap<String, Words>,
}

impl Spoken {
    /// What a word is the name of.
    pub fn topics(&self, word: &str) -> Topics {
        [
            (&self.test, Topics::TEST),
            (&self.lint, Topics::LINT),
            (&self.types, Topics::TYPES),
            (&self.build, Topics::BUILD),
            (&self.format, Topics::FORMAT),
        ]
        .into_iter()
        .filter(|(words, _)| words.contains(word))
        .fold(Topics::NONE, |all, (_, topic)| all.and(topic))
    }

    /// The kind of deed that a participle claims.
    pub fn deed(&self, word: &str) -> Option<&'static str> {
        DEEDS.into_iter().find(|kind| self.deeds.get(*kind).is_some_and(|words| words.contains(word)))
    }

    /// True for a word that such a deed is done to.
    pub fn is_object(&self, kind: &str, word: &str) -> bool {
        self.objects.get(kind).is_some_and(|words| word.split('/').any(|w| words.contains(w)))
    }
}

/// The words behind a program by which a check is known, what it checks, and the endings of the files that it is about.
pub(crate) type Known = (Vec<String>, Topics, Vec<String>);

/// How a line of output is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Its counts decide.
    Sums,
    /// It failed.
    Red,
    /// It passed.
    Green,
}

/// By program: the words behind it, and the kind of deed that they tell.
type Commands = HashMap<String, Vec<(Vec<String>, &'static str)>>;

/// The tables, looked up by word.
pub struct Table {
    pub(super) valued: HashMap<String, Vec<String>>,
    pub(crate) checks: HashMap<String, Vec<Known>>,
    pub(super) runners: HashMap<String, Vec<String>>,
    pub(super) own: HashMap<String, HashSet<String>>,
    pub(super) names: HashMap<String, Topics>,
    pub(super) several: HashSet<String>,
    pub(super) harmless: HashSet<String>,
    pub(super) deeds: Commands,
    pub(super) looks: Commands,
    /// What a look-up says where the deed that it looks for was not done, by the kind of deed.
    pub looks_deny: Vec<(&'static str, Regex)>,
    /// What asks for a deed, by its kind.
    pub asked: Vec<(&'static str, Regex)>,
    /// Said of what happens as a rule.
    pub usually: Option<Regex>,
    /// Asks how something works.
    pub explain: Option<Regex>,
    pub(super) deed_names: HashMap<String, String>,
    /// What lines of output tell.
    pub lines: Vec<(Topics, Line, Regex)>,
    /// The command never got to work.
    pub not_run: Option<Regex>,
    /// A command that changes something did not.
    pub deed_failed: Option<Regex>,
    /// What is said of the world once a deed is done, by its kind.
    pub states: Vec<(&'static str, Regex)>,
    /// Words in the first cell of a row that name a deed.
    pub row_names: HashMap<String, &'static str>,
    /// What the second cell says of a deed that is done.
    pub row_done: Option<Regex>,
    /// Leaves something out of what is said to be well.
    pub discloses: Option<Regex>,
    /// Tells that a threshold or another condition beside the tests is not met.
    pub gate: Option<Regex>,
    /// Asks for an explanation, and for no deed.
    pub explained: Option<Regex>,
    /// What follows a participle that says how or where something stands, and no deed.
    pub manner: Option<Regex>,
    /// What follows a participle that says where something arrived.
    pub arrived: Option<Regex>,
    /// Says that checks which run on a server are green.
    pub ci_green: Option<Regex>,
    /// A line of a look at such checks that tells of one that failed.
    pub ci_red: Option<Regex>,
    /// Passes on what stands or ran elsewhere.
    pub attributes: Option<Regex>,
    /// Words for parts of a project that have tests of their own, each with the name of its part.
    pub sides: HashMap<String, Vec<String>>,
    /// The words of claims.
    pub spoken: Spoken,
}

/// Kinds of deeds.
pub(super) const DEEDS: [&str; 13] = [
    "release", "commit", "push", "merge", "request", "tag", "publish", "deploy", "install", "rollback", "migrate",
    "restart", "apply",
];

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../../data/work.yaml")).unwrap_or_default();
    let of = |topics: &[String]| topics.iter().fold(Topics::NONE, |all, t| all.and(Topics::named(t)));
    let mut checks: HashMap<String, Vec<_>> = HashMap::default();
    for check in file.checks {
        let topics = of(&check.topics);
        let mut run = check.run.into_iter();
        let program = run.next().unwrap_or_default();
        checks.entry(program).or_default().push((run.collect(), topics, check.files));
    }
    let mut names: HashMap<String, Topics> = HashMap::default();
    for (topic, words) in &file.names {
        for word in words {
            let known = names.entry(word.clone()).or_default();
            *known = known.and(Topics::named(topic));
        }
    }
    let mut lines = Vec::new();
    for told in file.outcomes {
        let topics = Topics::named(&told.of);
        for (text, line) in [(told.sums, Line::Sums), (told.red, Line::Red), (told.green, Line::Green)] {
            lines.extend(text.and_then(|t| pattern::compile(&t)).map(|regex| (topics, line, regex)));
        }
    }
    let kind = |name: &str| DEEDS.into_iter().find(|k| *k == name);
    let patterns = |of: &BTreeMap<String, String>| {
        of.iter().filter_map(|(name, text)| kind(name).zip(pattern::compile(text))).collect::<Vec<_>>()
    };
    let named = file.rows.iter().filter_map(|(name, words)| kind(name).map(|k| (k, words)));
    let row_names = named.flat_map(|(k, words)| words.iter().map(move |w| (w.clone(), k))).collect();
    Table {
        states: patterns(&file.states),
        looks_deny: patterns(&file.looks_deny),
        asked: patterns(&file.asked),
        usually: pattern::compile(&file.usually),
        explain: pattern::compile(&file.explain),
        row_names,
        row_done: pattern::compile(&file.row_done),
        discloses: pattern::compile(&file.discloses),
        gate: pattern::compile(&file.gate),
        explained: pattern::compile(&file.explained),
        manner: pattern::compile(&file.manner),
        arrived: pattern::compile(&file.arrived),
        ci_green: pattern::compile(&file.ci_green),
        ci_red: pattern::compile(&file.ci_red),
        attributes: pattern::compile(&file.attributes),
        sides: sides(&file.sides),
        valued: file.valued,
        checks,
        runners: file.runners,
        own: file.own,
        names,
        several: file.several,
        harmless: file.harmless,
        deeds: by_program(&file.deeds),
        looks: by_program(&file.looks),
        deed_names: file.deed_names,
        lines,
        not_run: pattern::compile(&file.not_run),
        deed_failed: pattern::compile(&file.deed_failed),
        spoken: file.claims,
    }
});

fn sides(of: &BTreeMap<String, Vec<String>>) -> HashMap<String, Vec<String>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::default();
    for (side, words) in of {
        for word in words.iter().chain([side]) {
            all.entry(word.clone()).or_default().push(side.clone());
        }
    }
    all
}

fn by_program(of: &BTreeMap<String, Vec<Vec<String>>>) -> Commands {
    let mut all = Commands::default();
    for kind in DEEDS {
        for words in of.get(kind).into_iter().flatten() {
            let rest = words.get(1..).unwrap_or_default().to_vec();
            all.entry(words.first().cloned().unwrap_or_default()).or_default().push((rest, kind));
        }
    }
    all
}

/// The tables.
pub fn table() -> &'static Table {
    &TABLE
}
