//! Why a file is refused: what is wrong, where, and what to do about it.

/// Why a file could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It holds nothing.
    #[error("{name} is empty. A trace file holds JSON, JSON Lines or OTLP protobuf; export it again.")]
    Empty {
        /// The file.
        name: String,
    },
    /// Its wrapping could not be undone.
    #[error("{name} could not be unpacked: {why}. Unpack it yourself and pass the unpacked file, or export it again.")]
    Wrapped {
        /// The file.
        name: String,
        /// What went wrong.
        why: String,
    },
    /// Reading it would take more memory than the caller allows.
    #[error(
        "{name} holds {what} in {bytes} bytes, so small that reading it would take about {memory_mib} MiB of \
         memory; at most {limit_mib} MiB are allowed for it. Split it by session, or leave out what is no message or call."
    )]
    TooMuch {
        /// The file.
        name: String,
        /// Its bytes, unpacked, with those of the files before it.
        bytes: u64,
        /// Its records and values, as far as they were counted.
        what: String,
        /// What reading would take.
        memory_mib: u64,
        /// What it may take.
        limit_mib: u64,
    },
    /// The caller ended it.
    #[error("reading was stopped")]
    Stopped,
    /// It is no text.
    #[error(
        "{name} is not a trace: it looks like {what}. Hindcast reads JSON, JSON Lines and OTLP protobuf, also gzip- or zstd-compressed. {instead}"
    )]
    NotText {
        /// The file.
        name: String,
        /// What it looks like.
        what: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// It is broken before anything useful.
    #[error("{name} is not readable JSON: {what} (byte {at}, line {line}). Nothing before that could be used.")]
    Broken {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
        /// Byte position.
        at: usize,
        /// Line, counted from 1.
        line: usize,
    },
    /// It is a conversation in which nothing was said.
    #[error("{name} contains an empty list of messages, so there is no conversation. Check the export's filter.")]
    NoMessages {
        /// The file.
        name: String,
    },
    /// It is of a format that is known and not read.
    #[error("{name} looks like {format}, which Hindcast does not read. {instead}")]
    Foreign {
        /// The file.
        name: String,
        /// The format.
        format: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// Most of its messages or calls, or too many of its records, are of kinds that no format has.
    #[error(
        "{name} looks like {format}, but {unread} of its {records} records could not be read: {kinds}. The first is at {first}. Reading only the rest would leave out messages or calls. {instead}"
    )]
    NotUnderstood {
        /// The file.
        name: String,
        /// The format that fits best.
        format: &'static str,
        /// Records that could not be read.
        unread: usize,
        /// All records.
        records: usize,
        /// The kinds of what could not be read, with their numbers.
        kinds: String,
        /// Where the first of them is.
        first: String,
        /// What to give instead.
        instead: &'static str,
    },
    /// It was recognized, and nothing in it happened.
    #[error(
        "{name} looks like {format}, but it contains no message, tool call or other event. It contains {seen}. {instead}"
    )]
    NoEvents {
        /// The file, or the files.
        name: String,
        /// The format that fits best.
        format: &'static str,
        /// The kinds of its records, with their numbers.
        seen: String,
        /// What to give instead.
        instead: &'static str,
    },
    /// It holds nothing of the format that it was to be read as.
    #[error("{name} contains nothing in the format {format}{looks}. Omit --input-format, or name another format.")]
    NotOfFormat {
        /// The file.
        name: String,
        /// The format that was asked for.
        format: &'static str,
        /// What it looks like instead.
        looks: String,
    },
    /// No format matches.
    #[error(
        "{name} is readable, but not in a format that Hindcast knows. Top-level keys: {keys}. Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages."
    )]
    Unrecognised {
        /// The file.
        name: String,
        /// What is there instead.
        keys: String,
    },
}
