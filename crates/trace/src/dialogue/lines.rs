//! Turns that begin with the speaker's name at the start of a line.

use super::clock::{self, Clock};
use super::speaker::{self, Who};
use super::{Dialogue, Turn, both_speak, mostly_known, prose, words};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Lines that may stand above the first turn, and bytes in each.
const HEADER_LINES: usize = 8;
const HEADER_LINE: usize = 120;
/// Bytes at the start of a line in which a speaker's name ends.
const NAME_ENDS: usize = 160;
/// Turns of which some would speak to somebody.
const MANY: usize = 4;
/// Names that are counted; a hostile file may have a million.
const NAMES: usize = 10_000;

/// A date and a time, a time of day, or an offset; in brackets or not.
const TIME: &str = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?|(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? )?\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?";

static TIMED: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(&format!(r"^(?:\*\*|__)?[\[(]?({TIME})[\])]?(?: ?[-–|:])?(?:[ \t]+|$)")));
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(&format!(
        r"^(?:\*\*|__)?(\pL[^:\n]{{0,60}}?)(?:[ \t]*[\[(]?\b({TIME})[\])]?)?(?:\*\*|__)?[ \t]?:(?:\*\*|__)?(?:[ \t]+|$)"
    ))
});

fn compile(pattern: &str) -> Option<Regex> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
}

/// The beginning of a line.
struct Head<'l> {
    time: Option<&'l str>,
    name: Option<&'l str>,
    /// What follows.
    rest: &'l str,
}

fn head(line: &str) -> Head<'_> {
    let mut start = &line[..line.floor_char_boundary(NAME_ENDS)];
    let mut time = None;
    let mut at = 0;
    if start.trim_start_matches(['*', '_', '[', '(']).starts_with(|c: char| c.is_ascii_digit())
        && let Some(found) = TIMED.as_ref().and_then(|r| r.captures(start))
    {
        time = found.get(1).map(|t| t.as_str());
        at = found.get(0).map_or(0, |all| all.end());
        start = &start[at..];
    }
    // Nearly every line of prose has no colon near its start.
    let named = if start.contains(':') { NAMED.as_ref().and_then(|r| r.captures(start)) } else { None };
    // A name has no quotes, brackets of code, or operators.
    let odd = |c: char| !c.is_alphanumeric() && !" .,'’_#&/|()[]–-".contains(c);
    match named.filter(|found| found.get(1).is_some_and(|name| !name.as_str().contains(odd))) {
        Some(found) => {
            let end = at + found.get(0).map_or(0, |all| all.end());
            let name = found.get(1).map(|name| name.as_str().trim());
            Head { time: time.or(found.get(2).map(|t| t.as_str())), name, rest: &line[end..] }
        }
        None => Head { time, name: None, rest: &line[at..] },
    }
}

/// A speaker's name in front of what is said in one cue.
pub fn named(text: &str) -> Option<(&str, &str)> {
    let Head { name, rest, .. } = head(text);
    name.map(|name| (name, rest))
}

/// Says whether the first lines have a speaker that is known.
pub fn may_be(head_of_file: &str) -> bool {
    let filled = head_of_file.lines().filter(|line| !line.trim().is_empty());
    filled.take(HEADER_LINES + 1).any(|line| {
        let name = head(line).name;
        name.is_some_and(|name| speaker::role(name).or_else(|| speaker::leading(name)).is_some())
    })
}

/// A line that stands in brackets or rules as a whole: `[Agent joined]`, `*** call ended ***`.
fn is_notice(line: &str) -> bool {
    let line = line.trim();
    let within = |open: &str, close: &str| {
        line.len() > open.len() + close.len() && line.starts_with(open) && line.ends_with(close)
    };
    within("[", "]") || within("***", "***") || within("---", "---") || within("===", "===")
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.bytes().all(|b| matches!(b, b'-' | b'=' | b'*' | b'_'))
}

/// How many lines at the start are a block of particulars (`Date: …`, `Customer: …`) rather than turns.
fn particulars(text: &str) -> usize {
    let inside = |line: &&str| !line.trim().is_empty() && !is_rule(line);
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    let block: Vec<_> = lines.by_ref().take_while(inside).take(HEADER_LINES + 1).collect();
    let names: Vec<_> = block.iter().filter_map(|line| head(line).name).collect();
    let mut roles: Vec<_> = names.iter().filter_map(|name| speaker::role(name)).collect();
    let strange = names.len() - roles.len();
    let all = roles.len();
    roles.sort_unstable();
    roles.dedup();
    let short = block.iter().all(|line| head(line).rest.split_whitespace().count() <= 6);
    let more = lines.any(|line| head(line).name.and_then(speaker::role).is_some());
    let once = roles.len() == all && block.len() <= HEADER_LINES && names.len() * 2 >= block.len();
    // Within particulars, every line has a name; what was said goes on over lines without one.
    let goes_on = block.iter().skip_while(|line| head(line).name.is_none()).any(|line| head(line).name.is_none());
    if strange > 0 && short && once && more && !goes_on { block.len() } else { 0 }
}

