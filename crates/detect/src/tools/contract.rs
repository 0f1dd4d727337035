//! Tool contracts: what a tool does, and where its answer says how far it got.

mod assume;
mod file;
pub mod infer;

pub use assume::{from_name as assumed, words_of};
pub use file::{ContractError, parse};

use crate::maps::HashMap;
use crate::prose::passage::Verbs;
use crate::tools::builtin::{self, BuiltIn, ToolRole};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

pub use super::effect::Effect;

/// Where the operation's own status stands in a result, apart from the status of the entity it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    /// JSON pointer into the result.
    pub at: String,
    /// Values that mean done.
    #[serde(default)]
    pub terminal: Vec<String>,
    /// Values that mean not yet.
    #[serde(default)]
    pub non_terminal: Vec<String>,
    /// Values that mean it did not work.
    #[serde(default)]
    pub failed: Vec<String>,
}

/// One tool's contract, as written by a person or proposed from traces.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Read or write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// The family of operation: refund, cancel, book, send, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// JSON pointer into the arguments: what the operation is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Where the operation's status stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusRule>,
    /// Whether the user must confirm before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<bool>,
    /// The permission that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// The contracts of all tools that have one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contracts {
    /// By tool name.
    #[serde(default)]
    pub tools: BTreeMap<String, Contract>,
}

/// Where the knowledge about a tool comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A contract.
    Contract,
    /// The built-in contracts of the tools that agents bring with them.
    BuiltIn,
    /// Its name, by the words of a lexicon.
    Name,
}

/// What is known of a tool: its contract where there is one, and assumptions from its name for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Read or write, and how that is known.
    pub effect: (Effect, Source),
    /// Families of operation; several where the name has several words.
    pub families: Vec<String>,
    /// The contract, if there is one.
    pub contract: Option<Contract>,
    /// What the tool is for: of any built-in tool in a coding session, and of a shell in any session.
    pub role: Option<ToolRole>,
    /// The program that a shell tool runs with what it is given, with its first words: `kubectl`, `terraform apply`. `None` where it is given the
    /// whole command.
    pub program: Option<String>,
    /// The words of its name.
    pub words: Vec<String>,
}

/// What is known of a tool, with what is made of it once it is asked for.
#[derive(Debug)]
pub struct Tool {
    known: Known,
    verbs: OnceLock<Verbs>,
}

impl Deref for Tool {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.known
    }
}

impl Tool {
    fn new(known: Known) -> Arc<Self> {
        Arc::new(Tool { known, verbs: OnceLock::new() })
    }

    /// The words with which a passage would ask for a call of this tool.
    pub(crate) fn verbs(&self, name: &str) -> &Verbs {
        self.verbs.get_or_init(|| Verbs::of(name, &self.known))
    }
}

thread_local! {
    // Thousands of sessions call the same few tools, and cutting a name up and looking its words up is dear. A tool of a
    // coding session is kept apart from one of the same name elsewhere.
    static BY_NAME: [RefCell<HashMap<String, Arc<Tool>>>; 2] = Default::default();
}
/// More names than this are no tools' names; then all are forgotten.
const MOST_NAMES: usize = 1024;

impl Contracts {
    /// What is known of a tool, outside of coding sessions.
    pub fn known(&self, tool: &str) -> Known {
        self.known_with(tool, None)
    }

    /// What is known of a tool in a coding session, where the built-in contracts apply.
    pub fn known_in_coding(&self, tool: &str) -> Known {
        self.known_with(tool, builtin::in_coding(tool))
    }

    fn known_with(&self, tool: &str, built_in: Option<BuiltIn>) -> Known {
        let contract = self.tools.get(tool).cloned();
        let words = words_of(tool);
        let (assumed, families) = assume::from_words(&words);
        let effect = match (contract.as_ref().and_then(|c| c.effect), built_in) {
            (Some(effect), _) => (effect, Source::Contract),
            (None, Some(built_in)) => (built_in.effect, Source::BuiltIn),
            (None, None) => (assumed, Source::Name),
        };
        let families = match contract.as_ref().and_then(|c| c.family.clone()) {
            Some(family) => vec![family],
            None => families,
        };
        let shell = || builtin::role_of(tool).filter(|r| *r == ToolRole::Shell);
        let role = built_in.map(|b| b.role).or_else(shell);
        Known { effect, families, contract, role, program: None, words }
    }

    /// What is known of a tool that runs commands in this session, whatever its name says.
    pub(crate) fn shell(&self, tool: &str, coding: bool, program: Option<String>) -> Arc<Tool> {
        let built_in = coding.then_some(BuiltIn { role: ToolRole::Shell, effect: Effect::Unknown });
        Tool::new(Known { role: Some(ToolRole::Shell), program, ..self.known_with(tool, built_in) })
    }

    /// The same, shared between all who ask.
    pub(crate) fn shared(&self, tool: &str, coding: bool) -> Arc<Tool> {
        let made = || Tool::new(if coding { self.known_in_coding(tool) } else { self.known(tool) });
        if self.tools.contains_key(tool) {
            return made();
        }
        BY_NAME.with(|kinds| {
            let mut names = kinds[usize::from(coding)].borrow_mut();
            if let Some(known) = names.get(tool) {
                return known.clone();
            }
            if names.len() >= MOST_NAMES {
                names.clear();
            }
            names.entry(tool.to_owned()).or_insert_with(made).clone()
        })
    }
}
