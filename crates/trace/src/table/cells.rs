//! Tables with JSON in their fields, as databases and warehouses write them: every row is a record whose members are its columns. A table
//! whose only JSON is a record of its own, beside a number or a time, is a list of these records.
//!
//! What the rows are is left to the readers of the formats. A table is only taken for one of records where its columns say so.

use super::{SEPARATORS, text};
use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

/// Bytes in which the header and the first row have to end.
const HEAD: usize = 1 << 20;
/// Columns that may be.
const COLUMNS: usize = 400;
/// Names of columns that hold a whole record.
const RECORDS: [&str; 12] =
    ["record", "event", "data", "payload", "raw", "json", "line", "body", "span", "entry", "log", "value"];
/// Parts of names of columns that hold numbers.
const NUMBERS: [&str; 9] = ["time", "start", "end", "duration", "_ms", "_ns", "tokens", "created", "latency"];
/// What stands for nothing.
const NOTHING: [&str; 6] = ["", "None", "null", "NULL", "nan", "NaN"];

/// A table of records.
struct Records {
    separator: u8,
    names: Vec<String>,
    /// The column that holds the whole record.
    whole: Option<usize>,
}

/// Says whether the bytes begin with the header of such a table, and its first row with JSON in it.
pub fn sniff(bytes: &[u8]) -> bool {
    let bytes = text(bytes);
    let line = &bytes[..memchr::memchr(b'\n', &bytes[..bytes.len().min(super::HEADER)]).unwrap_or_default()];
    let begins = line.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'"' | b'_'));
    let names = begins && !line.iter().any(|b| matches!(b, b'{' | b'[' | b':'));
    let cells = |head: &[u8]| [&b"\"{"[..], b"\"["].iter().any(|cell| memchr::memmem::find(head, cell).is_some());
    names && cells(&bytes[..bytes.len().min(HEAD)]) && records(bytes).is_some()
}

fn reader(bytes: &[u8], separator: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(bytes)
}

fn records(bytes: &[u8]) -> Option<Records> {
    let head = &bytes[..bytes.len().min(HEAD)];
    SEPARATORS.into_iter().find_map(|separator| {
        let mut reader = reader(head, separator);
        let names: Vec<String> =
            reader.headers().ok()?.iter().map(|name| name.trim().to_owned()).take(COLUMNS + 1).collect();
        if !(1..=COLUMNS).contains(&names.len()) || names.iter().any(String::is_empty) {
            return None;
        }
        let mut row = ByteRecord::new();
        reader.read_byte_record(&mut row).ok().filter(|found| *found && row.len() == names.len())?;
        let held: Vec<(usize, Value)> = row
            .iter()
            .enumerate()
            .filter_map(|(at, field)| Some((at, json(&String::from_utf8_lossy(field))?)))
            .collect();
        let is_record = |(at, value): &(usize, Value)| {
            let named = RECORDS.contains(&names[*at].to_ascii_lowercase().as_str());
            named && value.as_object().is_some_and(|members| members.len() > 1)
        };
        let whole = match &held[..] {
            [only] if is_record(only) && names.len() <= 4 => Some(only.0),
            _ => None,
        };
        let known = whole.is_some() || tells(&names, &held);
        known.then_some(Records { separator, names, whole })
    })
}

/// True where columns hold messages, a request and its answer, or a span.
fn tells(names: &[String], held: &[(usize, Value)]) -> bool {
    let has = |name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let any = |item: &Value, keys: &[&str]| keys.iter().any(|key| item.get(*key).is_some_and(|held| !held.is_null()));
    let spoken = |item: &Value| {
        any(item, &["role", "type", "from"]) && any(item, &["content", "parts", "value", "data", "tool_calls"])
    };
    let messages = |value: &Value| {
        let list = value.as_array().or_else(|| value.get("messages")?.as_array());
        list.and_then(|list| list.first()).is_some_and(spoken)
    };
    let span = ["trace_id", "traceId", "root_span_id", "op_name"].iter().any(|name| has(name));
    !held.is_empty() && (held.iter().any(|(_, value)| messages(value)) || span || has("request") && has("response"))
}

/// An object or a list that a field holds.
fn json(field: &str) -> Option<Value> {
    if !field.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(field).ok()
}

