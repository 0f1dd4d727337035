//! Built-in contracts: what the tools that agents bring with them do, and what their names say about the kind of work.

use crate::maps::HashMap;
use crate::tools::effect::Effect;
use serde::Deserialize;
use std::sync::LazyLock;

/// What a tool's name says about the kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolRole {
    /// Runs commands.
    Shell,
    /// Changes files.
    Edit,
    /// Looks at files.
    Look,
    /// Helps the agent itself: task lists, plans, sub-agents.
    Own,
    /// Browses or searches the web.
    Browse,
    /// Works on files, of a program or of anybody's drive: the tools beside it decide.
    File,
}

/// A built-in contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// What the tool is for.
    pub role: ToolRole,
    /// What it changes in a coding session.
    pub effect: Effect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    role: ToolRole,
    effect: Effect,
    tools: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<HashMap<String, BuiltIn>> = LazyLock::new(|| {
    let groups: Vec<Group> = serde_saphyr::from_str(include_str!("../../data/tools.yaml")).unwrap_or_default();
    let each = |g: Group| g.tools.into_iter().map(move |tool| (tool, BuiltIn { role: g.role, effect: g.effect }));
    groups.into_iter().flat_map(each).collect()
});

/// The built-in contract of a tool; `None` for a business tool or an unknown one.
pub fn of(tool: &str) -> Option<BuiltIn> {
    let bare = tool.rsplit("__").next().unwrap_or(tool);
    let bare = bare.rsplit(['/', ':']).next().unwrap_or(bare).to_ascii_lowercase();
    TABLE.get(bare.as_str()).copied()
}

/// What a tool's name says about the kind of work; `None` for a business tool or an unknown one.
pub fn role_of(tool: &str) -> Option<ToolRole> {
    of(tool).map(|b| b.role)
}

/// The built-in contract of a tool of a coding agent. A server's tool with a common verb for a name, such as
/// `mcp__tickets__create`, has none.
pub fn in_coding(tool: &str) -> Option<BuiltIn> {
    of(tool).filter(|b| !tool.starts_with("mcp__") || !matches!(b.role, ToolRole::File | ToolRole::Own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_read() {
        assert_eq!(role_of("Bash"), Some(ToolRole::Shell));
        assert_eq!(role_of("mcp__fs__read_file"), Some(ToolRole::File));
        assert_eq!(role_of("functions:apply_patch"), Some(ToolRole::Edit));
        assert_eq!(role_of("refund"), None);
    }

    #[test]
    fn a_tool_has_an_effect() {
        let effect = |tool| in_coding(tool).map(|b| b.effect);
        assert_eq!(effect("TodoWrite"), Some(Effect::Scratch));
        assert_eq!(effect("Edit"), Some(Effect::Write));
        assert_eq!(effect("read_file"), Some(Effect::Read));
        assert_eq!(effect("Task"), Some(Effect::Unknown));
        assert_eq!(effect("mcp__tickets__create"), None);
    }

    #[test]
    fn no_tool_stands_twice() {
        let groups: Vec<Group> = serde_saphyr::from_str(include_str!("../../data/tools.yaml")).expect("valid");
        assert_eq!(groups.iter().map(|g| g.tools.len()).sum::<usize>(), TABLE.len());
    }
}
