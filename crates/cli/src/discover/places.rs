//! Where agents keep their sessions: one table.
//!
//! A *base* is a list of alternatives, of which the first that resolves is used: `$NAME/…` resolves when the environment
//! variable is set, `~/…` always. `@config/…` is the folder in which the editors keep their settings; it depends on the
//! operating system. A *pattern* is relative to the base: `*` stands for anything within a name, `**` for any folders.
//!
//! Some agents write a session into several files. `parts` says where the others are, relative to the base:
//! `{dir}` is the folder of the main file, `{s}` its name without the extension, `{id8}` the last eight characters of that
//! name, and `{m}` the name, without the extension, of each file that the template before it found. Where the path does not
//! say which session a file belongs to, the beginning of the file does: see [`Parent`].

/// An agent and its places.
#[derive(Debug)]
pub struct Agent {
    /// Its name on the command line and in JSON.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The formats that its sessions are in.
    pub formats: &'static [&'static str],
    /// Where its sessions are.
    pub places: &'static [Place],
    /// Where it writes the title of a session, the best first.
    pub titles: &'static [OwnTitle],
}

/// A folder with sessions.
#[derive(Debug)]
pub struct Place {
    /// The folder; see the module's documentation.
    pub base: &'static [&'static str],
    /// Patterns of a session's main file. If `by_folder` is set, the first pattern that matches in a folder counts.
    pub main: &'static [&'static str],
    /// Templates of a session's other files.
    pub parts: &'static [&'static str],
    /// True if a folder holds one session.
    pub by_folder: bool,
    /// How a file names the session that started it.
    pub parent: Option<Parent>,
}

/// Sessions that another session started, and that are read with it.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    /// A pattern of their files.
    pub files: &'static str,
    /// The member at the beginning of the file that names the other session.
    pub member: &'static str,
    /// True if such a file is never a session of its own.
    pub always: bool,
}

/// A record that holds the title which the agent gave to a session.
#[derive(Debug)]
pub struct OwnTitle {
    /// The record's `type`; empty for the document itself.
    pub record: &'static str,
    /// The member with the title.
    pub field: &'static str,
    /// A member that names a record of the session to which the title belongs. A title whose record is not in the file
    /// belongs to another session.
    pub of: Option<&'static str>,
}

/// A store that is known and cannot be read.
#[derive(Debug)]
pub struct Unread {
    /// What it is.
    pub name: &'static str,
    /// Where it is.
    pub base: &'static [&'static str],
    /// What to do instead.
    pub instead: &'static str,
}

const fn place(base: &'static [&'static str], main: &'static [&'static str]) -> Place {
    Place { base, main, parts: &[], by_folder: false, parent: None }
}

const fn agent(
    id: &'static str,
    name: &'static str,
    formats: &'static [&'static str],
    places: &'static [Place],
) -> Agent {
    Agent { id, name, formats, places, titles: &[] }
}

const fn title(record: &'static str, field: &'static str) -> OwnTitle {
    OwnTitle { record, field, of: None }
}

/// Sub-agents are in a folder beside the session; before 2026 they were in the same folder as the sessions.
const CLAUDE: Place = Place {
    parts: &["{dir}/{s}/subagents/**/agent-*.jsonl"],
    parent: Some(Parent { files: "*/agent-*.jsonl", member: "sessionId", always: true }),
    ..place(&["$CLAUDE_CONFIG_DIR/projects", "~/.claude/projects"], &["*/*.jsonl"])
};
const CODEX: Place = Place {
    base: &["$CODEX_HOME/sessions", "~/.codex/sessions"],
    main: &["**/rollout-*.jsonl"],
    parts: &[],
    by_folder: false,
    parent: Some(Parent { files: "**/rollout-*.jsonl", member: "parent_thread_id", always: false }),
};
const GEMINI_MAIN: &[&str] = &["*/chats/session-*.json", "*/chats/session-*.jsonl"];
const GEMINI_PARTS: &[&str] = &["{dir}/{id8}*/*.jsonl", "{dir}/{id8}*/*.json"];
const TASKS: &[&str] = &["*/api_conversation_history.json"];

