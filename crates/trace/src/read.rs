//! From files to sessions: unwrap, split, recognise, read, join.

mod document;
mod foreign;
mod stream;

use crate::assemble::assemble;
use crate::evidence::Evidence;
use crate::format::{self, Document, Format};
use crate::item::{Output, Session};
use crate::locator::Bases;
use crate::model::{Gap, GapKind, KeyKind, Trace};
use crate::node::Node;
use document::{Split, split};
use std::collections::HashMap;
use std::sync::Arc;
pub use stream::{Scanned, scan};

/// What was recognised in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// Index of the evidence.
    pub evidence: usize,
    /// The format's name.
    pub format: &'static str,
    /// Its dialect, where the format has several and they matter: who wrote the model calls into OTLP, and how.
    pub dialect: Option<&'static str>,
    /// How surely: 0 to 100.
    pub score: u32,
    /// The next best format and its score.
    pub runner_up: Option<(&'static str, u32)>,
    /// How many documents (files, lines or list items) were read.
    pub documents: usize,
    /// What could not be used, for people.
    pub lossy: Vec<String>,
}

impl Detection {
    /// The format as people should see it, such as `otlp (openinference)`.
    pub fn label(&self) -> String {
        match self.dialect {
            Some(dialect) => format!("{} ({dialect})", self.format),
            None => self.format.to_owned(),
        }
    }

    /// How far the winner is ahead of the runner-up.
    pub fn margin(&self) -> u32 {
        self.score - self.runner_up.map_or(0, |(_, s)| s).min(self.score)
    }
}

/// All that the files say.
#[derive(Debug)]
pub struct Reading {
    /// The sessions, in the order of the files.
    pub sessions: Vec<Trace>,
    /// What each file was.
    pub detections: Vec<Detection>,
}

/// Why a file could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It holds nothing.
    #[error("{name} is empty. A trace file holds JSON, JSON Lines or OTLP protobuf; export it again.")]
    Empty {
        /// The file.
        name: String,
    },
    /// Its wrapping could not be undone.
    #[error("{name} could not be unpacked: {why}. Unpack it yourself and give the file inside, or export it again.")]
    Wrapped {
        /// The file.
        name: String,
        /// What went wrong.
        why: String,
    },
    /// It is no text.
    #[error(
        "{name} is not a trace: it looks like {what}. Hindcast reads JSON, JSON Lines and OTLP protobuf, also gzip- or zstd-compressed."
    )]
    NotText {
        /// The file.
        name: String,
        /// What it looks like.
        what: &'static str,
    },
    /// It is broken before anything useful.
    #[error("{name} is not readable JSON: {what} (byte {at}, line {line}). Nothing before that could be used.")]
    Broken {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
        /// Byte position.
        at: usize,
        /// Line, counted from 1.
        line: usize,
    },
    /// It is a conversation in which nothing was said.
    #[error(
        "{name} holds a list of messages that is empty: there is no conversation in it. Check the export's filter."
    )]
    NoMessages {
        /// The file.
        name: String,
    },
    /// It is of a format that is known and not read.
    #[error("{name} is {format}, which Hindcast does not read. {instead}")]
    Foreign {
        /// The file.
        name: String,
        /// The format.
        format: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// The format that fits best leaves messages or calls unread.
    #[error(
        "{name} looks like {format}, but {unread} of its {documents} records are messages or calls that this format does not have. Reading only the rest would tell half of the session. Export it in another format, such as OTLP or OpenAI chat messages."
    )]
    HalfRead {
        /// The file.
        name: String,
        /// The format that fits best.
        format: &'static str,
        /// Messages and calls that it leaves out.
        unread: usize,
        /// All documents.
        documents: usize,
    },
    /// No format matches.
    #[error(
        "{name} is JSON, but of no format that Hindcast knows. Looked for: {tried}. The outermost keys are: {keys}."
    )]
    Unrecognised {
        /// The file.
        name: String,
        /// The formats' names.
        tried: String,
        /// What is there instead.
        keys: String,
    },
}

