//! One turn: the closing words sentence by sentence, the user's question, and the tables that came between.

use crate::detectors::closing::{Closing, worked_for_sure};
use crate::origin::tables::{self, Cell, Kind, Table};
use crate::prose::abbreviations::ends_sentence;
use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::counting::{Counting, Word, words};
use crate::session::Session;
use crate::values::figures::{Figure, Kind as Sort, figures};
use crate::values::typed::words::words as typed;
use crate::values::typed::{day, tokens};
use std::ops::Range;

/// Longer answers are reports, whose numbers come from many places.
const LONGEST: usize = 900;
/// More calls of a turn are not compared.
const CALLS: usize = 12;

/// A sentence of the closing words.
pub(super) struct Sentence {
    pub range: Range<usize>,
    pub text: String,
    pub words: Vec<Word>,
    pub told: Vec<Told>,
}

/// A number, a time or a day that an answer tells.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub figure: Figure,
    /// Month and day, where it is a date.
    pub day: Option<(f64, f64)>,
}

impl Told {
    /// True where a cell has this value.
    pub(super) fn is(&self, cell: &Cell) -> bool {
        match (self.day, cell.kind) {
            (Some((month, day)), Kind::Day(value)) => {
                let days = value.floor() - 1.0;
                (days % 31.0 + 1.0, (days / 31.0).floor() % 12.0) == (day, month % 12.0)
            }
            (None, Kind::Clock(minute)) => self.figure.kind == Sort::Clock && self.figure.is(minute),
            (None, Kind::Number(n)) => matches!(self.figure.kind, Sort::Plain | Sort::Percent) && self.figure.is(n),
            _ => false,
        }
    }

    /// True for what is more than a part of a name.
    pub(super) fn tells(&self) -> bool {
        self.day.is_some() || self.figure.kind != Sort::Name
    }
}

/// One turn.
pub(super) struct Scene<'s, 't> {
    pub session: &'s Session<'t>,
    pub closing: &'s Closing<'s, 't>,
    pub counting: Counting,
    pub sentences: Vec<Sentence>,
    pub asked: Sentence,
    /// True for "how many", "how much".
    pub many: bool,
    /// The tables, each with the index of its call; those of one shape are joined.
    pub tables: Vec<(usize, Table)>,
    /// How many rows each part of a joined table has.
    pub parts: Vec<Vec<usize>>,
    /// What the user, the operator and the calls said, as figures.
    pub given: Vec<Figure>,
    /// The calls' arguments.
    pub arguments: String,
}

impl<'s, 't> Scene<'s, 't> {
    pub(super) fn of(session: &'s Session<'t>, closing: &'s Closing<'s, 't>) -> Option<Scene<'s, 't>> {
        let text = &closing.text.text;
        if closing.calls.is_empty() || closing.calls.len() > CALLS || text.len() > LONGEST {
            return None;
        }
        if closing.calls.iter().any(|c| c.failure().is_some() || c.result.as_ref().is_none_or(|r| r.cut_off())) {
            return None;
        }
        // What was written is told as well, in numbers that no table has.
        if closing.calls.iter().any(worked_for_sure) {
            return None;
        }
        let user = session.messages.iter().find(|m| m.event == closing.user)?.texts.last()?;
        let counting = Counting::of(&format!("{}\n{text}", user.text.get(..user.text.floor_char_boundary(2000))?))?;
        let mut tables: Vec<(usize, Table)> = Vec::new();
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for (call, table) in
            closing.calls.iter().enumerate().flat_map(|(i, c)| tables::of(c).into_iter().map(move |t| (i, t)))
        {
            let like = tables.iter().position(|(_, t)| {
                t.columns == table.columns && t.name == table.name && t.columns.iter().any(|c| !c.is_empty())
            });
            match like {
                Some(at) => {
                    parts[at].push(table.rows.len());
                    tables[at].1.rows.extend(table.rows);
                }
                None => {
                    parts.push(vec![table.rows.len()]);
                    tables.push((call, table));
                }
            }
        }
        if tables.is_empty() || tables.iter().any(|(_, t)| t.rows.len() > 400) {
            return None;
        }
        let spoken = session.messages.iter().filter(|m| m.event < closing.event).flat_map(|m| m.texts);
        let asked = sentence(&user.text, 0..user.text.floor_char_boundary(2000), counting);
        let mut given: Vec<Figure> = spoken.take(64).flat_map(|t| figures(&t.text, Some(counting))).collect();
        let arguments: String =
            closing.calls.iter().filter_map(|c| c.arguments).map(|a| a.text.as_str()).collect::<Vec<_>>().join("\n");
        given.extend(figures(&arguments, None));
        let many = class("many").is_in_text(&user.text);
        let sentences = split(text).into_iter().map(|r| sentence(text, r, counting)).collect();
        Some(Scene { session, closing, counting, sentences, asked, many, tables, parts, given, arguments })
    }

