//! Records of Langfuse and LangSmith as a table (CSV): every row becomes the record that the same export has as JSON.
//!
//! Langfuse: the tables of its UI, whose columns are those of `observation-stream.ts`, `event-stream.ts` and
//! `trace-stream.ts` in its worker, and the files of its export to blob storage, after its field reference. LangSmith: the
//! fields of its run data format, which its bulk export has as columns. The names of columns are told apart by their letters
//! alone, since exports write them in camel case, in snake case or as titles. Columns that no reader asks for, such as those of
//! scores, are left out.
//!
//! Other tables with JSON in their fields are records too, where their columns say so (`cells`).
//!
//! After RFC 4180; the separator may also be a semicolon or a tab, as spreadsheets write it.

mod cells;

pub use cells::sniff as holds_records;
use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

/// What the rows of a table are.
struct Kind {
    /// The names of the columns, as the records have them.
    columns: &'static [&'static str],
    /// A table is of this kind where it has a column of each of these groups.
    marks: &'static [&'static [&'static str]],
}

/// The kinds, the surest first.
const KINDS: [Kind; 4] = [
    Kind {
        columns: &[
            "id",
            "trace_id",
            "parent_run_id",
            "parent_run_ids",
            "dotted_order",
            "name",
            "run_type",
            "inputs",
            "outputs",
            "error",
            "extra",
            "metadata",
            "start_time",
            "end_time",
            "status",
            "session_id",
            "session_name",
            "tenant_id",
            "thread_id",
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "tags",
            "events",
            "serialized",
        ],
        marks: &[
            &["id"],
            &["run_type"],
            &["inputs", "outputs", "start_time"],
            &["trace_id", "dotted_order", "parent_run_id", "session_id"],
        ],
    },
    // The marks of traces and of scores would fit some observations as well.
    Kind {
        columns: &[
            "id",
            "traceId",
            "parentObservationId",
            "type",
            "name",
            "startTime",
            "endTime",
            "level",
            "statusMessage",
            "input",
            "output",
            "metadata",
            "sessionId",
            "userId",
            "model",
            "providedModelName",
            "usageDetails",
            "usage",
            "inputUsage",
            "outputUsage",
            "toolCalls",
            "toolCallNames",
            "toolDefinitions",
        ],
        marks: &[
            &["id"],
            &["traceId"],
            &["type"],
            &["startTime"],
            &["parentObservationId", "level", "providedModelName"],
        ],
    },
    Kind {
        columns: &[
            "id",
            "timestamp",
            "traceId",
            "observationId",
            "sessionId",
            "name",
            "value",
            "source",
            "dataType",
            "stringValue",
        ],
        marks: &[&["id"], &["name"], &["source"], &["dataType"], &["value", "stringValue"]],
    },
    Kind {
        columns: &[
            "id",
            "timestamp",
            "name",
            "userId",
            "sessionId",
            "projectId",
            "input",
            "output",
            "metadata",
            "release",
            "version",
            "environment",
            "public",
            "bookmarked",
            "level",
        ],
        marks: &[
            &["id"],
            &["timestamp"],
            &["bookmarked", "public"],
            &["sessionId", "userId"],
            &["input", "output", "name"],
        ],
    },
];

/// Columns whose texts are JSON that the record holds as such. What was said and called stays a text, as in the JSON exports.
const JSON: [&str; 5] = ["usageDetails", "usage", "toolCalls", "toolCallNames", "toolDefinitions"];

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// The longest header, in bytes: scores add columns of their own.
const HEADER: usize = 64 << 10;

/// Where the columns are.
struct Columns {
    separator: u8,
    /// For each column, where its fields go in the record; `None` for one that is left out.
    names: Vec<Option<Name>>,
}

