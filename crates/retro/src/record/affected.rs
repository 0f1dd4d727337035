//! Whom the same failure reached: a list as other tools write it, and what is to be done about each.

use super::named;
use hindcast_trace::Stop;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done about somebody who was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// They have to be told yet.
    ToTell,
    /// They were told.
    Told,
    /// They were told, and have what they should have had.
    MadeWhole,
    /// Nothing has to be done.
    NotNeeded,
}

named!(Remedy, "a remedy", 4: ToTell = "to_tell", Told = "told", MadeWhole = "made_whole", NotNeeded = "not_needed");

impl Remedy {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Remedy::ToTell => "to tell",
            Remedy::Told => "told",
            Remedy::MadeWhole => "made whole",
            Remedy::NotNeeded => "not needed",
        }
    }
}

/// Somebody who was reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reached {
    /// The session.
    pub session: String,
    /// The customer; may be empty.
    #[serde(default)]
    pub customer: String,
    /// When, as the list has it; may be empty.
    #[serde(default, alias = "time")]
    pub at: String,
    /// What was said; may be empty.
    #[serde(default)]
    pub quote: String,
}

/// Why a list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is neither.
    #[error("the list must be CSV with a header row, or a JSON array: {0}")]
    Form(String),
    /// The column is not there.
    #[error("the list has no column `session`; its columns are {0}")]
    NoSession(String),
    /// The line is not whole.
    #[error("line {0} of the list: {1}")]
    Line(u64, String),
    /// The entry says nothing of its session.
    #[error("item {0} of the list has no session")]
    Entry(usize),
    /// More than a list may have.
    #[error("the list has more than {MOST} lines; split it")]
    TooLong,
    /// There is none.
    #[error("the list is empty")]
    Empty,
    /// Whoever asked for it does not wait any more.
    #[error("reading the list was ended")]
    Stopped,
}

/// Lines of a list at most.
pub const MOST: usize = 50_000;
/// Characters of each text that are kept.
const LONGEST: usize = 2_000;

/// Reads a list: CSV with a first line of names (`session`, `customer`, `time`, `quote`, in any order, others are left out), or a
/// JSON array of objects with these names.
///
/// # Errors
/// With the line that is wrong; [`ListError::Stopped`] once the flag is set.
pub fn read(text: &str, stop: &Stop) -> Result<Vec<Reached>, ListError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut list = match text.starts_with('[') {
        true => serde_json::from_str::<Vec<Reached>>(text).map_err(|e| ListError::Form(e.to_string()))?,
        false => csv(text, stop)?,
    };
    if list.len() > MOST {
        return Err(ListError::TooLong);
    }
    for (i, item) in list.iter_mut().enumerate() {
        for text in [&mut item.session, &mut item.customer, &mut item.at, &mut item.quote] {
            *text = text.trim().chars().take(LONGEST).collect();
        }
        if item.session.is_empty() {
            return Err(ListError::Entry(i + 1));
        }
    }
    if list.is_empty() { Err(ListError::Empty) } else { Ok(list) }
}

fn csv(text: &str, stop: &Stop) -> Result<Vec<Reached>, ListError> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| ListError::Form(e.to_string()))?.clone();
    let column = |names: &[&str]| headers.iter().position(|h| names.iter().any(|n| h.eq_ignore_ascii_case(n)));
    let Some(session) = column(&["session", "session_id", "conversation", "trace_id"]) else {
        return Err(ListError::NoSession(headers.iter().collect::<Vec<_>>().join(", ")));
    };
    let (customer, at, quote) =
        (column(&["customer", "user"]), column(&["time", "at", "timestamp"]), column(&["quote", "text"]));
    let mut all = Vec::new();
    for record in reader.records() {
        if stop.is_set() {
            return Err(ListError::Stopped);
        }
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            ListError::Line(line, "it has a different number of fields than the header row, or is not UTF-8".to_owned())
        })?;
        // A line of blanks is no entry.
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record.get(session).is_none_or(str::is_empty) {
            return Err(ListError::Line(line, "it has no session".to_owned()));
        }
        let get = |at: Option<usize>| at.and_then(|i| record.get(i)).unwrap_or("").to_owned();
        all.push(Reached { session: get(Some(session)), customer: get(customer), at: get(at), quote: get(quote) });
        if all.len() > MOST {
            return Err(ListError::TooLong);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Reached>, ListError> {
        super::read(text, &Stop::default())
    }

    #[test]
    fn csv_and_json_say_the_same() {
        let csv = "Customer,session,score,quote\nc1,s1,0.9,\"said, twice\"\n,s2,0.1,\n";
        let json = r#"[{"session":"s1","customer":"c1","quote":"said, twice"},{"session":"s2"}]"#;
        let list = read(csv).expect("reads");
        assert_eq!(list, read(json).expect("reads"));
        assert_eq!((list[0].customer.as_str(), list[0].quote.as_str(), list.len()), ("c1", "said, twice", 2));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(read("a,b\n1,2\n"), Err(ListError::NoSession("a, b".to_owned())));
        assert!(matches!(read("session,quote\ns1\n"), Err(ListError::Line(2, _))));
        assert!(matches!(read("session\n \nx\n"), Ok(list) if list.len() == 1));
        assert_eq!(read("session,quote\n,q\n"), Err(ListError::Line(2, "it has no session".to_owned())));
        assert_eq!(read("session\n"), Err(ListError::Empty));
        assert!(matches!(read("[{\"customer\": 1}]"), Err(ListError::Form(_))));
        assert_eq!(read("[{\"session\": \"s\"}, {\"session\": \" \"}]"), Err(ListError::Entry(2)));
    }

    #[test]
    fn a_list_is_read_only_while_somebody_waits_for_it() {
        let list = format!("session\n{}", " \n".repeat(100));
        assert_eq!(super::read(&list, &Stop::after(3)), Err(ListError::Stopped));
    }
}
