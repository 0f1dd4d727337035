//! Failures told in plain words, and well-known status words.

use crate::prose::lexicon::english;
use crate::tools::contract::Effect;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Beginnings that only errors have.
static BEGINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:
          (?:(?:an?\s+)?errors?\s*(?:[:\-\[(]|[0-9]|$|occurred) | (?:fatal|exception|failure|err|failed)\s*:)[^\n]* | traceback\ \(most | traceback:[^\n]* | panic(?:ked)?(?-u:\b)
        | (?:[a-z_.]*(?:error|exception|timeout)\s*[:(]
          | (?:http\s*(?:/[0-9]\.[0-9])?\s*)?(?:status\s*)?[45][0-9][0-9][\s:,-]+(?:bad|unauth|payment|forbid|not|method|request|conflict|gone|length|unproc|too|internal|bad|service|gateway|locked|error)
          | (?:permission|access|authori[sz]ation)\s+(?:was\s+)?denied | unauthori[sz]ed(?-u:\b) | forbidden(?-u:\b) | operation\ (?:failed|not\ permitted|timed\ out)
          | no\ such\ | (?-i:[A-Za-z0-9_\ ]){0,30}(?-u:\b)not\ found(?-u:\b))[^\n]*
        | (?:unable\ to\ | (?:could|can)\s?(?:not|n't)\ | failed\ to\ | sorry,\ | something\ went\ wrong
          | (?-i:[A-Za-z0-9_\ ]){0,30}(?:timed\ out|time-?out)(?-u:\b) | rate\ limit | too\ many\ requests | quota\ exceeded)[^\n]*
        )",
    )
    .ok()
});
/// The title of a page that a server sends for an error.
static PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)<title>\s*[45][0-9][0-9](?-u:\b)[^<]*").ok());
/// Words inside a short answer of a tool that was to change something.
static INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:went wrong|not found|does not exist|doesn't exist|was (?:rejected|declined|refused|denied)|has failed|failed(?-u:\b)|timed out|not (?:allowed|permitted|authori[sz]ed|enough|sufficient|possible)|cannot be|could not|permission denied|already exists)(?-u:\b)|(?-u:\b)(?-i:(?:ERR|ERROR)_[A-Z][A-Z0-9_]+)(?-u:\b)|(?-u:\b)(?:exception|error)=[a-z][a-z0-9_.]*[a-z](?-u:\b)",
    )
    .ok()
});
/// A Python dictionary printed as it is, which is no JSON.
static REPR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"'(?:error|exception)': ?['\x22][^'\x22]+|'(?:success|ok)': ?False|'(?:isError|is_error)': ?True").ok()
});
/// The last lines of a command.
static EXIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:exit(?:ed)?(?: with)?(?: code| status)?|return code):?\s*[1-9][0-9]*(?-u:\b)").ok()
});

/// Answers longer than this are content; then only the beginning is looked at.
const SHORT: usize = 300;
/// Much longer ones begin with "Error" because they are about errors.
const LONG: usize = 4000;

/// Where words tell a failure, and the assumption behind it.
type Found = (Range<usize>, &'static str);

/// The words that tell a failure, and the assumption behind it.
pub fn failure(text: &str, effect: Effect) -> Option<Found> {
    let head = head(text);
    if let Some(found) = begins(text) {
        return Some(found);
    }
    if head.trim_start().starts_with("{'") {
        let found = REPR.as_ref().and_then(|r| r.find(head))?;
        return Some((found.range(), "an `error` field with text, or `success: False`, means that the call failed"));
    }
    let tail_from = text.floor_char_boundary(text.len().saturating_sub(SHORT));
    if let Some(found) = text.get(tail_from..).and_then(|t| EXIT.as_ref()?.find(t)) {
        return Some((tail_from + found.start()..tail_from + found.end(), EXITED));
    }
    if effect != Effect::Read && text.len() <= SHORT {
        let found = INSIDE.as_ref().and_then(|r| r.find(text))?;
        return Some((found.range(), "a short result of a write that contains a failure message is an error"));
    }
    None
}

const EXITED: &str = "an exit code other than 0 means that the command failed";

fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHORT * 3)).unwrap_or(text)
}

/// A beginning that only errors have.
pub fn begins(text: &str) -> Option<Found> {
    let head = head(text);
    if text.len() > LONG && !is_traceback(head) {
        return None;
    }
    let found = BEGINS.as_ref().and_then(|r| r.find(head)).map(|m| m.range());
    let found = found.or_else(|| invalid(head)).or_else(|| page(head))?;
    let start = found.start + (found.len() - head[found.clone()].trim_start().len());
    Some((start..found.end, "a result that begins like this is an error"))
}

/// "Invalid value for `date`": one line, and the whole of a short answer.
fn invalid(head: &str) -> Option<Range<usize>> {
    /// So many characters may stand behind the word.
    const MOST: usize = 120;
    const WORD: &str = "invalid ";
    let rest = head.trim_start();
    let what = rest.get(..WORD.len()).filter(|w| w.eq_ignore_ascii_case(WORD)).map(|w| &rest[w.len()..])?;
    let short = !what.is_empty() && !what.contains('\n') && what.chars().count() <= MOST;
    short.then_some(0..head.len())
}

/// The beginning of a page that tells an error in its title.
fn page(head: &str) -> Option<Range<usize>> {
    /// So many characters may stand before the title.
    const MOST: usize = 400;
    let rest = head.trim_start();
    let opens = |with: &str| rest.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with)).then_some(with.len());
    let behind = &rest[opens("<!doctype").or_else(|| opens("<html"))?..];
    let title = PAGE.as_ref()?.find(behind)?;
    (behind[..title.start()].chars().count() <= MOST).then(|| 0..head.len() - behind.len() + title.end())
}

fn is_traceback(text: &str) -> bool {
    text.trim_start().get(..9).is_some_and(|t| t.eq_ignore_ascii_case("traceback"))
}

/// The exception that ended a program.
pub fn exception(text: &str) -> Option<Found> {
    is_traceback(text).then(|| begins(text)).flatten()
}

/// A short answer that opens with the word "error": a look-up's whole answer, and no content.
pub fn plain_error(text: &str) -> Option<Found> {
    let opens = text.trim_start().get(..5).is_some_and(|t| t.eq_ignore_ascii_case("error"));
    (opens && text.len() <= SHORT).then(|| begins(text)).flatten()
}

/// An exit code on the first or the last line, where a runtime writes it: `Exit code 1`, `[exit 127]`.
pub fn exit_code(text: &str) -> Option<Found> {
    let line = |line: &str| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        let found = EXIT.as_ref()?.find(line).filter(|_| line.len() <= 120)?;
        Some((start + found.start()..start + found.end(), EXITED))
    };
    text.trim_start().lines().next().and_then(line).or_else(|| text.trim_end().lines().next_back().and_then(line))
}

/// True for a status word that means "it failed".
pub fn status_failed(word: &str) -> bool {
    let lex = english();
    word.split(|c: char| !c.is_alphanumeric()).any(|w| lex.is("status_failed", w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_about_what_is_invalid_is_an_error() {
        assert_eq!(begins("  Invalid value for `date`").map(|f| f.0), Some(2..26));
        assert_eq!(begins(&format!("invalid {}", "é".repeat(120))).map(|f| f.0), Some(0..248));
        for text in ["invalid ", "invalid a\nb", &format!("invalid {}", "a".repeat(121)), "invalidated it"] {
            assert!(begins(text).is_none(), "{text}");
        }
    }
}