/// Where the fields of a column go.
enum Name {
    /// Into a member of the record.
    Member(&'static str),
    /// Into a member of a member, as tables write it that were made flat: `inputs.messages`, `extra.metadata.thread_id`.
    Inner(&'static str, Vec<String>),
}

/// Members of a run whose own members may be columns.
const FLATTENED: [&str; 4] = ["inputs", "outputs", "extra", "metadata"];
/// Levels of a name with dots.
const LEVELS: usize = 8;

/// The place of a column whose name has dots.
fn inner(column: &[u8], kind: &Kind) -> Option<Name> {
    let column = std::str::from_utf8(column).ok()?.trim();
    let (first, rest) = column.split_once('.')?;
    let member = FLATTENED.into_iter().find(|member| first.eq_ignore_ascii_case(member))?;
    let path: Vec<String> = rest.splitn(LEVELS, '.').map(str::to_owned).collect();
    kind.columns.contains(&member).then_some(Name::Inner(member, path))
}

/// Says whether the bytes begin with the header of such a table.
pub fn sniff(bytes: &[u8]) -> bool {
    let bytes = text(bytes);
    // JSON is asked for nothing more, however large it is.
    !bytes.first().is_some_and(|b| matches!(b, b'{' | b'[' | b'<')) && columns(bytes).is_some()
}

fn text(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

fn columns(bytes: &[u8]) -> Option<Columns> {
    let head = &bytes[..bytes.len().min(HEADER)];
    let line = &head[..memchr::memchr(b'\n', head)?];
    SEPARATORS.into_iter().filter(|separator| line.contains(separator)).find_map(|separator| {
        let mut header = ByteRecord::new();
        let mut reader = ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(line);
        reader.read_byte_record(&mut header).ok().filter(|found| *found)?;
        let letters: Vec<String> = header.iter().map(folded).collect();
        KINDS.iter().find_map(|kind| {
            let has = |name: &str| letters.contains(&folded(name.as_bytes()));
            if !kind.marks.iter().all(|group| group.iter().any(|name| has(name))) {
                return None;
            }
            let mut names: Vec<Option<Name>> = header.iter().map(|column| inner(column, kind)).collect();
            for name in kind.columns {
                if let Some(at) = letters.iter().position(|column| *column == folded(name.as_bytes())) {
                    names[at] = Some(Name::Member(name));
                }
            }
            Some(Columns { separator, names })
        })
    })
}

/// A name in its letters and digits alone.
fn folded(name: &[u8]) -> String {
    name.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| b.to_ascii_lowercase() as char).collect()
}

/// The table as JSON Lines, and what was dropped, for people.
pub fn to_json(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), String> {
    let bytes = text(bytes);
    let Some(columns) = columns(bytes) else {
        return cells::to_json(bytes).ok_or_else(|| "no table of records".to_owned());
    };
    let mut reader = ReaderBuilder::new().delimiter(columns.separator).flexible(true).from_reader(bytes);
    // A quote that nothing closes takes all that follows into its field.
    let open = memchr::memchr_iter(b'"', bytes).count() % 2 == 1;
    let mut json = Vec::new();
    let mut row = ByteRecord::new();
    let mut held: Option<ByteRecord> = None;
    let (mut odd, mut rows) = (0usize, 0usize);
    loop {
        let more = reader.read_byte_record(&mut row).map_err(|e| e.to_string())?;
        if let Some(before) = held.take().filter(|_| more || !open) {
            rows += 1;
            match before.len() == columns.names.len() {
                true => line(&before, &columns, &mut json)?,
                false => odd += 1,
            }
        }
        if !more {
            break;
        }
        held = Some(row.clone());
    }
    let mut lost = Vec::new();
    if odd > 0 {
        lost.push(format!(
            "{odd} of {rows} rows have more or fewer fields than the header has columns; they were dropped"
        ));
    }
    if open {
        lost.push("the table ends within quotes; its last row was dropped".to_owned());
    }
    Ok((json, Some(lost.join("; ")).filter(|lost| !lost.is_empty())))
}

/// One row as a record. An empty field is one that is not set.
fn line(row: &ByteRecord, columns: &Columns, json: &mut Vec<u8>) -> Result<(), String> {
    let mut separator = b'{';
    let mut flattened: Map<String, Value> = Map::new();
    for (name, field) in columns.names.iter().zip(row) {
        // Python's word for nothing is left where a table went through a script.
        let Some(name) = name.as_ref().filter(|_| !field.is_empty() && field != b"None") else { continue };
        let field = String::from_utf8_lossy(field);
        let name = match name {
            Name::Member(name) => *name,
            Name::Inner(member, path) => {
                put(&mut flattened, std::iter::once(*member).chain(path.iter().map(String::as_str)), &field);
                continue;
            }
        };
        json.push(separator);
        separator = b',';
        serde_json::to_writer(&mut *json, name).map_err(|e| e.to_string())?;
        json.push(b':');
        match value(name, &field) {
            Some(value) => serde_json::to_writer(&mut *json, &value),
            None => serde_json::to_writer(&mut *json, field.as_ref()),
        }
        .map_err(|e| e.to_string())?;
        // The member is a column of its own too, and holds all of it.
        flattened.remove(name);
    }
    for (name, value) in &flattened {
        json.push(separator);
        separator = b',';
        serde_json::to_writer(&mut *json, name).map_err(|e| e.to_string())?;
        json.push(b':');
        serde_json::to_writer(&mut *json, value).map_err(|e| e.to_string())?;
    }
    if separator == b'{' {
        json.push(b'{');
    }
    json.extend(b"}\n");
    Ok(())
}

/// Puts a field into its place: as JSON where it is an object or a list, else as text.
fn put<'n>(into: &mut Map<String, Value>, mut path: impl Iterator<Item = &'n str>, field: &str) {
    let Some(mut step) = path.next() else { return };
    let mut at = into;
    for next in path {
        let inner = at.entry(step).or_insert_with(|| Value::Object(Map::new()));
        // A column of the member itself and one of a part of it: the first says more.
        let Value::Object(inner) = inner else { return };
        (at, step) = (inner, next);
    }
    let holds = field.trim_start().starts_with(['{', '[']);
    let read = serde_json::from_str::<Value>(field).ok().filter(|_| holds);
    at.entry(step).or_insert_with(|| read.unwrap_or_else(|| Value::String(field.to_owned())));
}

/// What a field holds, where that is not its text. Some versions wrote texts and times with the quotes of JSON.
fn value(name: &str, field: &str) -> Option<Value> {
    let quoted = field.len() > 1 && field.starts_with('"') && field.ends_with('"');
    let holds = JSON.contains(&name) && field.trim_start().starts_with(['{', '[']);
    if !quoted && !holds {
        return None;
    }
    serde_json::from_str::<Value>(field).ok().filter(|value| holds || value.is_string())
}

#[cfg(test)]
mod tests;
