//! Tools of a session that run commands, whatever they are called: by their name, which is a program's, or by what they are given.

use super::builtin::role_of;
use super::command::{is_line, program_of};
use super::contract::{Contracts, Tool};
use crate::maps::HashMap;
use hindcast_trace::Trace;
use hindcast_trace::json::parse_lenient;
use hindcast_trace::model::EventKind;
use std::sync::Arc;

/// Calls of a tool that are looked at.
const LOOKED_AT: usize = 8;
/// Bytes of arguments that are looked at: a longer command line is seldom the first of its tool.
const LONGEST: usize = 16 * 1024;

/// The tools of a session that run commands and that no built-in contract names.
#[derive(Debug, Default)]
pub(crate) struct Shells<'t> {
    /// Each with the program that it is named after.
    tools: HashMap<&'t str, Option<String>>,
}

/// What the calls of a tool were given.
#[derive(Default)]
struct Given {
    calls: usize,
    lines: usize,
}

impl<'t> Shells<'t> {
    /// Those that were called in a trace, or that it lists.
    pub(crate) fn of(trace: &'t Trace) -> Self {
        let mut tools = HashMap::default();
        let mut seen: HashMap<&str, Option<Given>> = HashMap::default();
        let calls = trace.events.iter().filter_map(|event| match &event.kind {
            EventKind::ToolCall { name, arguments, .. } => Some((name.text.as_str(), arguments.as_ref())),
            _ => None,
        });
        for (tool, arguments) in calls.chain(trace.tools.iter().map(|t| (t.name.text.as_str(), None))) {
            // `None` once nothing more is to be found out.
            let first = || {
                if role_of(tool).is_some() {
                    return None;
                }
                let program = program_of(tool);
                let named = program.is_some();
                if named {
                    tools.insert(tool, program);
                }
                (!named).then(Given::default)
            };
            let Some(given) = seen.entry(tool).or_insert_with(first) else { continue };
            let Some(text) = arguments.map(|a| a.text.as_bytes()).filter(|t| t.len() <= LONGEST) else { continue };
            if given.calls < LOOKED_AT {
                given.calls += 1;
                given.lines += usize::from(parse_lenient(text).is_some_and(|(doc, _)| is_line(doc.root())));
            }
        }
        let runs = |given: &Given| given.lines * 2 > given.calls;
        tools.extend(seen.iter().filter(|(_, given)| given.as_ref().is_some_and(runs)).map(|(tool, _)| (*tool, None)));
        Shells { tools }
    }

    /// True for one of them.
    pub(crate) fn contains(&self, tool: &str) -> bool {
        self.tools.contains_key(tool)
    }

    /// What is known of a tool in this session.
    pub(crate) fn known(&self, contracts: &Contracts, tool: &str, coding: bool) -> Arc<Tool> {
        match self.tools.get(tool) {
            Some(program) => contracts.shell(tool, coding, program.clone()),
            None => contracts.shared(tool, coding),
        }
    }
}
