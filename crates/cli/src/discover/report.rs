//! What was discovered, as data. The types are the JSON.

use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;

/// The version of the JSON; it changes when a member changes its meaning or goes away.
pub const SCHEMA: &str = "hindcast.discover/1";

/// The sessions on this machine.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this document: `hindcast.discover/1`.
    pub schema: String,
    /// The sessions, newest first.
    pub sessions: Vec<Session>,
    /// Older sessions that `--limit` left out. Most were not read, so some files may turn out not to be sessions.
    pub older: usize,
    /// Where sessions were looked for.
    pub places: Vec<Looked>,
    /// What was left out, in the order of the paths; at most 1000 entries.
    pub skipped: Vec<Skipped>,
    /// How many files and folders were left out.
    pub skipped_count: usize,
    /// Stores of agents that are on this machine and that Hindcast does not read.
    pub unread_stores: Vec<UnreadStore>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Session {
    /// The agent, as `--agent` takes it; null if the file is not from a known coding agent.
    pub agent: Option<String>,
    /// The agent or the format, for people.
    pub agent_name: String,
    /// The format of the files.
    pub format: String,
    /// The session's ID, as `--session` takes it.
    pub id: String,
    /// The title; null if nobody gave one and the user said nothing.
    pub title: Option<String>,
    /// Where the title comes from; null if there is none.
    pub title_source: Option<TitleSource>,
    /// When something happened last, RFC 3339 in UTC. The list is in this order.
    pub last_active: String,
    /// Where that time comes from.
    pub last_active_source: TimeSource,
    /// The first time in the session, RFC 3339 in UTC; null if it has no times.
    pub started: Option<String>,
    /// The last time in the session, RFC 3339 in UTC; null if it has no times.
    pub ended: Option<String>,
    /// Seconds between the first and the last time; null if the session has no times.
    pub duration_seconds: Option<i64>,
    /// Messages of the user.
    pub turns: usize,
    /// Tool calls, those of sub-agents included.
    pub calls: usize,
    /// Findings; null if the session was not checked.
    pub findings: Option<usize>,
    /// Leads; null if the session was not checked.
    pub leads: Option<usize>,
    /// How many things the files do not contain that a check may need. If it is not 0, some checks may not have been assessed.
    pub missing_data: usize,
    /// The files of the session, the main file first.
    pub files: Vec<String>,
    /// Their size in bytes.
    pub bytes: u64,
    /// The files as the system knows them: a name need not be Unicode.
    #[serde(skip)]
    pub paths: Vec<PathBuf>,
}

/// Where a title comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TitleSource {
    /// The agent, or the user through the agent, named the session.
    Agent,
    /// The first words of the user.
    User,
}

/// Where the time of the last activity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// The latest time in the file.
    Record,
    /// When the file was last written, because no time was found in it.
    File,
}

/// A place that was looked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Looked {
    /// The agent; null for a folder given with `--path`.
    pub agent: Option<String>,
    /// The folder.
    pub path: String,
    /// True if it exists.
    pub exists: bool,
}

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Skipped {
    /// Its path.
    pub path: String,
    /// Why: `symbolic_link`, `permission_denied`, `not_readable`, `too_large`, `too_deep`, `too_many_files`, `empty` or
    /// `not_understood`.
    pub reason: String,
    /// Why, for people.
    pub detail: String,
}

/// A store that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadStore {
    /// What it is.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// What to do instead.
    pub instead: String,
}
