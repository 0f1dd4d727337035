//! The command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use hindcast_detect::SessionKind;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  verify: a quote no longer holds; audit verify: the log was changed, or does not hold the row of --expect
  2  the command line is wrong
  3  a file could not be read, or is not what it should be
  4  the files hold several sessions, and one must be chosen
  5  the output could not be written
  6  the server could not start, or the record could not be opened";

/// Incident retros for LLM agents: from a trace to an evidence-backed draft.
#[derive(Debug, Parser)]
#[command(name = "hindcast", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draft a retro from the trace of an incident
    Draft(Draft),
    /// Show a trace as a readable timeline
    Show(Show),
    /// Re-check every quote of a draft against the trace
    Verify(Verify),
    /// Print the JSON Schema of a document
    Schema(Schema),
    /// Work with tool contracts
    Contracts(Contracts),
    /// Check a severity policy and print what it says
    Policy(PolicyFile),
    /// Run the server where a team keeps its incidents and retros
    Serve(Serve),
    /// Check the audit log of a record
    Audit(Audit),
}

/// Which files, and as what they are read.
#[derive(Debug, ClapArgs)]
pub struct Input {
    /// Trace files of one incident; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Read the files as this format instead of recognizing it
    #[arg(long, value_name = "NAME", value_parser = formats())]
    pub input_format: Option<&'static str>,
}

/// The formats by their names, which --help and the error for another name list.
fn formats() -> impl TypedValueParser<Value = &'static str> {
    PossibleValuesParser::new(hindcast_trace::format::names())
        .try_map(|name| hindcast_trace::format::named(&name).map(|f| f.name()).ok_or("no format has this name"))
}

/// Which session.
#[derive(Debug, ClapArgs)]
pub struct Select {
    /// Which files
    #[command(flatten)]
    pub input: Input,
    /// Take this session, by its id or a unique beginning of it
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Take all sessions
    #[arg(long, conflicts_with = "session")]
    pub all: bool,
    /// Mask secrets and personal data before anything is read
    #[arg(long)]
    pub redact: bool,
}

/// Arguments of `draft`.
#[derive(Debug, ClapArgs)]
pub struct Draft {
    /// Which session
    #[command(flatten)]
    pub select: Select,
    /// Form of the draft
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Facts that a trace cannot know (YAML)
    #[arg(long, value_name = "FACTS.yaml")]
    pub context: Option<PathBuf>,
    /// Tool contracts (YAML)
    #[arg(long, value_name = "TOOLS.yaml")]
    pub contracts: Option<PathBuf>,
    /// Kind of session, where the program recognizes another one: it decides which rules apply
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub kind: Option<SessionKind>,
    /// Severity policy instead of the built-in one (YAML)
    #[arg(long, value_name = "POLICY.yaml")]
    pub policy: Option<PathBuf>,
    /// Keep what people wrote, decided and took out in this earlier retro (.md or .json)
    #[arg(long, value_name = "RETRO")]
    pub update: Option<PathBuf>,
    /// Print the questions that the trace left open, as a facts file to fill in
    #[arg(long, conflicts_with_all = ["update", "format"])]
    pub questions: bool,
}

/// The kinds of session by their words, which the error for another word lists.
fn kinds() -> impl TypedValueParser<Value = SessionKind> {
    PossibleValuesParser::new(SessionKind::ALL.map(SessionKind::name))
        .try_map(|word| SessionKind::from_name(&word).ok_or("no kind of session has this name"))
}

/// Form of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a code host, with tables and a Mermaid diagram
    Markdown,
    /// One self-contained page
    Html,
    /// Data, as `hindcast schema draft` describes it
    Json,
}

/// Arguments of `show`.
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// Which session
    #[command(flatten)]
    pub select: Select,
    /// Print the normalised trace as JSON
    #[arg(long)]
    pub json: bool,
    /// Tool contracts (YAML)
    #[arg(long, value_name = "TOOLS.yaml")]
    pub contracts: Option<PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// A draft as JSON; - reads standard input
    #[arg(value_name = "DRAFT.json")]
    pub draft: PathBuf,
    /// The files that it was drafted from
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Mask the files first, as the draft was made with --redact
    #[arg(long)]
    pub redact: bool,
}

/// Arguments of `policy`.
#[derive(Debug, ClapArgs)]
pub struct PolicyFile {
    /// The policy (YAML); calendars that it names are looked for beside it
    #[arg(value_name = "POLICY.yaml")]
    pub policy: PathBuf,
}

/// Arguments of `schema`.
#[derive(Debug, ClapArgs)]
pub struct Schema {
    /// Which document
    #[arg(value_enum)]
    pub document: Document,
}

/// Documents that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// One draft
    Draft,
    /// Several drafts, as `draft --all --format json` writes them
    Drafts,
}

/// Arguments of `contracts`.
#[derive(Debug, ClapArgs)]
pub struct Contracts {
    /// What to do
    #[command(subcommand)]
    pub command: ContractsCommand,
}

/// What to do with contracts.
#[derive(Debug, Subcommand)]
pub enum ContractsCommand {
    /// Propose contracts from tool definitions and observed results
    Infer {
        /// Which files
        #[command(flatten)]
        input: Input,
        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Where a record is.
#[derive(Debug, ClapArgs)]
pub struct Record {
    /// Data directory with the database and the evidence; created if it is missing
    #[arg(long, value_name = "DIR", default_value = "hindcast-data", conflicts_with = "database")]
    pub data: PathBuf,
    /// Keep the record in this PostgreSQL database instead, which several servers may share
    #[arg(long, value_name = "postgres://…", env = "HINDCAST_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, ClapArgs)]
pub struct Serve {
    /// Where the record is
    #[command(flatten)]
    pub record: Record,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    pub listen: SocketAddr,
    /// Address under which people reach it, where a proxy stands before it; with https, cookies travel over nothing else
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Severity policy instead of the built-in one (YAML)
    #[arg(long, value_name = "POLICY.yaml")]
    pub policy: Option<PathBuf>,
    /// Store evidence as it comes, instead of with secrets and personal data masked
    #[arg(long)]
    pub no_redact: bool,
    /// Begin with the example incidents, and print a link that signs in
    #[arg(long)]
    pub demo: bool,
}

/// Arguments of `audit`.
#[derive(Debug, ClapArgs)]
pub struct Audit {
    /// What to do
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that nothing was changed, taken out or put in, and print the head
    ///
    /// The log is a chain of hashes without a key: who can write to the database can write a whole
    /// chain anew. Keep the head that this prints elsewhere, and give it next time with --expect.
    Verify(AuditVerify),
}

/// Arguments of `audit verify`.
#[derive(Debug, ClapArgs)]
pub struct AuditVerify {
    /// Where the record is
    #[command(flatten)]
    pub record: Record,
    /// A head that an earlier check printed: the log must still hold that row
    #[arg(long, value_name = "ROW:HASH", value_parser = head)]
    pub expect: Option<(i64, String)>,
}

/// `12:5f…`
fn head(text: &str) -> Result<(i64, String), String> {
    let read = || {
        let (row, hash) = text.trim().split_once(':')?;
        let row: i64 = row.parse().ok().filter(|n| *n > 0)?;
        let hash = hash.to_ascii_lowercase();
        (hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some((row, hash))
    };
    read().ok_or_else(|| "a head is a row's number, a colon and 64 hexadecimal digits".to_owned())
}
