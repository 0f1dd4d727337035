//! Which format a file is of, and which of its documents are.

use super::document::Split;
use super::error::ReadError;
use super::foreign::Known;
use super::{Detection, foreign};
use crate::account::Tally;
use crate::evidence::Evidence;
use crate::format::{self, Document, Format};
use crate::node::Node;

/// How many documents of a file decide on its format.
pub const SAMPLE: usize = 20;

/// The mean score below which a file is of no format. Every format gives a document of its own at least 50, and nearly
/// all give 70 or more: below 30, most of the first documents are none of them, and what is left are likenesses.
pub const FLOOR: u32 = 30;

/// Keys that the refusal of a file of no format names.
const KEYS: usize = 8;

/// The mean score from which the members of an object that no format knows are taken for documents.
const SURE: u32 = 50;

/// Sessions under names of their own, or in a list that is all there is.
fn members<'d>(roots: &[Node<'d>]) -> Option<Vec<Node<'d>>> {
    let [only] = roots else { return None };
    let members: Vec<Node<'d>> = only.entries().map(|(_, member)| member).collect();
    match &members[..] {
        [list] if list.is_array() => Some(list.items().collect()),
        members => members.iter().all(|m| m.is_object()).then(|| members.to_vec()),
    }
    .filter(|inner| !inner.is_empty())
}

/// A file whose format is known.
pub struct Recognized<'d> {
    pub detection: Detection,
    pub format: &'static dyn Format,
    pub docs: Vec<Document<'d>>,
    /// Documents that are not of the format.
    pub others: Vec<Node<'d>>,
}

/// Finds the format, unless it is `forced`.
pub fn recognized<'d>(
    split: &'d Split<'d>,
    index: usize,
    item: &'d Evidence,
    forced: Option<&'static dyn Format>,
) -> Result<Recognized<'d>, ReadError> {
    let mut roots: Vec<Node<'d>> = split.roots();
    // Beside others, what holds nothing says nothing about the format.
    if roots.len() > 1 && roots.iter().take(SAMPLE).any(|root| !is_hollow(*root, 0)) {
        roots.retain(|root| !is_hollow(*root, 0));
    }
    refuse_foreign(&roots, item, forced)?;
    let mut ranking = rank(&roots);
    let first = ranking.first().copied();
    // A list of sessions: no format knows the list itself, but one knows its items.
    let known = |ranking: &[(u32, &'static dyn Format)]| {
        let is = |f: &dyn Format| forced.is_none_or(|forced| forced.name() == f.name());
        ranking.iter().any(|(score, f)| *score > 0 && is(*f))
    };
    if !known(&ranking) && roots.iter().any(|r| r.is_array()) {
        roots = roots.into_iter().flat_map(Node::items).collect();
        ranking = rank(&roots);
        refuse_foreign(&roots, item, forced)?;
    }
    if !known(&ranking)
        && let Some(inner) = members(&roots)
    {
        refuse_foreign(&inner, item, forced)?;
        let found = rank(&inner);
        if found.first().is_some_and(|(score, f)| *score >= SURE && inner.iter().all(|root| f.score(*root) > 0)) {
            (roots, ranking) = (inner, found);
        }
    }
    if forced.is_none() && ranking[0].0 < FLOOR {
        return Err(unrecognized(&roots, item));
    }
    let (score, format) = match forced {
        Some(forced) => ranking.iter().copied().find(|(_, f)| f.name() == forced.name()).unwrap_or((0, forced)),
        None => ranking[0],
    };
    let single = roots.len() == 1;
    let mut docs = Vec::with_capacity(roots.len());
    let mut others = Vec::new();
    for (i, root) in roots.into_iter().enumerate() {
        match format.score(root) {
            0 => others.push(root),
            _ => docs.push(Document { root, file: &item.name, number: if single { 0 } else { i as u32 + 1 } }),
        }
    }
    if docs.is_empty() {
        let best = first.filter(|(score, f)| *score >= FLOOR && f.name() != format.name());
        let looks = best.map_or(String::new(), |(_, f)| format!("; it looks like {}", f.name()));
        return Err(ReadError::NotOfFormat { name: item.name.clone(), format: format.name(), looks });
    }
    // One of two documents is a likeness; of more of them, it is counted afterwards how many were read.
    if forced.is_none() && docs.len() == 1 && others.len() == 1 && others.iter().all(|other| other.is_object()) {
        let all: Vec<_> = docs.iter().map(|doc| doc.root).chain(others).collect();
        return Err(unrecognized(&all, item));
    }
    let mut detection = detected(&ranking, score, format, &docs, index);
    detection.lossy.clone_from(&split.dropped);
    Ok(Recognized { detection, format, docs, others })
}

