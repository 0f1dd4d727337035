//! Tables with a column for the speaker and one for the words.

use super::speaker::{self, Who};
use super::{Dialogue, Turn, both_speak, clock, mostly_known};

const SPEAKER: [&str; 20] = [
    "role",
    "speaker_role",
    "participant_role",
    "sender_role",
    "author_role",
    "sender_type",
    "author_type",
    "speaker_type",
    "participant_type",
    "from_role",
    "user_type",
    "speaker",
    "sender",
    "author",
    "participant",
    "from",
    "who",
    "channel",
    "source",
    "name",
];
/// Of these, what says who spoke and may hold names of people.
const NAMED: [&str; 5] = ["speaker", "sender", "author", "participant", "who"];
const WORDS: [&str; 12] = [
    "text",
    "message",
    "content",
    "utterance",
    "body",
    "message_text",
    "message_content",
    "message_body",
    "transcript",
    "msg",
    "words",
    "said",
];
const TIME: [&str; 13] = [
    "timestamp",
    "created_at",
    "createdat",
    "time",
    "datetime",
    "date",
    "sent_at",
    "message_time",
    "date_time",
    "start_time",
    "start",
    "offset",
    "seconds",
];
const CONVERSATION: [&str; 13] = [
    "conversation_id",
    "conversationid",
    "session_id",
    "sessionid",
    "thread_id",
    "chat_id",
    "call_id",
    "dialogue_id",
    "dialog_id",
    "conversation",
    "contact_id",
    "ticket_id",
    "session",
];
/// Columns that number the turns of a conversation.
const TURN: [&str; 11] = [
    "turn",
    "turn_index",
    "turn_id",
    "turn_number",
    "message_index",
    "message_number",
    "sequence",
    "seq",
    "sequence_number",
    "position",
    "index",
];
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// The longest header, in bytes.
const HEADER: usize = 4096;

/// Where the columns are that matter.
struct Columns {
    separator: char,
    /// Candidates, the best first.
    speakers: Vec<usize>,
    /// Those of them that say who spoke, and not what the speaker is.
    named: Vec<usize>,
    words: usize,
    time: Option<usize>,
    conversation: Option<usize>,
    turn: Option<usize>,
    /// Columns for tools, by their names.
    tools: Vec<usize>,
    count: usize,
}

fn columns(head: &str) -> Option<Columns> {
    let line = head.trim_start().lines().next().filter(|line| line.len() <= HEADER)?;
    SEPARATORS.into_iter().filter(|separator| line.contains(*separator)).find_map(|separator| {
        let names: Vec<String> = record(line, separator)?.0.iter().map(|name| folded(name)).collect();
        let of = |known: &[&str]| known.iter().find_map(|key| names.iter().position(|name| name == key));
        let speakers: Vec<_> = SPEAKER.iter().filter_map(|key| names.iter().position(|name| name == key)).collect();
        let words = of(&WORDS)?;
        let names_who = |at: &usize| NAMED.contains(&names[*at].as_str());
        (!speakers.is_empty()).then(|| Columns {
            separator,
            named: speakers.iter().copied().filter(names_who).collect(),
            speakers,
            words,
            time: of(&TIME),
            conversation: of(&CONVERSATION),
            turn: of(&TURN),
            tools: (0..names.len()).filter(|at| *at != words && names_tools(&names[*at])).collect(),
            count: names.len(),
        })
    })
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-', '.'], "_")
}

/// True for the name of a column that has a word for tools and what they do in it.
fn names_tools(name: &str) -> bool {
    let is = |word: &str| matches!(word.trim_end_matches('s'), "tool" | "function" | "toolcall" | "functioncall");
    name.split('_').any(is)
}

/// Says whether a text begins with the header of such a table.
pub fn may_be(head: &str) -> bool {
    columns(head).is_some()
}

/// Reads the table; `None` for any other text.
pub fn read(text: &str) -> Option<Dialogue> {
    let columns = columns(text)?;
    let mut rest = text.trim_start();
    let mut rows = Vec::new();
    while let Some((fields, after)) = record(rest, columns.separator) {
        rows.push(fields);
        rest = after;
    }
    let mut rows = rows.split_off(1.min(rows.len()));
    in_order(&mut rows, &columns);
    columns.speakers.iter().find_map(|&speaker| {
        let mut turns: Vec<Turn> = rows.iter().filter_map(|row| turn(row, speaker, &columns)).collect();
        // A column of roles names roles that serve nobody: owners, members.
        if columns.named.contains(&speaker) {
            super::infer(&mut turns);
        }
        let is = both_speak(&turns) && mostly_known(&turns);
        is.then(|| Dialogue { dialogue: "csv", header: String::new(), doubtful: false, surrounded: false, turns })
    })
}

