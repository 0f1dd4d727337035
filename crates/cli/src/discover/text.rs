//! The list as text for a terminal.

use super::report::{Report, Session, TitleSource};
use hindcast_render::show::{Look, clean};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a title needs beside the figures; with fewer, it gets a line of its own.
const TITLE_ROOM: usize = 28;
/// Columns of a title where the width is not known.
const TITLE_PIPED: usize = 100;

/// How the list is to look.
pub struct View<'v> {
    /// The zone that times are shown in.
    pub zone: TimeZone,
    /// Columns of the terminal; `None` if the output is no terminal.
    pub width: Option<usize>,
    /// How a path is written.
    pub path: &'v dyn Fn(&Path) -> String,
}

struct Column {
    head: &'static str,
    right: bool,
    cells: Vec<String>,
    width: usize,
}

impl Column {
    fn of(head: &'static str, right: bool, sessions: &[Session], cell: &dyn Fn(&Session) -> String) -> Self {
        let cells: Vec<String> = sessions.iter().map(cell).collect();
        let width = cells.iter().map(|c| c.width()).chain([head.width()]).max().unwrap_or(0);
        Column { head, right, cells, width }
    }

    fn put(&self, text: &str) -> String {
        let room = " ".repeat(self.width.saturating_sub(text.width()));
        if self.right { format!("{room}{text}  ") } else { format!("{text}{room}  ") }
    }
}

/// The list, as runs of text with their look.
pub fn list(report: &Report, view: &View<'_>) -> Vec<(Look, String)> {
    let sessions = &report.sessions;
    let number = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mut columns = vec![
        Column::of("LAST ACTIVE", false, sessions, &|s| when(&s.last_active, &view.zone)),
        Column::of("AGENT", false, sessions, &|s| clean(&s.agent_name)),
        Column::of("TURNS", true, sessions, &|s| s.turns.to_string()),
        Column::of("CALLS", true, sessions, &|s| s.calls.to_string()),
        Column::of("DURATION", true, sessions, &|s| s.duration_seconds.map_or_else(|| "-".to_owned(), length)),
    ];
    let checked = sessions.iter().any(|s| s.findings.is_some());
    let flags = columns.len();
    if checked {
        columns.push(Column::of("FINDINGS", true, sessions, &|s| number(s.findings)));
        columns.push(Column::of("LEADS", true, sessions, &|s| number(s.leads)));
    }
    let figures: usize = columns.iter().map(|c| c.width + 2).sum();
    let beside = view.width.map_or(Some(TITLE_PIPED), |w| w.checked_sub(figures).filter(|left| *left >= TITLE_ROOM));
    let mut files: HashMap<&Path, usize> = HashMap::new();
    sessions.iter().filter_map(|s| s.paths.first()).for_each(|f| *files.entry(f).or_default() += 1);

    let mut out = Vec::new();
    let mut add = |look, text: String| out.push((look, text));
    let head: String = columns.iter().map(|c| c.put(c.head)).collect();
    let head = if beside.is_some() { head + "TITLE" } else { head };
    add(Look::Quiet, format!("{}\n", head.trim_end()));
    for (at, session) in sessions.iter().enumerate() {
        let cells = |range: std::ops::Range<usize>| -> String {
            columns[range].iter().filter_map(|c| Some(c.put(c.cells.get(at)?))).collect()
        };
        add(Look::Plain, cells(0..flags));
        if checked {
            let look = |n: Option<usize>, some| if n.unwrap_or(0) > 0 { some } else { Look::Plain };
            add(look(session.findings, Look::Alarm), cells(flags..flags + 1));
            add(look(session.leads, Look::Strong), cells(flags + 1..flags + 2));
        }
        match beside {
            Some(room) => add(Look::Strong, format!("{}\n", title(session, room))),
            None => add(
                Look::Strong,
                format!("\n  {}\n", title(session, view.width.unwrap_or(TITLE_PIPED).saturating_sub(2))),
            ),
        }
        add(Look::Quiet, format!("  {}\n", place(session, view, &files)));
    }
    out
}

