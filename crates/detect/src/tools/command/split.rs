//! Cuts a script into commands and words.

use super::strip::strip;
use super::{Command, Join};

/// Longer scripts are read up to here.
const LONGEST: usize = 65_536;
/// More commands than this are not read.
const MOST: usize = 400;
/// `bash -c` within `bash -c` is read so deep.
const DEEPEST: usize = 3;

/// The simple commands of a script, in order.
pub fn parse(script: &str) -> Vec<Command> {
    let mut out = Vec::new();
    nested(script, 0, &mut out);
    out.truncate(MOST);
    let mut folder: Option<String> = None;
    for command in &mut out {
        if command.program() == "cd" && command.join != Join::Pipe {
            folder = command.words.get(1).cloned();
        }
        command.folder.clone_from(&folder);
    }
    out
}

pub(super) fn nested(script: &str, depth: usize, out: &mut Vec<Command>) {
    if depth > DEEPEST {
        return;
    }
    let script = &script[..script.floor_char_boundary(LONGEST)];
    let mut reader = Reader { text: script, at: 0, heredocs: Vec::new(), depth, control: 0, out };
    reader.read();
}

struct Reader<'s, 'o> {
    text: &'s str,
    at: usize,
    /// Ends of heredocs that begin on the next line, and the command that reads each.
    heredocs: Vec<(String, Option<usize>)>,
    depth: usize,
    /// How many loops and conditions are open.
    control: usize,
    out: &'o mut Vec<Command>,
}

/// A command that is being read.
#[derive(Default)]
struct Open {
    words: Vec<String>,
    output: Option<String>,
    heredoc: bool,
    /// Where its words begin and end in the script.
    place: Option<(usize, usize)>,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let mut open = Open::default();
        let mut join = Join::Then;
        while let Some(c) = self.peek() {
            if self.out.len() > MOST {
                return;
            }
            let from = self.at;
            let next = self.text[self.at + c.len_utf8()..].chars().next();
            match c {
                '\n' => {
                    self.at += 1;
                    self.close(&mut open, join, false);
                    join = Join::Then;
                    self.skip_heredocs();
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if next == Some('\n') => self.at += 2,
                '#' if open.words.is_empty() || self.after_blank() => self.skip_line(),
                ';' | '(' | ')' => {
                    self.at += 1;
                    self.close(&mut open, join, false);
                    join = if c == ';' { Join::Then } else { join };
                }
                '&' if next == Some('&') => {
                    self.at += 2;
                    self.close(&mut open, join, false);
                    join = Join::And;
                }
                '|' if next == Some('|') => {
                    self.at += 2;
                    self.close(&mut open, join, false);
                    join = Join::Or;
                }
                '|' => {
                    self.at += if next == Some('&') { 2 } else { 1 };
                    self.close(&mut open, join, false);
                    join = Join::Pipe;
                }
                '&' if next == Some('>') => self.redirect(&mut open),
                '&' => {
                    self.at += 1;
                    self.close(&mut open, join, true);
                    join = Join::Then;
                }
                '>' | '<' => {
                    self.redirect(&mut open);
                    open.place = Some((open.place.map_or(from, |p| p.0), self.at));
                }
                _ => {
                    let word = self.word();
                    let descriptor = word.len() == 1 && word.as_bytes()[0].is_ascii_digit();
                    if descriptor && matches!(self.peek(), Some('>' | '<')) {
                        if word == "1" { self.redirect(&mut open) } else { self.redirect(&mut Open::default()) }
                    } else {
                        open.words.push(word);
                    }
                    open.place = Some((open.place.map_or(from, |p| p.0), self.at));
                }
            }
        }
        self.close(&mut open, join, false);
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn after_blank(&self) -> bool {
        self.text[..self.at].ends_with([' ', '\t', '\n'])
    }

    fn skip_line(&mut self) {
        self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |n| self.at + n);
    }

    fn skip_heredocs(&mut self) {
        for (end, reader) in std::mem::take(&mut self.heredocs) {
            let begin = self.at;
            let mut upto = self.at;
            while self.at < self.text.len() {
                let from = self.at;
                self.skip_line();
                let line = &self.text[from..self.at];
                self.at = (self.at + 1).min(self.text.len());
                if line.trim() == end {
                    break;
                }
                upto = self.at;
            }
            if let Some(text) = reader.and_then(|r| self.out.get_mut(r)?.heredoc.as_mut()) {
                text.push_str(&self.text[begin..upto]);
            }
        }
    }