/// Puts the rows of each conversation into the order of their numbers, where every row has one of its own and rows of a
/// conversation stand together. Where times say the order, they are read later.
fn in_order(rows: &mut [Vec<String>], columns: &Columns) {
    let Some(turn) = columns.turn else { return };
    let of = |row: &Vec<String>| row.get(turn).and_then(|number| number.trim().parse::<u64>().ok());
    let filled = |row: &Vec<String>| row.iter().any(|field| !field.trim().is_empty());
    if !rows.iter().filter(|row| filled(row)).all(|row| of(row).is_some()) {
        return;
    }
    let whose = |row: &Vec<String>| columns.conversation.and_then(|at| row.get(at)).cloned();
    for run in rows.chunk_by_mut(|a, b| whose(a) == whose(b)) {
        // Numbers that come twice number something else, such as what was asked and answered.
        let mut numbers: Vec<_> = run.iter().filter_map(of).collect();
        numbers.sort_unstable();
        if numbers.windows(2).all(|pair| pair[0] != pair[1]) {
            run.sort_by_key(of);
        }
    }
}

/// The turn of one row; `None` for a row without words.
fn turn(row: &[String], speaker: usize, columns: &Columns) -> Option<Turn> {
    let field = |at: Option<usize>| at.and_then(|at| row.get(at)).map(|field| field.trim()).filter(|f| !f.is_empty());
    let name = field(Some(speaker)).unwrap_or_default();
    let role = speaker::role(name).or_else(|| speaker::leading(name)).or(automatic(name));
    // A separator that nobody put into quotes parts a field in two. Only of the last column is it clear which field that was.
    let over = row.iter().skip(columns.count).any(|field| !field.trim().is_empty());
    let joined = || role.is_some() && columns.words + 1 == columns.count;
    let split = over && !joined();
    let tools: Vec<&str> = columns.tools.iter().filter_map(|at| field(Some(*at))).collect();
    let text = match field(Some(columns.words)) {
        Some(_) if split => row.join(&columns.separator.to_string()),
        Some(_) if over => row.get(columns.words..)?.join(&columns.separator.to_string()).trim().to_owned(),
        Some(text) => text.to_owned(),
        // A call has a column of its own, beside no words.
        None if !tools.is_empty() => tools.join(" "),
        None => return None,
    };
    let calls = role == Some(Who::Agent) && !tools.is_empty();
    let lost = match (split, calls) {
        (true, _) => Some("row with more fields than the table has columns"),
        (_, true) => Some("call in a column of its own"),
        _ => None,
    };
    let time = field(columns.time).map(clock::read).unwrap_or_default();
    Some(Turn {
        conversation: field(columns.conversation).map(str::to_owned),
        speaker: name.to_owned(),
        role,
        lost,
        at: time.at,
        seconds: time.seconds,
        text,
    })
}

/// Words for a role that are too common in texts, and stand in a column of roles for nothing else.
fn automatic(name: &str) -> Option<Who> {
    match name.to_ascii_lowercase().as_str() {
        "model" => Some(Who::Agent),
        "notice" | "event" | "note" => Some(Who::Notice),
        _ => None,
    }
}

/// One record, and what follows it (RFC 4180): a field in quotes may hold separators, line ends, and doubled quotes.
fn record(text: &str, separator: char) -> Option<(Vec<String>, &str)> {
    if text.is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    let mut field = String::new();
    let (mut quoted, mut fresh) = (false, true);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                field.push('"');
                chars.next();
            }
            '"' if quoted => quoted = false,
            '"' if fresh => quoted = true,
            '\n' if !quoted => {
                fields.push(field.trim_end_matches('\r').to_owned());
                return Some((fields, &text[at + 1..]));
            }
            c if c == separator && !quoted => {
                fields.push(std::mem::take(&mut field));
                fresh = true;
                continue;
            }
            c => field.push(c),
        }
        fresh = false;
    }
    fields.push(field);
    Some((fields, ""))
}