/// True for an object or a list in which there is no value, such as a collector's answer to a batch of spans. A long one holds something, and
/// going over its members would cost a look at each record.
fn is_hollow(node: Node<'_>, depth: usize) -> bool {
    const DEPTH: usize = 4;
    const LONGEST: usize = 64;
    if depth == 0 && node.written_size() > LONGEST {
        return false;
    }
    let inner = || node.entries().map(|(_, member)| member).chain(node.items());
    (node.is_object() || node.is_array()) && depth < DEPTH && inner().all(|inner| is_hollow(inner, depth + 1))
}

/// What is known of a file once its format is chosen.
fn detected(
    ranking: &[(u32, &'static dyn Format)],
    score: u32,
    format: &'static dyn Format,
    docs: &[Document<'_>],
    index: usize,
) -> Detection {
    let runner_up = ranking.iter().find(|(s, f)| *s > 0 && f.name() != format.name()).map(|(s, f)| (f.name(), *s));
    Detection {
        evidence: index,
        format: format.name(),
        dialect: format.dialect(docs),
        score,
        runner_up,
        documents: docs.len(),
        tally: Tally::default(),
        lossy: Vec::new(),
    }
}

/// A format that was chosen by the first documents of a file.
pub struct Chosen {
    pub format: &'static dyn Format,
    pub detection: Detection,
}

/// Chooses by documents that are lines of a file. `None` where only the file as a whole could tell.
pub fn choose(
    roots: &[Node<'_>],
    index: usize,
    item: &Evidence,
    forced: Option<&'static dyn Format>,
) -> Result<Option<Chosen>, ReadError> {
    refuse_foreign(roots, item, forced)?;
    let ranking = rank(roots);
    let best = match forced {
        Some(forced) => ranking.iter().copied().find(|(_, f)| f.name() == forced.name()),
        None => ranking.first().copied(),
    };
    let Some((score, format)) = best else { return Ok(None) };
    // What no line is of may be in lists, one on each line.
    if score == 0 {
        return Ok(None);
    }
    if forced.is_none() && score < FLOOR {
        return Err(unrecognized(roots, item));
    }
    let docs: Vec<_> = roots.iter().filter(|root| format.score(**root) > 0).collect();
    let docs: Vec<_> = docs.into_iter().map(|root| Document { root: *root, file: &item.name, number: 1 }).collect();
    let detection = detected(&ranking, score, format, &docs, index);
    Ok(Some(Chosen { format, detection }))
}

/// Refuses a format that is known and not read.
pub fn refuse_foreign(
    roots: &[Node<'_>],
    item: &Evidence,
    forced: Option<&'static dyn Format>,
) -> Result<(), ReadError> {
    match foreign::of(roots).filter(|_| forced.is_none()) {
        Some(found) => Err(ReadError::Foreign { name: item.name.clone(), format: found.name, instead: found.instead }),
        None => Ok(()),
    }
}

fn unrecognized(roots: &[Node<'_>], item: &Evidence) -> ReadError {
    let name = item.name.clone();
    let silent = |r: &Node<'_>| r.get("messages").is_some_and(|m| m.is_array() && m.items().next().is_none());
    if !roots.is_empty() && roots.iter().all(silent) {
        return ReadError::NoMessages { name };
    }
    if roots.iter().all(|root| {
        (root.is_array() || root.is_object()) && root.items().next().is_none() && root.entries().next().is_none()
    }) {
        return ReadError::Empty { name };
    }
    if let Some(found) = foreign::other(roots) {
        return ReadError::Foreign { name, format: found.name, instead: found.instead };
    }
    if !roots.is_empty() && roots.iter().all(|root| !root.is_array() && !root.is_object()) {
        let Known { name: format, instead } = foreign::SCALAR;
        return ReadError::Foreign { name, format, instead };
    }
    let mut keys: Vec<String> = Vec::new();
    for (key, _) in roots.iter().flat_map(|root| root.entries()).take(KEYS * SAMPLE) {
        if keys.len() < KEYS && !keys.iter().any(|known| *known == key) {
            keys.push(key.into_owned());
        }
    }
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    ReadError::Unrecognised { name, keys }
}

/// Formats by their mean score over the first documents, best first; order in the list breaks ties.
pub fn rank(roots: &[Node<'_>]) -> Vec<(u32, &'static dyn Format)> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    let mean = |f: &dyn Format| sample.iter().map(|r| f.score(*r)).sum::<u32>().div_ceil(sample.len().max(1) as u32);
    let mut ranking: Vec<_> = format::ALL.iter().map(|f| (mean(*f), *f)).collect();
    ranking.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranking
}