fn when(time: &str, zone: &TimeZone) -> String {
    time.parse::<Timestamp>().map_or_else(
        |_| time.to_owned(),
        |at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// Seconds in their largest unit: a list is for comparing, and the draft has the rest.
fn length(seconds: i64) -> String {
    let (unit, of) = match seconds {
        ..60 => ("s", 1),
        60..3600 => ("min", 60),
        3600..86_400 => ("h", 3600),
        _ => ("d", 86_400),
    };
    format!("{} {unit}", seconds / of)
}

/// The agent's title as it is, the user's words in quotes.
fn title(session: &Session, columns: usize) -> String {
    match (&session.title, session.title_source) {
        (Some(title), Some(TitleSource::User)) => format!("“{}”", cut(&clean(title), columns.saturating_sub(2))),
        (Some(title), _) => cut(&clean(title), columns),
        (None, _) => cut("(no message from the user)", columns),
    }
}

/// What to give to `draft`: the file, and the session's ID if the file holds several.
fn place(session: &Session, view: &View<'_>, files: &HashMap<&Path, usize>) -> String {
    let Some(main) = session.paths.first() else { return String::new() };
    let mut place = (view.path)(main);
    if files.get(main.as_path()).is_some_and(|n| *n > 1) {
        place.push_str(&format!(" --session {}", (view.path)(Path::new(&session.id))));
    }
    let more = session.paths.len() - 1;
    if more > 0 {
        place.push_str(&format!("  (and {more} more file{})", if more == 1 { "" } else { "s" }));
    }
    if session.missing_data > 0 {
        place.push_str("  (missing data)");
    }
    place
}

/// The beginning of a text, in so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut out = String::new();
    for c in text.chars() {
        match left.checked_sub(c.width().unwrap_or(0)) {
            Some(rest) => left = rest,
            None => break,
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// What stands below the list.
pub fn foot(report: &Report) -> String {
    let sessions = report.sessions.len();
    let shown = format!("{sessions} session{}", if sessions == 1 { "" } else { "s" });
    let more = match report.older {
        0 => String::new(),
        n => format!("; {n} older not shown (--limit 0 shows all)"),
    };
    format!("{shown}{more}.")
}

/// The sentences for a machine without sessions.
pub fn nothing(report: &Report, filtered: bool) -> String {
    let given: Vec<_> = report.places.iter().filter(|p| p.agent.is_none()).map(|p| clean(&p.path)).collect();
    let found = if filtered { "No matching sessions found." } else { "No sessions found." };
    if !given.is_empty() {
        return format!("{found} Looked in {} for files in the formats that Hindcast reads.\n", given.join(", "));
    }
    let mut agents: Vec<&str> = Vec::new();
    for id in report.places.iter().filter_map(|p| p.agent.as_deref()) {
        let name = super::places::named(id).map_or(id, |a| a.name);
        if !agents.contains(&name) {
            agents.push(name);
        }
    }
    let there = match report.places.iter().filter(|p| p.exists).count() {
        0 => "None of their folders exists on this machine.".to_owned(),
        n => format!("{n} of their {} folders exist on this machine.", report.places.len()),
    };
    format!(
        "{found} Looked for sessions of {}. {there}\n\
         List the folders with -v, or look in another folder with --path DIR.\n",
        and(&agents)
    )
}

fn and(words: &[&str]) -> String {
    match words {
        [] => "no agent".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{SCHEMA, TimeSource};
    use super::*;

    fn session(title: &str, findings: Option<usize>) -> Session {
        Session {
            agent: Some("codex".to_owned()),
            agent_name: "Codex".to_owned(),
            format: "codex".to_owned(),
            id: "s1".to_owned(),
            title: Some(title.to_owned()),
            title_source: Some(TitleSource::User),
            last_active: "2026-05-04T10:00:00.000Z".to_owned(),
            last_active_source: TimeSource::Record,
            started: None,
            ended: None,
            duration_seconds: Some(61 * title.len() as i64),
            turns: 2,
            calls: 10,
            findings,
            leads: findings,
            missing_data: 0,
            files: vec!["/h/a.jsonl".to_owned()],
            bytes: 1,
            paths: vec!["/h/a.jsonl".into()],
        }
    }

    fn shown(sessions: Vec<Session>, width: Option<usize>) -> String {
        let report = Report { schema: SCHEMA.to_owned(), sessions, ..Report::default() };
        let view = View { zone: TimeZone::UTC, width, path: &|p| p.display().to_string() };
        list(&report, &view).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn no_line_but_a_path_is_wider_than_the_terminal() {
        for width in [20, 60, 80, 100, 200] {
            let text = shown(vec![session(&"退款 please ".repeat(30), Some(1))], Some(width));
            for line in text.lines().filter(|l| l.contains('退')) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn columns_line_up_and_titles_have_no_control_characters() {
        let text = shown(vec![session("a\x1b[31m\u{202e}b\nc", Some(0)), session("x", Some(12))], Some(120));
        insta::assert_snapshot!(text);
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
    }

    #[test]
    fn several_sessions_of_a_file_are_told_apart() {
        let other = Session { id: "s 2".to_owned(), ..session("x", None) };
        let text = shown(vec![session("x", None), other], None);
        assert!(text.contains("/h/a.jsonl --session s1\n") && text.contains("/h/a.jsonl --session s 2\n"), "{text}");
        assert!(!text.contains("FINDINGS"), "{text}");
    }
}
