//! A statement, its evidence, its origin, and a person's verdict.

use hindcast_trace::EvidenceId;
use hindcast_trace::locator::Locator;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The origin of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by", content = "name")]
pub enum Origin {
    /// A detector, by its id.
    Detector(String),
    /// Computed from the trace by the program.
    Analysis(String),
    /// A person: the writer of a facts file, or an editor of the draft.
    Person(String),
}

/// A person's verdict on a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nobody has decided yet.
    #[default]
    Open,
    /// A person agrees.
    Confirmed,
    /// A person rewrote it.
    Edited,
    /// A person disagrees.
    Rejected,
}

impl Verdict {
    /// The name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Open => "open",
            Verdict::Confirmed => "confirmed",
            Verdict::Edited => "edited",
            Verdict::Rejected => "rejected",
        }
    }
}

/// An exact quote from evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// Its number in the draft, such as `q7`; the same span has the same number everywhere.
    pub id: String,
    /// The evidence's SHA-256.
    #[schemars(with = "String")]
    pub evidence: EvidenceId,
    /// The path from the bytes of the evidence to the text.
    #[schemars(with = "Vec<String>")]
    pub locator: Locator,
    /// First byte of the quote in the decoded text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// The quoted text.
    pub text: String,
    /// The event, counted from 1 as in `hindcast show`.
    pub event: u32,
}

/// The evidence of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Basis {
    /// Words in the evidence.
    Quote(Quote),
    /// Something that is not in the trace.
    Absence {
        /// What was searched for.
        sought: String,
        /// First event searched, counted from 1.
        from_event: u32,
        /// Last event searched.
        to_event: u32,
    },
    /// A measurement over a corpus.
    Measurement {
        /// Sessions with the failure.
        k: u64,
        /// Eligible sessions.
        n: u64,
        /// 95 % interval of the share, in parts per million.
        interval_ppm: (u32, u32),
        /// Digest of the corpus.
        corpus: String,
        /// Digest of the signature.
        signature: String,
    },
    /// A line of a facts file, or an answer by a person.
    Fact {
        /// The file's name; the person and the time for an answer.
        file: String,
        /// Line, counted from 1; 0 for an answer.
        line: u64,
        /// The entry, such as `reported.at`.
        entry: String,
        /// What it says.
        value: String,
    },
}

/// A statement of the retro. It always has a basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Stable while origin and evidence stay the same.
    pub id: String,
    /// The statement as plain text.
    pub text: String,
    /// Who made it.
    pub origin: Origin,
    /// What a person decided.
    #[serde(default)]
    pub verdict: Verdict,
    /// The reason, if a person rejected or edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The original text, if a person edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// The words of quotes that a person took out when they edited it. The evidence still has them, but they do not back
    /// the person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// The evidence; never empty.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "at_least_one")]
    basis: Vec<Basis>,
}

/// A statement without a basis cannot be read either.
fn at_least_one<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<Basis>, D::Error> {
    let basis = Vec::<Basis>::deserialize(d)?;
    if basis.is_empty() {
        return Err(serde::de::Error::custom("a statement has no basis; every statement needs at least one"));
    }
    Ok(basis)
}

impl Statement {
    /// A statement resting on `first` and `more`. Its id comes from its maker and from what it rests on.
    pub fn new(origin: Origin, text: impl Into<String>, first: Basis, more: impl IntoIterator<Item = Basis>) -> Self {
        let mut basis = vec![first];
        for other in more {
            if !basis.contains(&other) {
                basis.push(other);
            }
        }
        let text = text.into();
        let id = statement_id(&origin, &text, &basis[0]);
        Statement { id, text, origin, verdict: Verdict::Open, reason: None, original: None, without: Vec::new(), basis }
    }

    /// What it rests on; never empty for one made here.
    pub fn basis(&self) -> &[Basis] {
        &self.basis
    }

    /// What stands beside its text: everything but the quotes that a person took out.
    pub fn shown(&self) -> impl Iterator<Item = &Basis> {
        self.basis.iter().filter(|b| !matches!(b, Basis::Quote(q) if self.without.contains(&q.text)))
    }

    /// The quotes among the bases.
    pub fn quotes(&self) -> impl Iterator<Item = &Quote> {
        self.basis.iter().filter_map(|b| if let Basis::Quote(q) = b { Some(q) } else { None })
    }

    /// True for a person's answer in the record, which stands in no file.
    pub fn is_reply(&self) -> bool {
        matches!((&self.origin, self.basis.first()), (Origin::Person(_), Some(Basis::Fact { line: 0, .. })))
    }

    /// The words that a person would know it by again, when new evidence moved them: who says it, on what words.
    pub fn fingerprint(&self) -> String {
        let maker = serde_json::to_string(&self.origin).unwrap_or_default();
        let words: Vec<_> = self.quotes().map(|q| q.text.as_str()).collect();
        if words.is_empty() || matches!(self.origin, Origin::Person(_)) {
            // What rests on a fact or a search, or what a person says of some words, is known by what it says.
            return format!("{maker}|{}", self.original.as_ref().unwrap_or(&self.text));
        }
        format!("{maker}|{}", words.join("|"))
    }
}

fn statement_id(origin: &Origin, text: &str, basis: &Basis) -> String {
    let (Origin::Detector(maker) | Origin::Analysis(maker) | Origin::Person(maker)) = origin;
    let rests_on = match basis {
        // People may say several things of the same words.
        Basis::Quote(q) if matches!(origin, Origin::Person(_)) => {
            format!("{text}|{}|{}|{}-{}", q.evidence, q.locator, q.start, q.end)
        }
        Basis::Quote(q) => format!("{}|{}|{}-{}", q.evidence, q.locator, q.start, q.end),
        // One fact may be told in two places, and one search may find nothing twice: there the words tell them apart.
        other => format!("{text}|{}", serde_json::to_string(other).unwrap_or_default()),
    };
    short_id("st", &format!("{maker}|{rests_on}"))
}

/// What a person would know a statement by again: short enough for a comment.
pub fn fingerprint(statement: &Statement) -> String {
    short_id("fp", &statement.fingerprint())
}

/// A short stable id.
pub fn short_id(prefix: &str, of: &str) -> String {
    let digest = Sha256::digest(of.as_bytes());
    let hex: String = digest.iter().take(5).map(|b| format!("{b:02x}")).collect();
    format!("{prefix}_{hex}")
}

/// A question that the evidence left open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// The entry of a facts file that answers it, such as `reported.at`.
    pub entry: String,
    /// The question.
    pub ask: String,
}

/// A question that two entries of a facts file answer.
pub const MONEY_OR_LAW: &str = "Was money involved, or does a law or regulation apply?";

impl Question {
    /// The entries of a facts file that answer it, most often one.
    pub fn entries(&self) -> Vec<&str> {
        let both = self.ask == MONEY_OR_LAW && self.entry == "severity.financial";
        let second = both.then_some("severity.regulatory");
        std::iter::once(self.entry.as_str()).chain(second).collect()
    }
}

/// An answer, or the question to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is known.
    Known(Vec<Statement>),
    /// It is unknown.
    Unknown(Question),
}

impl Answer {
    /// The statements, if it is known.
    pub fn statements(&self) -> &[Statement] {
        match self {
            Answer::Known(statements) => statements,
            Answer::Unknown(_) => &[],
        }
    }

    /// The question, if it is unknown.
    pub fn question(&self) -> Option<&Question> {
        match self {
            Answer::Unknown(question) => Some(question),
            Answer::Known(_) => None,
        }
    }
}
