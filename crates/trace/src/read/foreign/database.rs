//! SQLite databases in which agents keep their sessions: known by their tables.

use super::Known;

/// A database is one of these where its schema has all marks of one.
struct Database {
    known: Known,
    marks: &'static [&'static str],
}

const fn database(name: &'static str, instead: &'static str, marks: &'static [&'static str]) -> Database {
    Database { known: Known { name, instead }, marks }
}

/// Each with names of tables and columns out of its schema.
const ALL: [Database; 12] = [
    database(
        "a database of Cursor (`state.vscdb`)",
        "Use the agent's transcript, `~/.cursor/projects/*/agent-transcripts/*.jsonl`: `hindcast discover` lists those on this machine.",
        &["cursorDiskKV"],
    ),
    database(
        "a state database of VS Code (`state.vscdb`)",
        "For Copilot Chat, use the command `Chat: Export Chat...`, which writes JSON.",
        &["ItemTable"],
    ),
    database(
        "the database of opencode",
        "Run `opencode export SESSION > session.json` and use that file.",
        &["session", "message_id", "part", "project", "worktree"],
    ),
    database(
        "the session database of Goose",
        "Run `goose session export --format json` and use that file.",
        &["content_json", "messages", "sessions"],
    ),
    database(
        "the database of Crush",
        "Convert its messages to OpenAI chat messages.",
        &["sessions", "messages", "parts", "prompt_tokens"],
    ),
    database(
        "the database of Devin CLI",
        "Convert its messages to OpenAI chat messages.",
        &["message_nodes", "sessions"],
    ),
    database(
        "the thread database of Zed",
        "In Zed, open the thread as Markdown, and convert its messages to OpenAI chat messages.",
        &["threads", "data_type", "summary"],
    ),
    database(
        "a LangGraph checkpoint database",
        "Export the thread's state as JSON: `graph.get_state(config).values`.",
        &["checkpoints", "checkpoint_ns", "thread_id"],
    ),
    database(
        "a session database of the OpenAI Agents SDK",
        "Export the items as JSON: `await session.get_items()`.",
        &["agent_sessions", "agent_messages", "message_data"],
    ),
    database(
        "a session database of Google's ADK",
        "Export the session as JSON: `session.model_dump_json()`.",
        &["events", "invocation_id", "app_name"],
    ),
    database(
        "the log of the `llm` command",
        "Run `llm logs --json` and convert its messages to OpenAI chat messages.",
        &["conversations", "responses", "prompt_json"],
    ),
    database(
        "the database of Amazon Q or Kiro",
        "In the chat, run `/save session.json` and use that file.",
        &["conversations", "auth_kv"],
    ),
];

const ANY: Known = Known {
    name: "an SQLite database",
    instead: "Hindcast reads JSON, JSON Lines and OTLP protobuf. Export the sessions from the program that keeps them there.",
};

/// Bytes in which the schema is looked for: it begins on the first page.
const HEAD: usize = 1 << 20;

/// The program whose database this is; `None` for what is no SQLite database.
pub fn of_database(bytes: &[u8]) -> Option<Known> {
    if !bytes.starts_with(b"SQLite format 3\0") {
        return None;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    // Statements that made the tables stand in the schema as they were written.
    let schema: Vec<&str> = head.match_indices("CREATE TABLE").map(|(at, _)| statement(&head, at)).collect();
    let has = |mark: &&str| schema.iter().any(|statement| names(statement, mark));
    Some(ALL.iter().find(|database| database.marks.iter().all(has)).map_or(ANY, |database| database.known))
}

/// The first kilobytes of a statement, which end at the next.
fn statement(head: &str, at: usize) -> &str {
    let rest = head.get(at + 12..).unwrap_or_default();
    let rest = rest.split("CREATE ").next().unwrap_or_default();
    let end = (0..=rest.len().min(4096)).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or_default();
    &rest[..end]
}

/// True where a statement has the word on its own, in quotes or not.
fn names(statement: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    statement.split(|c: char| !part(c)).any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use crate::{Evidence, ReadError, read};

    fn refused(schema: &str) -> String {
        let bytes = [b"SQLite format 3\0\x10\0\x01\x01".as_slice(), schema.as_bytes(), &[0; 64]].concat();
        let error = read(&[Evidence::new("state.db", bytes)]).expect_err("a database");
        assert!(matches!(error, ReadError::Foreign { .. }), "{error}");
        error.to_string()
    }

    #[test]
    fn a_database_is_refused_with_the_program_that_keeps_it() {
        for (schema, name, how) in [
            (
                "CREATE TABLE ItemTable (key TEXT)CREATE TABLE cursorDiskKV (key TEXT, value BLOB)",
                "Cursor",
                "agent-transcripts",
            ),
            ("CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)", "VS Code", "Export Chat"),
            (
                "CREATE TABLE `project` (`worktree` text)CREATE TABLE `session` (`id` text)CREATE TABLE `part` (`id` text, `message_id` text)",
                "opencode",
                "opencode export",
            ),
            (
                "CREATE TABLE sessions (id TEXT)CREATE TABLE messages (id INTEGER, content_json TEXT)",
                "Goose",
                "goose session export",
            ),
            ("CREATE TABLE invoices (id INTEGER)", "an SQLite database", "Export"),
        ] {
            let said = refused(schema);
            assert!(said.contains(name) && said.contains(how), "{said}");
        }
    }
}