/// The table as JSON Lines, and what was dropped, for people.
pub fn to_json(bytes: &[u8]) -> Option<(Vec<u8>, Option<String>)> {
    let bytes = text(bytes);
    let Records { separator, names, whole } = records(bytes)?;
    let mut reader = reader(bytes, separator);
    let mut row = ByteRecord::new();
    let (mut lines, mut odd, mut rows) = (Vec::new(), 0usize, 0usize);
    while reader.read_byte_record(&mut row).ok()? {
        rows += 1;
        let field = |at: usize| String::from_utf8_lossy(row.get(at).unwrap_or_default()).into_owned();
        let record = match whole {
            _ if row.len() != names.len() => None,
            Some(at) => json(&field(at)),
            None => Some(Value::Object(members(&names, &field))),
        };
        match record {
            Some(record) => {
                serde_json::to_writer(&mut lines, &record).ok()?;
                lines.push(b'\n');
            }
            None => odd += 1,
        }
    }
    let lost = (odd > 0).then(|| format!("{odd} of {rows} rows do not fit the table's header; they were dropped"));
    Some((lines, lost))
}

fn members(names: &[String], field: &dyn Fn(usize) -> String) -> Map<String, Value> {
    let mut found = Map::new();
    for (at, name) in names.iter().enumerate() {
        let field = field(at);
        if NOTHING.contains(&field.trim()) {
            continue;
        }
        let lower = name.to_ascii_lowercase();
        let number = || field.parse::<i64>().ok().filter(|_| NUMBERS.iter().any(|part| lower.contains(part)));
        let value = json(&field).or_else(|| number().map(Value::from));
        found.insert(name.clone(), value.unwrap_or(Value::String(field)));
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one};
    use crate::{Evidence, read};
    use serde_json::{Value, json};

    fn row(fields: &[&str]) -> String {
        let quoted: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
        quoted.join(",")
    }

    fn messages(asked: &str) -> String {
        json!([{"role": "user", "content": asked}, {"role": "assistant", "content": "Sure"}]).to_string()
    }

    #[test]
    fn a_column_of_messages_is_a_conversation_in_each_row() {
        let table =
            ["id,plan,messages".to_owned(), row(&["a", "pro", &messages("Hi")]), row(&["b", "None", &messages("Ho")])];
        let found = all("t.csv", &table.join("\n"));
        assert_eq!(found.iter().map(kinds).collect::<Vec<_>>(), [["user", "assistant"], ["user", "assistant"]]);
    }

    #[test]
    fn columns_of_requests_and_answers_are_a_log() {
        let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "mow", "arguments": "{\"lawn\":2}"}}]});
        let first = vec![json!({"role": "user", "content": "Mow lawn 2"})];
        let mut second = first.clone();
        second.extend([call.clone(), json!({"role": "tool", "tool_call_id": "c", "content": "{\"state\":\"mown\"}"})]);
        let request = |messages: &[Value]| json!({"model": "m", "messages": messages}).to_string();
        let answer = |id: &str, message: &Value| {
            json!({"id": id, "object": "chat.completion", "choices": [{"index": 0, "message": message}]}).to_string()
        };
        let last = json!({"role": "assistant", "content": "Mown."});
        let table = [
            "n,request,response".to_owned(),
            row(&["1", &request(&first), &answer("r1", &call)]),
            row(&["2", &request(&second), &answer("r2", &last)]),
        ];
        assert_eq!(
            kinds(&one("log.csv", &table.join("\n"))),
            ["user", "call mow -> 2", "result Unknown <- 1", "assistant"]
        );
    }

    #[test]
    fn a_column_of_records_is_the_records() {
        let record = |role: &str, content: &str, n: usize| {
            json!({"type": role, "uuid": format!("u{n}"), "parentUuid": null, "sessionId": "5", "version": "2.1.0", "cwd": "/w", "timestamp": format!("2026-05-04T10:00:0{n}Z"), "message": {"role": role, "content": content}}).to_string()
        };
        let table = [
            "line,record".to_owned(),
            row(&["0", &record("user", "Go", 1)]),
            row(&["1", &record("assistant", "Gone", 2)]),
        ];
        let trace = one("s.csv", &table.join("\n"));
        assert_eq!((trace.format, kinds(&trace)), ("claude-code", vec!["user".to_owned(), "assistant".to_owned()]));
    }

    #[test]
    fn columns_that_say_nothing_of_a_session_are_refused_by_name() {
        let table = ["sku,attributes".to_owned(), row(&["1", r#"{"color":"red"}"#])].join("\n");
        let error = read(&[Evidence::new("t.csv", table.into_bytes())]).expect_err("no trace");
        assert!(error.to_string().contains("a table (CSV) with JSON in its fields"), "{error}");
    }
}