    /// The rows of a table that a text names, by a word or words that no other row has.
    pub(super) fn rows_named(&self, table: &Table, text: &str) -> Vec<usize> {
        let mut rows = Vec::new();
        let line = padded(text);
        let folded = unaccented(text);
        for at in table.labels() {
            let labels: Vec<(usize, String)> =
                table.column(at).enumerate().filter_map(|(row, c)| Some((row, padded(&c?.text)))).collect();
            let mut own: Vec<usize> = Vec::new();
            for (row, label) in &labels {
                let signs = label.chars().any(|c| c as u32 >= 0x3000);
                let whole = label.trim().chars().count() > 1
                    && (line.contains(label.as_str()) || signs && folded.contains(label.trim()));
                // "Banerjee" for "R. Banerjee": a name that no other row has.
                let unique = |w: &&str| {
                    w.chars().count() > 3
                        && w.chars().all(char::is_alphabetic)
                        && labels.iter().filter(|(_, l)| l.contains(&format!(" {w} "))).count() == 1
                };
                let name = table.rows[*row][at].as_ref().is_some_and(|c| c.text.starts_with(char::is_uppercase));
                if whole || name && label.split(' ').filter(unique).any(|w| line.contains(&format!(" {w} "))) {
                    own.push(*row);
                }
            }
            rows.extend(own);
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The values by which a table sorts its rows that a text names: the column, and the rows.
    pub(super) fn values_named(&self, table: &Table, text: &str, places: bool) -> Vec<(usize, Vec<usize>, usize)> {
        let spoken = words(text);
        let mut found = Vec::new();
        for at in 0..table.columns.len() {
            for (value, rows) in table.groups(at) {
                let flag = rows
                    .first()
                    .and_then(|r| table.rows[*r][at].as_ref())
                    .is_some_and(|c| matches!(c.kind, Kind::Flag(_)));
                let place =
                    if flag { None } else { stands(value, text, &spoken).or_else(|| shortened(value, &spoken)) };
                if let Some(place) = place {
                    found.push((at, rows, if places { place } else { 0 }));
                }
            }
        }
        found
    }

    /// The flags that a text names: the column, those that have it, and the place of the word.
    pub(super) fn flags_named(&self, table: &Table, text: &str) -> Vec<(Vec<usize>, Vec<usize>, usize)> {
        let spoken = words(text);
        let flagged = |at: &usize| {
            let cells: Vec<&Cell> = table.column(*at).flatten().collect();
            cells.len() == table.rows.len() && cells.iter().all(|c| matches!(c.kind, Kind::Flag(_)))
        };
        (0..table.columns.len())
            .filter(flagged)
            .filter_map(|at| {
                let place = stands(&table.columns[at].replace(['_', '-'], " "), text, &spoken)?;
                let (yes, no) = (0..table.rows.len())
                    .partition(|r| table.rows[*r][at].as_ref().is_some_and(|c| c.kind == Kind::Flag(true)));
                Some((yes, no, place))
            })
            .collect()
    }

    /// True for a number that somebody gave.
    pub(super) fn is_given(&self, figure: &Figure) -> bool {
        figure.readings.iter().any(|r| self.given.iter().any(|g| g.kind == figure.kind && g.is(*r)))
    }

    /// True for a number that somebody gave in the same way: a word, or digits.
    pub(super) fn is_repeated(&self, figure: &Figure) -> bool {
        figure
            .readings
            .iter()
            .any(|r| self.given.iter().any(|g| g.word == figure.word && g.kind == figure.kind && g.is(*r)))
    }

    /// The value of a number where it can count rows: no amount, no time, no part of a name or of a formula.
    pub(super) fn countable(sentence: &Sentence, told: &Told) -> Option<usize> {
        let n = told.figure.whole().filter(|_| told.day.is_none())?;
        let (before, behind) = sentence.text.split_at(told.figure.range.start);
        let behind = behind.get(told.figure.range.len()..)?;
        let signed = before.trim_end().ends_with(['$', '€', '£', '¥', '×', '=', '+', '≈', '~'])
            || behind.trim_start().starts_with(['€', '$', '£', '¥', '×', '=', '+', '/', '°', '%']);
        let joined = behind.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic());
        (!signed && !joined).then_some(n)
    }

    /// True for a number of units of time.
    pub(super) fn in_time(sentence: &Sentence, figure: &Figure) -> bool {
        let next = sentence.words.iter().find(|w| w.range.start >= figure.range.end);
        next.is_some_and(|w| typed().time.contains_key(&sentence.text[w.range.clone()].to_lowercase()))
    }

    /// Whether a sentence says that it speaks of a part, or not exactly.
    pub(super) fn is_apart(&self, words: &[Word]) -> bool {
        self.counting.is_in("apart", words)
    }
}

/// The place, in words, where a value stands in a text, in some form of its words.
fn stands(value: &str, text: &str, spoken: &[Word]) -> Option<usize> {
    if value.chars().any(|c| c as u32 >= 0x3000) {
        let at = text.find(value)?;
        return Some(spoken.iter().take_while(|w| w.range.start <= at).count().saturating_sub(1));
    }
    let own: Vec<String> = spread(value);
    if own.is_empty() || own.iter().all(|w| w.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let joined: String = own.concat();
    let coded =
        joined.len() < 6 && joined.starts_with(|c: char| c.is_ascii_digit()) && joined.ends_with(char::is_alphabetic);
    (0..spoken.len()).find(|at| {
        let run = spoken.get(*at..at + own.len());
        run.is_some_and(|run| run.iter().zip(&own).all(|(a, b)| form(&a.text, b)))
            || joined.chars().count() > 3 && spoken[*at].text == joined
            || coded
                && (1..3).any(|n| {
                    spoken.get(*at..at + n).is_some_and(|run| {
                        plain_code(&run.iter().map(|w| w.text.as_str()).collect::<String>()) == joined
                    })
                })
    })
}

/// The place of the word of which a value in capitals is the beginning: `CONF` for "confirmed".
fn shortened(value: &str, spoken: &[Word]) -> Option<usize> {
    let code = (3..7).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_uppercase());
    let own = value.to_ascii_lowercase();
    code.then(|| spoken.iter().position(|w| w.text.len() > own.len() + 1 && w.text.starts_with(&own))).flatten()
}

/// A code without the mark of an ordinal number: `4b` for "4eB", "4. B" and "4th B".
fn plain_code(word: &str) -> String {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &word[digits..];
    let marks = ["eme", "ere", "er", "re", "th", "st", "nd", "rd", "e", "a", "o"];
    let mark =
        marks.iter().find(|m| digits > 0 && rest.len() > m.len() && rest.starts_with(**m)).map_or(0, |m| m.len());
    format!("{}{}", &word[..digits], &rest[mark..])
}

fn spread(value: &str) -> Vec<String> {
    crate::prose::wordlists::words(value)
}

/// True for two forms of one word.
pub(super) fn form(a: &str, b: &str) -> bool {
    let (long, short) = (a.chars().count().max(b.chars().count()), a.chars().count().min(b.chars().count()));
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a == b || same >= 4 && same + 3 >= long && same + 2 >= short
}

/// The words of a text in small letters between blanks.
pub(super) fn padded(text: &str) -> String {
    format!(" {} ", words(text).into_iter().map(|w| w.text).collect::<Vec<_>>().join(" "))
}

fn sentence(text: &str, range: Range<usize>, counting: Counting) -> Sentence {
    let own = text[range.clone()].to_owned();
    let days: Vec<(Range<usize>, f64, f64)> = day::iso(&own)
        .into_iter()
        .chain(day::named(&tokens::tokens(&own)))
        .map(|d| (d.range, f64::from(d.month), f64::from(d.day)))
        .collect();
    let mut told: Vec<Told> = Vec::new();
    for figure in figures(&own, Some(counting)) {
        let date = days.iter().find(|(r, ..)| r.start < figure.range.end && figure.range.start < r.end);
        // A date has several numbers, and is told once.
        let again = date
            .is_some_and(|(r, ..)| told.iter().any(|t| r.start <= t.figure.range.start && t.figure.range.end <= r.end));
        if !again {
            told.push(Told { figure, day: date.map(|(_, month, day)| (*month, *day)) });
        }
    }
    Sentence { range, words: words(&own), told, text: own }
}

/// The sentences of a text. A period behind an abbreviation, a single letter or a short word before a number belongs to the word.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = 0;
    let shortened = |at: usize, letters: usize| {
        let next = text[at + 1..].trim_start().chars().next();
        let goes_on = next.is_some_and(|c| c.is_ascii_digit() || c.is_lowercase());
        letters == 1 || (2..4).contains(&letters) && goes_on || !ends_sentence(text, at)
    };
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let open = next.is_none_or(char::is_whitespace);
        let ends = match c {
            '\n' | '。' | '！' | '？' => true,
            '.' => open && !shortened(at, letters),
            '!' | '?' | ';' => open,
            _ => false,
        };
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        let end = at + c.len_utf8();
        if ends || next.is_none() {
            if !text[start..end].trim().is_empty() {
                found.push(start..end);
            }
            start = end;
        }
    }
    found.truncate(24);
    found
}