/// Reads files that belong together.
///
/// # Errors
/// The first file that could not be used at all. A file that is partly readable is no error: what was lost is
/// said in its [`Detection`].
pub fn read(evidence: &[Evidence]) -> Result<Reading, ReadError> {
    let mut bases = Bases::default();
    let mut splits = Vec::new();
    for (index, item) in evidence.iter().enumerate() {
        splits.push(split(item, index as u32, &mut bases)?);
    }
    let mut detections = Vec::new();
    let mut pools: Vec<(&'static dyn Format, Vec<Document<'_>>)> = Vec::new();
    for (index, (split, item)) in splits.iter().zip(evidence).enumerate() {
        let (detection, format, docs) = recognise(split, index, item)?;
        detections.push(detection);
        match pools.iter_mut().find(|(f, _)| f.name() == format.name()) {
            Some((_, pool)) => pool.extend(docs),
            None => pools.push((format, docs)),
        }
    }
    let mut out = Output { bases, ..Output::default() };
    let mut raw: Vec<(&'static str, Session)> = Vec::new();
    let mut damaged: Vec<String> = Vec::new();
    for (format, docs) in pools {
        let before = raw.len();
        format.read(&docs, &mut out);
        raw.extend(out.sessions.drain(..).map(|s| (format.name(), s)));
        let mut lossy = std::mem::take(&mut out.lossy);
        lossy.extend(out.dropped.iter().skip(damaged.len()).cloned());
        damaged.clone_from(&out.dropped);
        if raw.len() == before {
            lossy.push("no session is in it: nothing in it tells of messages, calls or other events".to_owned());
        }
        if let Some(first) = detections.iter_mut().find(|d| d.format == format.name()) {
            first.lossy.extend(lossy);
        }
    }
    let dropped: Vec<Gap> = splits
        .iter()
        .flat_map(|s| &s.dropped)
        .chain(&damaged)
        .map(|what| Gap { kind: GapKind::InputDropped, what: what.clone(), loc: None, event: None })
        .collect();
    let bases = Arc::new(out.bases);
    let sessions = merge(raw)
        .into_iter()
        .map(|(format, mut session)| {
            session.gaps.extend(dropped.iter().cloned());
            assemble(session, format, Arc::clone(&bases))
        })
        .collect();
    Ok(Reading { sessions, detections })
}

/// Halves of one session, from several files, become one.
fn merge(raw: Vec<(&'static str, Session)>) -> Vec<(&'static str, Session)> {
    let mut place: HashMap<(&'static str, String), usize> = HashMap::new();
    let mut merged: Vec<(&'static str, Session)> = Vec::new();
    for (format, session) in raw {
        let mut session = session;
        // Two files of one name are two recordings: a position identifies nothing beyond its own file.
        if session.key_kind == KeyKind::Position && place.contains_key(&(format, session.key.clone())) {
            let taken = |n: &usize| place.contains_key(&(format, format!("{} ({n})", session.key)));
            let next = (2..).find(|n| !taken(n)).unwrap_or(usize::MAX);
            session.key = format!("{} ({next})", session.key);
        }
        match place.get(&(format, session.key.clone())) {
            Some(&at) => {
                let known = &mut merged[at].1;
                known.items.extend(session.items);
                known.tools.extend(session.tools);
                known.gaps.extend(session.gaps);
                known.sub_agents.extend(session.sub_agents);
            }
            None => {
                place.insert((format, session.key.clone()), merged.len());
                merged.push((format, session));
            }
        }
    }
    merged
}

/// How many documents of a file decide on its format.
const SAMPLE: usize = 20;

fn recognise<'d>(
    split: &'d Split<'d>,
    index: usize,
    item: &'d Evidence,
) -> Result<(Detection, &'static dyn Format, Vec<Document<'d>>), ReadError> {
    let mut roots: Vec<Node<'d>> = split.docs.iter().map(|(doc, base)| Node::new(doc.root(), *base)).collect();
    let refuse = |roots: &[Node<'_>]| {
        let foreign = foreign::of(roots)?;
        Some(ReadError::Foreign { name: item.name.clone(), format: foreign.name, instead: foreign.instead })
    };
    if let Some(refused) = refuse(&roots) {
        return Err(refused);
    }
    let mut ranking = rank(&roots);
    // A list of sessions: no format knows the list itself, but one knows its items.
    if ranking[0].0 == 0 && roots.iter().any(|r| r.is_array()) {
        roots = roots.into_iter().flat_map(Node::items).collect();
        ranking = rank(&roots);
        if let Some(refused) = refuse(&roots) {
            return Err(refused);
        }
    }
    let (score, format) = ranking[0];
    if score == 0 {
        let silent = |r: &Node<'_>| r.get("messages").is_some_and(|m| m.is_array() && m.items().next().is_none());
        if !roots.is_empty() && roots.iter().all(silent) {
            return Err(ReadError::NoMessages { name: item.name.clone() });
        }
        let tried: Vec<_> = format::ALL.iter().map(|f| f.name()).collect();
        let keys: Vec<_> = roots.iter().flat_map(|r| r.entries()).map(|(k, _)| k.into_owned()).take(8).collect();
        let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
        return Err(ReadError::Unrecognised { name: item.name.clone(), tried: tried.join(", "), keys });
    }
    let single = roots.len() == 1;
    let mut lossy = split.dropped.clone();
    let mut docs = Vec::with_capacity(roots.len());
    let (mut unknown, mut unread, documents) = (0, 0, roots.len());
    for (i, root) in roots.into_iter().enumerate() {
        if format.score(root) == 0 {
            unknown += 1;
            unread += usize::from(foreign::looks_spoken(root));
            continue;
        }
        docs.push(Document { root, file: &item.name, number: if single { 0 } else { i as u32 + 1 } });
    }
    // One odd record is damage; several are another format.
    if unread >= 2 && unread * 10 >= documents {
        return Err(ReadError::HalfRead { name: item.name.clone(), format: format.name(), unread, documents });
    }
    if unknown > 0 {
        lossy.push(format!(
            "{unknown} documents of {} are not of format {} and were left out",
            item.name,
            format.name()
        ));
    }
    let runner_up = ranking.get(1).filter(|(s, _)| *s > 0).map(|(s, f)| (f.name(), *s));
    let dialect = format.dialect(&docs);
    let detection =
        Detection { evidence: index, format: format.name(), dialect, score, runner_up, documents: docs.len(), lossy };
    Ok((detection, format, docs))
}

/// Formats by their mean score over the first documents, best first; order in the list breaks ties.
fn rank(roots: &[Node<'_>]) -> Vec<(u32, &'static dyn Format)> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    let mean = |f: &dyn Format| sample.iter().map(|r| f.score(*r)).sum::<u32>().div_ceil(sample.len().max(1) as u32);
    let mut ranking: Vec<_> = format::ALL.iter().map(|f| (mean(*f), *f)).collect();
    ranking.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranking
}