    /// `> file`, `2>&1`, `&> file`, `<<EOF`, `<<< word`, `< file`.
    fn redirect(&mut self, open: &mut Open) {
        let rest = &self.text[self.at..];
        let signs = rest.bytes().take_while(|b| matches!(b, b'<' | b'>' | b'&' | b'|' | b'-')).count();
        let sign = &rest[..signs.min(4)];
        self.at += sign.len();
        if sign.ends_with('&') || (sign.ends_with('-') && !sign.starts_with("<<")) {
            // A copy of a descriptor: `2>&1`.
            self.at += self.text[self.at..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'-').count();
            return;
        }
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
        if matches!(self.peek(), None | Some('\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>')) {
            return;
        }
        let word = self.word();
        if matches!(sign, "<<" | "<<-") {
            open.heredoc = true;
            self.heredocs.push((word, None));
        } else if sign.contains('>') && word != "/dev/null" {
            open.output = Some(word);
        }
    }

    /// One word with its quotes taken off; a substitution stays as it is written.
    fn word(&mut self) -> String {
        let mut word = String::new();
        let from = self.at;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    let inner = &self.text[self.at + 1..];
                    let end = inner.find('\'').unwrap_or(inner.len());
                    word.push_str(&inner[..end]);
                    self.at = (self.at + end + 2).min(self.text.len());
                }
                '"' => self.double_quoted(&mut word),
                '`' => {
                    let inner = &self.text[self.at + 1..];
                    let end = inner.find('`').map_or(inner.len(), |e| e + 1);
                    word.push('`');
                    word.push_str(&inner[..end]);
                    self.at = (self.at + 1 + end).min(self.text.len());
                }
                '$' if self.text[self.at..].starts_with("$(") => self.substitution(&mut word),
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => self.at += 1,
                        Some(c) => {
                            word.push(c);
                            self.at += c.len_utf8();
                        }
                        None => {}
                    }
                }
                c => {
                    word.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        // Whatever stood there, the reader goes on.
        if self.at == from {
            self.at += self.peek().map_or(1, char::len_utf8);
        }
        word
    }

    fn double_quoted(&mut self, word: &mut String) {
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '$' if self.text[self.at..].starts_with("$(") => self.substitution(word),
                '\\' => {
                    self.at += 1;
                    if let Some(c) = self.peek() {
                        word.push(c);
                        self.at += c.len_utf8();
                    }
                }
                c => {
                    word.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// `$(…)`: kept as text. Brackets are counted, whatever quotes they stand in.
    fn substitution(&mut self, word: &mut String) {
        let mut depth = 0usize;
        while let Some(c) = self.peek() {
            word.push(c);
            self.at += c.len_utf8();
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn close(&mut self, open: &mut Open, join: Join, background: bool) {
        let Open { mut words, output, heredoc, place } = std::mem::take(open);
        let mut source = place.and_then(|(from, upto)| self.text.get(from..upto)).unwrap_or_default();
        // Words of the shell's own language stand before a command, or open and close what is uncertain.
        while let Some(first) = words.first().map(String::as_str) {
            match first {
                "if" | "while" | "until" => self.control += 1,
                "for" | "case" | "select" | "function" => {
                    self.control += 1;
                    words.clear();
                    break;
                }
                "done" | "fi" | "esac" => self.control = self.control.saturating_sub(1),
                "then" | "do" | "else" | "elif" | "!" | "{" | "}" => {}
                _ => break,
            }
            source = source.strip_prefix(words.remove(0).as_str()).unwrap_or(source).trim_start();
        }
        let uncertain = self.control > 0;
        if let Some(inner) = strip(&mut words) {
            let from = self.out.len();
            nested(&inner, self.depth + 1, self.out);
            if let Some(first) = self.out.get_mut(from) {
                first.join = join;
            }
            for command in &mut self.out[from..] {
                command.background |= background;
                command.uncertain |= uncertain;
            }
            return;
        }
        if !words.is_empty() {
            let heredoc = heredoc.then(String::new);
            let reader = self.out.len();
            self.heredocs.iter_mut().for_each(|(_, r)| *r = r.or(Some(reader)));
            self.out.push(Command {
                words,
                join,
                output,
                heredoc,
                background,
                folder: None,
                uncertain,
                source: source.to_owned(),
            });
        }
    }
}