/// Reads a dialogue; `None` for any other text.
pub fn read(text: &str) -> Option<Dialogue> {
    if !may_be(text.get(..text.floor_char_boundary(super::HEAD))?) || is_rule(text.trim_start().lines().next()?) {
        return None;
    }
    let head = &text[..text.floor_char_boundary(super::HEAD)];
    if prose::is_changelog(head) || prose::is_configuration(head) || prose::quotes_mail(head) {
        return None;
    }
    // Headers of mail stand above anything.
    let above = if prose::is_mail(head) { 0 } else { particulars(text) };
    let counts = names(text);
    let mut book = Book { counts, above: above > 0, ..Book::default() };
    let mut filled = 0;
    book.fences = text.lines().filter(|line| is_fence(line)).count();
    for line in text.lines() {
        filled += usize::from(!line.trim().is_empty());
        if !line.trim().is_empty() && filled <= above {
            book.header.push(line);
        } else {
            book.line(line)?;
        }
    }
    book.close();
    if above == 0 {
        book.labels_above = book.header.iter().filter(|line| named(line).is_some()).count();
    }
    let below = filled - book.header.len();
    book.finish(below)
}

fn names(text: &str) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for name in text.lines().filter_map(|line| head(line).name) {
        if counts.len() < NAMES || counts.contains_key(name) {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

#[derive(Default)]
struct Book<'t> {
    counts: HashMap<&'t str, usize>,
    header: Vec<&'t str>,
    turns: Vec<Turn>,
    /// The turn that is being read.
    open: Option<Turn>,
    /// A time on a line of its own, for the turn below it.
    pending: Option<Clock>,
    /// Turns and notices, by their lines.
    heads: usize,
    timed: bool,
    headings: usize,
    /// Lines that begin like turns, with names that are no speakers'.
    labels: usize,
    /// The same above the first turn, where these are no particulars.
    labels_above: usize,
    /// True where the lines above the first turn are particulars.
    above: bool,
    /// Fences of code that are still to come, and whether one is open.
    fences: usize,
    fenced: bool,
    /// Lines with a time that belong to no turn, as programs log them.
    logged: usize,
}

impl<'t> Book<'t> {
    /// Takes one line in. `None` where the whole can be no dialogue.
    fn line(&mut self, line: &'t str) -> Option<()> {
        // What stands in a block of code is part of what was said, speakers and all. A fence that nobody closes opens none.
        let fence = is_fence(line);
        self.fences -= usize::from(fence);
        if !self.turns_empty() && (self.fenced || fence && self.fences > 0) {
            self.fenced ^= fence;
            self.go_on(line);
            return Some(());
        }
        let Head { time, name, rest } = head(line);
        let often = name.and_then(|name| self.counts.get(name)).copied().unwrap_or_default();
        let role = name.and_then(|name| speaker::role(name).or_else(|| speaker::leading(name).filter(|_| often > 1)));
        // A name that is not known is a speaker where it comes often, or has its own time; else the line is text.
        let other = name.is_some_and(|name| role.is_none() && !words::is_label(name));
        let strange = other && (often >= 3 || time.is_some() && self.timed);
        if role.is_some() || strange && !self.turns_empty() {
            // A block of text in YAML.
            if matches!(rest.trim(), "|" | ">" | "|-" | ">-" | "{" | "[") {
                return None;
            }
            self.timed |= time.is_some();
            self.start(name.unwrap_or_default(), role, time, rest);
            return Some(());
        }
        let blank = line.trim().is_empty();
        if self.turns_empty() {
            if !blank {
                self.logged += usize::from(time.is_some_and(clock::is_dated) && !rest.trim().is_empty());
                self.header.push(line);
            }
            let code = line.trim_start().starts_with("```");
            let prose = self.header.len() > HEADER_LINES || line.len() > HEADER_LINE;
            return (!code && !prose).then_some(());
        }
        self.headings += usize::from(line.starts_with('#'));
        self.labels += usize::from(name.is_some());
        match time {
            Some(time) if rest.trim().is_empty() => self.pending = Some(clock::read(time)),
            Some(time) if self.timed => self.start("", Some(Who::Notice), Some(time), rest),
            Some(time) if clock::is_dated(time) => {
                self.logged += 1;
                self.go_on(line);
            }
            _ if is_notice(line) => self.start("", Some(Who::Notice), None, line),
            _ if is_rule(line) => {}
            _ => self.go_on(line),
        }
        Some(())
    }

    /// The turn goes on over this line.
    fn go_on(&mut self, line: &str) {
        if let Some(open) = &mut self.open {
            open.text.push('\n');
            open.text.push_str(line);
        }
    }

    fn turns_empty(&self) -> bool {
        self.turns.is_empty() && self.open.is_none()
    }

    fn start(&mut self, name: &str, role: Option<Who>, time: Option<&str>, rest: &str) {
        self.close();
        self.heads += 1;
        let Clock { at, seconds } = time.map(clock::read).or(self.pending.take()).unwrap_or_default();
        self.open =
            Some(Turn { speaker: name.to_owned(), role, at, seconds, text: rest.to_owned(), ..Turn::default() });
    }

    fn close(&mut self) {
        if let Some(mut turn) = self.open.take() {
            turn.text = turn.text.trim().to_owned();
            self.turns.push(turn);
        }
    }

    /// The dialogue, if nearly all of its lines are turns of a user and an agent. `filled` lines have something in them.
    fn finish(self, filled: usize) -> Option<Dialogue> {
        let Book { mut turns, header, heads, headings, labels, labels_above, timed, logged, above, .. } = self;
        let spoken = || turns.iter().filter(|turn| matches!(turn.role, Some(Who::User | Who::Agent)));
        let first = |text: &str| text.lines().next().unwrap_or_default().split_whitespace().count();
        let sentences = spoken().filter(|turn| first(&turn.text) >= 3).count();
        // Keys of a configuration are in lower case, and most of them name nobody.
        let lower = spoken().all(|turn| !turn.speaker.contains(char::is_uppercase));
        let keys = if lower { labels * 2 >= heads } else { labels > heads * 2 };
        // An article has headings of its own, and a configuration single words.
        let article = headings > 0 && header.iter().any(|line| line.starts_with('#'));
        let enough = if heads >= 10 { heads * 10 >= filled } else { heads * 4 >= filled };
        let unknown = labels + labels_above + turns.iter().filter(|turn| turn.role.is_none()).count();
        let addressed = spoken().filter(|turn| words::addresses(&turn.text)).count();
        // A short talk may be of greetings.
        let plain = heads == filled && unknown == 0 && !lower;
        // A few lines of other kinds stand within what was said: notes, links, quotes.
        let by_turns = !lower && unknown * 4 <= heads && heads * 2 >= filled && takes_turns(&turns);
        let greetings = plain && addressed == spoken().count() || by_turns;
        let terse = sentences * 3 < spoken().count() || sentences == 0;
        if article || keys || !enough || spoken().count() < 2 || terse && !greetings {
            return None;
        }
        // Documents have a heading, and their lines with a role in front may define it.
        let headed = header.iter().any(|line| line.starts_with("# "));
        if (lower || unknown > 0 && !by_turns || headed) && !is_spoken(&turns, unknown) {
            return None;
        }
        // Programs log the time of each line, and speak to nobody.
        if timed && addressed == 0 && spoken().count() >= MANY {
            return None;
        }
        let doubtful = match spoken().count() {
            few @ ..MANY => addressed * 2 < few && !greetings || spoken().all(|turn| prose::is_fragment(&turn.text)),
            many => addressed * 6 < many,
        };
        let logs = logged > 1 && !timed || headings > 0 && !header.is_empty();
        let surrounded = logs || prose::introduces(&header, above);
        // Times of day are no offsets into the conversation.
        if turns.iter().find_map(|turn| turn.seconds).is_some_and(|first| first >= 3600.0) {
            turns.iter_mut().for_each(|turn| turn.seconds = None);
        }
        let is = both_speak(&turns) && mostly_known(&turns);
        is.then(|| Dialogue { dialogue: "text", header: header.join("\n"), doubtful, surrounded, turns })
    }
}

/// True where a user and an agent speak by turns, the user first, under the bare names of their roles.
fn takes_turns(turns: &[Turn]) -> bool {
    let first = |pair: &[Turn]| pair.first().is_some_and(|turn| turn.role == Some(Who::User));
    let second = |pair: &[Turn]| pair.get(1).is_none_or(|turn| turn.role == Some(Who::Agent));
    turns.len() >= MANY
        && turns.chunks(2).all(|pair| first(pair) && second(pair))
        && turns.iter().all(|turn| speaker::is_bare(&turn.speaker) && !turn.text.is_empty())
}

/// True where a user and an agent take turns and speak to each other. Only texts with names of others in them are asked: where
/// these are many, the few that are roles may be headings, keys or terms that are defined.
fn is_spoken(turns: &[Turn], unknown: usize) -> bool {
    let spoken: Vec<&Turn> = turns.iter().filter(|turn| matches!(turn.role, Some(Who::User | Who::Agent))).collect();
    let changes = spoken.windows(2).filter(|pair| pair[0].role != pair[1].role).count();
    let addressed = spoken.iter().filter(|turn| words::addresses(&turn.text)).count();
    let in_turn = if spoken.len() < 4 { unknown * 2 <= spoken.len() } else { changes * 3 + 1 >= spoken.len() };
    in_turn && addressed * 3 >= spoken.len()
}
