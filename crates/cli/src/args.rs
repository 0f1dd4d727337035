//! The command line.

#[cfg_attr(not(feature = "server"), path = "args/no_server.rs")]
pub mod server;

use crate::discover::places;
use crate::discover::since::{self, Since};
use crate::masking::Masking;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use hindcast_detect::SessionKind;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  verify: a quote no longer matches; discover: no sessions found;
     audit verify: the log, the record or evidence was altered, or the anchor is missing;
     backup, restore: some evidence was missing or damaged already;
     doctor: at least one fault
  2  invalid command line
  3  a file could not be read, or is not valid
  4  the files contain several sessions; choose one
  5  the output could not be written
  6  the server could not start, or the database could not be opened
  130  stopped with Ctrl-C, as shells report it (serve: 0)";

/// Incident retros for LLM agents: from a trace to an evidence-backed draft.
#[derive(Debug, Parser)]
#[command(name = "hindcast", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Args {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draft a retro from the trace of an incident
    Draft(Draft),
    /// List the sessions of coding agents on this machine
    ///
    /// Looks where Claude Code, Codex, Gemini CLI, Cursor, opencode and other coding agents keep their sessions, and
    /// reads the newest. Reads only: it changes no file and follows no symbolic links.
    Discover(Discover),
    /// Show a trace as a readable timeline
    Show(Show),
    /// Check every quote of a draft against the trace
    Verify(Verify),
    /// Print the JSON Schema of a document
    Schema(Schema),
    /// Work with tool contracts
    Contracts(Contracts),
    /// Check a severity policy and print it in words
    Policy(PolicyFile),
    /// The server, and the work on its data.
    #[command(flatten)]
    Server(server::Command),
}

/// The files to read, and their format.
#[derive(Debug, Clone, ClapArgs)]
pub struct Input {
    /// Trace files of one incident, or folders, archives (.zip, .tar, .tar.gz) or quoted patterns of them; use - for standard input
    #[arg(required_unless_present = "last", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Read the newest session of a coding agent on this machine instead of files; `hindcast discover` lists them
    #[arg(long, conflicts_with_all = ["files", "session", "all"])]
    pub last: bool,
    /// With --last, the newest session of this agent
    #[arg(long, value_name = "NAME", value_parser = agents())]
    pub agent: Option<&'static str>,
    /// Read the files as this format instead of detecting it
    #[arg(long, value_name = "NAME", value_parser = formats())]
    pub input_format: Option<&'static str>,
    /// Refuse files that would take more memory than this to read, in MiB [default: no limit]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub memory: Option<u32>,
}

/// The names of the agents, which --help and the error for an unknown name list.
fn agents() -> impl TypedValueParser<Value = &'static str> {
    PossibleValuesParser::new(places::AGENTS.iter().map(|a| a.id))
        .try_map(|name| places::named(&name).map(|a| a.id).ok_or("no agent has this name"))
}

/// The names of the formats, which --help and the error for an unknown name list.
fn formats() -> impl TypedValueParser<Value = &'static str> {
    PossibleValuesParser::new(hindcast_trace::format::names())
        .try_map(|name| hindcast_trace::format::named(&name).map(|f| f.name()).ok_or("no format has this name"))
}

/// Which session.
#[derive(Debug, Clone, ClapArgs)]
pub struct Select {
    /// The files to read
    #[command(flatten)]
    pub input: Input,
    /// Select this session, by its ID or a unique prefix
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Select all sessions
    #[arg(long, conflicts_with = "session")]
    pub all: bool,
    /// Mask secrets and personal data before reading the files, except IP addresses
    #[arg(long)]
    pub redact: bool,
    /// Mask IP addresses too; includes --redact
    #[arg(long)]
    pub redact_ip: bool,
}

impl Select {
    /// What is masked.
    pub fn masking(&self) -> Masking {
        Masking::of(self.redact, self.redact_ip)
    }
}