/// The tasks of an extension in each of the editors that are built on VS Code, and on their servers.
macro_rules! extension {
    ($name:literal) => {
        &[
            place(&[concat!("@config/Code/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("@config/Code - Insiders/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("@config/VSCodium/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("@config/Cursor/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("@config/Windsurf/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("~/.vscode-server/data/User/globalStorage/", $name, "/tasks")], TASKS),
            place(&[concat!("~/.cursor-server/data/User/globalStorage/", $name, "/tasks")], TASKS),
        ]
    };
}

/// Two files with the same steps: one complete, one shortened.
const ANTIGRAVITY: Place = Place {
    by_folder: true,
    ..place(&[], &["*/.system_generated/logs/transcript_full.jsonl", "*/.system_generated/logs/transcript.jsonl"])
};

const CLINE_CLI: Place = Place {
    base: &["$CLINE_DIR/data", "~/.cline/data"],
    main: &["sessions/*/*.messages.json", "tasks/*/api_conversation_history.json"],
    parts: &[],
    by_folder: false,
    parent: None,
};

/// Every agent, in alphabetical order of the names.
pub static AGENTS: &[Agent] = &[
    agent(
        "antigravity",
        "Antigravity",
        &["antigravity"],
        &[
            Place { base: &["~/.gemini/antigravity/brain"], ..ANTIGRAVITY },
            Place { base: &["~/.gemini/antigravity-cli/brain"], ..ANTIGRAVITY },
            Place { base: &["~/.gemini/antigravity-ide/brain"], ..ANTIGRAVITY },
        ],
    ),
    Agent {
        titles: &[
            title("custom-title", "customTitle"),
            title("ai-title", "aiTitle"),
            OwnTitle { record: "summary", field: "summary", of: Some("leafUuid") },
        ],
        ..agent(
            "claude-code",
            "Claude Code",
            &["claude-code"],
            &[CLAUDE, Place { base: &["$XDG_CONFIG_HOME/claude/projects", "~/.config/claude/projects"], ..CLAUDE }],
        )
    },
    agent("cline", "Cline", &["cline"], extension!("saoudrizwan.claude-dev")),
    agent("cline-cli", "Cline CLI", &["cline"], &[CLINE_CLI]),
    agent(
        "codex",
        "Codex",
        &["codex", "codex-exec"],
        &[CODEX, Place { base: &["$CODEX_HOME/archived_sessions", "~/.codex/archived_sessions"], ..CODEX }],
    ),
    agent(
        "copilot-cli",
        "Copilot CLI",
        &["copilot-cli"],
        &[place(&["$COPILOT_HOME/session-state", "~/.copilot/session-state"], &["*/events.jsonl", "*.jsonl"])],
    ),
    agent(
        "cursor",
        "Cursor",
        &["cursor"],
        &[place(&["~/.cursor/projects"], &["*/agent-transcripts/*.jsonl", "*/agent-transcripts/*/*.jsonl"])],
    ),
    agent("droid", "Droid", &["droid"], &[place(&["~/.factory/sessions"], &["**/*.jsonl"])]),
    Agent {
        titles: &[title("", "summary")],
        ..agent(
            "gemini-cli",
            "Gemini CLI",
            &["gemini-cli", "gemini"],
            &[
                Place { parts: GEMINI_PARTS, ..place(&["$GEMINI_CLI_HOME/.gemini/tmp", "~/.gemini/tmp"], GEMINI_MAIN) },
                place(&["$GEMINI_CLI_HOME/.gemini/tmp", "~/.gemini/tmp"], &["*/checkpoint-*.json"]),
            ],
        )
    },
    agent(
        "grok",
        "Grok",
        &["grok"],
        &[place(&["$GROK_HOME/sessions", "~/.grok/sessions"], &["**/chat_history.jsonl"])],
    ),
    agent(
        "hermes",
        "Hermes Agent",
        &["hermes"],
        &[place(&["$HERMES_HOME/sessions", "~/.hermes/sessions"], &["session_*.json"])],
    ),
    agent("kilo-code", "Kilo Code", &["cline"], extension!("kilocode.kilo-code")),
    agent(
        "kimi",
        "Kimi CLI",
        &["kimi"],
        &[Place {
            by_folder: true,
            ..place(&["$KIMI_SHARE_DIR/sessions", "~/.kimi/sessions"], &["*/*/wire.jsonl", "*/*/context.jsonl"])
        }],
    ),
    agent(
        "kimi-code",
        "Kimi Code",
        &["kimi"],
        &[Place {
            parts: &["{dir}/../*/wire.jsonl"],
            ..place(&["$KIMI_CODE_HOME/sessions", "~/.kimi-code/sessions"], &["*/*/agents/main/wire.jsonl"])
        }],
    ),
    agent(
        "openclaw",
        "OpenClaw",
        &["pi"],
        &[place(&["$OPENCLAW_STATE_DIR/agents", "~/.openclaw/agents"], &["*/sessions/*.jsonl"])],
    ),
    Agent {
        titles: &[title("", "title")],
        ..agent(
            "opencode",
            "opencode",
            &["opencode"],
            &[
                Place {
                    parts: &["../message/{s}/*.json", "../part/{m}/*.json"],
                    ..place(
                        &["$XDG_DATA_HOME/opencode/storage/session", "~/.local/share/opencode/storage/session"],
                        &["*/ses_*.json"],
                    )
                },
                // Versions before 0.6.
                Place {
                    parts: &["{dir}/../message/{s}/*.json", "{dir}/../part/{s}/**/*.json"],
                    ..place(
                        &["$XDG_DATA_HOME/opencode/project", "~/.local/share/opencode/project"],
                        &["*/storage/session/info/*.json"],
                    )
                },
            ],
        )
    },
    agent(
        "openhands",
        "OpenHands",
        &["openhands"],
        &[
            Place {
                by_folder: true,
                parts: &["{dir}/*.json"],
                ..place(
                    &[
                        "$OPENHANDS_CONVERSATIONS_DIR",
                        "$OPENHANDS_PERSISTENCE_DIR/conversations",
                        "~/.openhands/conversations",
                    ],
                    &["*/events/*.json"],
                )
            },
            Place {
                by_folder: true,
                parts: &["{dir}/*.json"],
                ..place(&["~/.openhands/sessions"], &["*/events/*.json"])
            },
        ],
    ),
    agent("pi", "Pi", &["pi"], &[place(&["$PI_CODING_AGENT_DIR/sessions", "~/.pi/agent/sessions"], &["*/*.jsonl"])]),
    agent(
        "qwen-code",
        "Qwen Code",
        &["qwen", "gemini-cli"],
        &[
            place(&["$QWEN_RUNTIME_DIR/projects", "$QWEN_HOME/projects", "~/.qwen/projects"], &["*/chats/*.jsonl"]),
            // Versions before 0.2.
            place(&["$QWEN_RUNTIME_DIR/tmp", "$QWEN_HOME/tmp", "~/.qwen/tmp"], &["*/chats/session-*.json"]),
        ],
    ),
    agent("roo-code", "Roo Code", &["cline"], extension!("rooveterinaryinc.roo-cline")),
];

/// Stores that hold sessions in a form that is not read.
pub static UNREAD: &[Unread] = &[
    Unread {
        name: "the database of the Cursor editor",
        base: &["@config/Cursor/User/globalStorage/state.vscdb"],
        instead: "Cursor's agent also writes transcripts to ~/.cursor/projects.",
    },
    Unread {
        name: "the database of opencode",
        base: &["$XDG_DATA_HOME/opencode/opencode.db", "~/.local/share/opencode/opencode.db"],
        instead: "Export a session with: opencode export SESSION > session.json",
    },
    Unread {
        name: "encrypted conversations of Antigravity",
        base: &["~/.gemini/antigravity/conversations"],
        instead: "Newer versions also write transcripts to ~/.gemini/antigravity/brain.",
    },
];

/// The agent of this name.
pub fn named(id: &str) -> Option<&'static Agent> {
    AGENTS.iter().find(|a| a.id == id)
}

/// The agent whose sessions are in this format, if there is only one, or one comes first.
pub fn of_format(format: &str) -> Option<&'static Agent> {
    AGENTS.iter().find(|a| a.formats.first() == Some(&format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for pair in AGENTS.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} stands before {}", pair[0].id, pair[1].id);
        }
        for agent in AGENTS {
            for format in agent.formats {
                assert!(hindcast_trace::format::named(format).is_some(), "{}: no format {format}", agent.id);
            }
            for place in agent.places {
                assert!(!place.base.is_empty() && !place.main.is_empty(), "{}", agent.id);
                let relative = |p: &&str| !p.starts_with(['/', '~', '$']);
                assert!(place.main.iter().chain(place.parts).all(relative), "{}", agent.id);
            }
        }
    }
}
