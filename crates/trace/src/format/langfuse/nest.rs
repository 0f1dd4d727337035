//! Which observations lie inside of which: model calls around model calls, and agents inside of tools.

use super::gather::TraceRecord;
use super::tool;
use crate::hash::{HashMap, HashSet};
use crate::locator::Bases;
use crate::node::Node;

/// What lies in what, in one trace.
pub struct Nest {
    /// For each observation, whether it is a tool at work.
    pub tools: Vec<bool>,
    /// Generations that another one tells better: the AI SDK records a call twice, one inside the other, and the inner one is the
    /// call. Where the inner one is by another instrumentation, which wrote the conversation as one text, it is the outer one.
    pub outer: HashSet<usize>,
    /// Tools inside of which a model was called.
    thinking: HashSet<usize>,
}

impl Nest {
    pub fn of(record: &TraceRecord<'_>, bases: &mut Bases) -> Self {
        let all = &record.observations;
        let tools: Vec<bool> = all.iter().map(|o| tool::is_one(o, bases)).collect();
        let mut nest = Nest { tools, outer: HashSet::default(), thinking: HashSet::default() };
        for i in (0..all.len()).filter(|&i| all[i].kind == "GENERATION") {
            for at in record.upwards(i).skip(1).filter(|&at| at != i) {
                // What is beyond a tool called the tool, and not the model.
                if nest.tools[at] {
                    nest.thinking.insert(at);
                    break;
                }
                nest.outer.insert(at);
            }
        }
        nest.prefer_structure(record);
        nest
    }

    /// Gives the call to the outer one of two generations, where the inner one is alone in it and has only plain texts.
    fn prefer_structure(&mut self, record: &TraceRecord<'_>) {
        let all = &record.observations;
        let mut inner: HashMap<usize, Vec<usize>> = HashMap::default();
        for i in (0..all.len()).filter(|&i| all[i].kind == "GENERATION") {
            if let Some(at) = record.upwards(i).nth(1).filter(|&at| at != i && all[at].kind == "GENERATION") {
                inner.entry(at).or_default().push(i);
            }
        }
        let plain = |node: Option<Node<'_>>| {
            node.is_none_or(|n| n.str().is_some_and(|text| !text.trim_start().starts_with(['{', '['])))
        };
        for (at, inside) in inner {
            if let [only] = inside[..]
                && !self.outer.contains(&only)
                && plain(all[only].input)
                && plain(all[only].output)
                && !plain(all[at].input)
                && !plain(all[at].output)
            {
                self.outer.remove(&at);
                self.outer.insert(only);
            }
        }
    }

    /// The tool inside of which an agent is at work that an observation is part of.
    pub fn within(&self, record: &TraceRecord<'_>, of: usize) -> Option<usize> {
        record.upwards(of).skip(1).find(|at| *at != of && self.thinking.contains(at))
    }

    /// The next tool that a tool lies in, where no model or agent is at work between the two.
    pub fn around(&self, record: &TraceRecord<'_>, of: usize) -> Option<usize> {
        let thinks =
            |at: usize| matches!(record.observations[at].kind.as_str(), "GENERATION" | "AGENT") && !self.tools[at];
        record.upwards(of).skip(1).take_while(|at| !thinks(*at)).find(|at| *at != of && self.tools[*at])
    }
}