/// Arguments of `draft`.
#[derive(Debug, ClapArgs)]
pub struct Draft {
    /// Which session
    #[command(flatten)]
    pub select: Select,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Facts that the trace does not contain (YAML)
    #[arg(long, value_name = "FACTS.yaml")]
    pub context: Option<PathBuf>,
    /// Tool contracts (YAML)
    #[arg(long, value_name = "TOOLS.yaml")]
    pub contracts: Option<PathBuf>,
    /// Kind of session, which decides the rules that apply [default: detected]
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub kind: Option<SessionKind>,
    /// Severity policy to use instead of the built-in one (YAML)
    #[arg(long, value_name = "POLICY.yaml")]
    pub policy: Option<PathBuf>,
    /// Keep what people wrote, decided and removed in this earlier retro (.md or .json)
    #[arg(long, value_name = "RETRO")]
    pub update: Option<PathBuf>,
    /// Print the open questions as a facts file to fill in
    #[arg(long, conflicts_with_all = ["update", "format"])]
    pub questions: bool,
}

/// The kinds of session by their words, which the error for another word lists.
fn kinds() -> impl TypedValueParser<Value = SessionKind> {
    PossibleValuesParser::new(SessionKind::ALL.map(SessionKind::name))
        .try_map(|word| SessionKind::from_name(&word).ok_or("unknown kind of session"))
}

/// Output format of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For GitHub and similar, with tables and a Mermaid diagram
    Markdown,
    /// One self-contained HTML page
    Html,
    /// JSON; `hindcast schema draft` prints the schema
    Json,
}

/// Arguments of `discover`.
#[derive(Debug, ClapArgs)]
pub struct Discover {
    /// Look in this folder instead of the places of coding agents; can be repeated
    #[arg(long, value_name = "DIR")]
    pub path: Vec<PathBuf>,
    /// List at most this many sessions; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// List only the sessions of this agent
    #[arg(long, value_name = "NAME", value_parser = agents())]
    pub agent: Option<&'static str>,
    /// List only sessions active since then: a date (2026-05-04), a time (2026-05-04T10:00Z) or an age (12h, 7d, 2w)
    #[arg(long, value_name = "WHEN", value_parser = since::parse)]
    pub since: Option<Since>,
    /// Do not look for findings and leads; this is faster
    #[arg(long)]
    pub no_check: bool,
    /// Print JSON; `hindcast schema discover` prints the schema
    #[arg(long)]
    pub json: bool,
    /// Also list what was skipped, and the folders that were looked in
    #[arg(short, long)]
    pub verbose: bool,
}

/// Arguments of `show`.
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// Which session
    #[command(flatten)]
    pub select: Select,
    /// Print the normalized trace as JSON
    #[arg(long)]
    pub json: bool,
    /// Tool contracts (YAML)
    #[arg(long, value_name = "TOOLS.yaml")]
    pub contracts: Option<PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// A draft in JSON; use - for standard input
    #[arg(value_name = "DRAFT.json")]
    pub draft: PathBuf,
    /// The trace files of the draft, or the folders or archives that contain them
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Mask the files first; use this if the draft was made with --redact
    #[arg(long)]
    pub redact: bool,
    /// The same with IP addresses; use this if the draft was made with --redact-ip
    #[arg(long)]
    pub redact_ip: bool,
}

/// Arguments of `policy`.
#[derive(Debug, ClapArgs)]
pub struct PolicyFile {
    /// The policy (YAML); paths of calendars in it are relative to it
    #[arg(value_name = "POLICY.yaml")]
    pub policy: PathBuf,
}

/// Arguments of `schema`.
#[derive(Debug, ClapArgs)]
pub struct Schema {
    /// The document
    #[arg(value_enum)]
    pub document: Document,
}

/// Documents that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// One draft
    Draft,
    /// Several drafts, as written by `draft --all --format json`
    Drafts,
    /// The list of sessions, as written by `discover --json`
    Discover,
}

/// Arguments of `contracts`.
#[derive(Debug, ClapArgs)]
pub struct Contracts {
    /// The command
    #[command(subcommand)]
    pub command: ContractsCommand,
}

/// What to do with contracts.
#[derive(Debug, Subcommand)]
pub enum ContractsCommand {
    /// Propose contracts from tool definitions and observed results
    Infer {
        /// Trace files; use - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Read the files as this format instead of detecting it
        #[arg(long, value_name = "NAME", value_parser = formats())]
        input_format: Option<&'static str>,
        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}
