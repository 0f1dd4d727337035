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
          (?:an?\s+)?errors?\s*(?:[:\-\[(]|[0-9]|$|occurred)[^\n]* | (?:fatal|exception|failure|err|failed)\s*:[^\n]* | traceback\ \(most | traceback:[^\n]* | panic(?:ked)?(?-u:\b)
        | [a-z_.]*(?:error|exception|timeout)\s*[:(][^\n]*
        | (?:http\s*(?:/[0-9]\.[0-9])?\s*)?(?:status\s*)?[45][0-9][0-9][\s:,-]+(?:bad|unauth|payment|forbid|not|method|request|conflict|gone|length|unproc|too|internal|bad|service|gateway|locked|error)[^\n]*
        | (?:permission|access|authori[sz]ation)\s+(?:was\s+)?denied[^\n]* | unauthori[sz]ed(?-u:\b)[^\n]* | forbidden(?-u:\b)[^\n]* | operation\ (?:failed|not\ permitted|timed\ out)[^\n]*
        | no\ such\ [^\n]* | [A-Za-z0-9_\ ]{0,30}(?-u:\b)not\ found(?-u:\b)[^\n]* | invalid\ [^\n]{1,120}$ | unable\ to\ [^\n]* | (?:could|can)\s?(?:not|n't)\ [^\n]* | failed\ to\ [^\n]*
        | sorry,\ [^\n]* | something\ went\ wrong[^\n]* | [A-Za-z0-9_\ ]{0,30}(?:timed\ out|time-?out)(?-u:\b)[^\n]* | rate\ limit[^\n]* | too\ many\ requests[^\n]* | quota\ exceeded[^\n]*
        | <(?:!doctype|html)[\s\S]{0,400}?<title>\s*[45][0-9][0-9](?-u:\b)[^<]*
        )",
    )
    .ok()
});
/// Words inside a short answer of a tool that was to change something.
static INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:went wrong|not found|does not exist|doesn't exist|was (?:rejected|declined|refused|denied)|has failed|failed(?-u:\b)|timed out|not (?:allowed|permitted|authori[sz]ed|enough|sufficient|possible)|cannot be|could not|permission denied|already exists)(?-u:\b)",
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

/// The words that tell a failure, and the assumption behind it.
pub fn failure(text: &str, effect: Effect) -> Option<(Range<usize>, &'static str)> {
    let head = text.get(..text.floor_char_boundary(SHORT * 3)).unwrap_or(text);
    if (text.len() <= LONG || head.trim_start().to_ascii_lowercase().starts_with("traceback"))
        && let Some(found) = BEGINS.as_ref().and_then(|r| r.find(head))
    {
        let start = found.start() + (found.len() - found.as_str().trim_start().len());
        return Some((start..found.end(), "an answer that begins so is an error"));
    }
    if head.trim_start().starts_with("{'") {
        let found = REPR.as_ref().and_then(|r| r.find(head))?;
        return Some((
            found.range(),
            "a field `error` with words, or `success: False`, means that the call did not work",
        ));
    }
    let tail_from = text.floor_char_boundary(text.len().saturating_sub(SHORT));
    if let Some(found) = text.get(tail_from..).and_then(|t| EXIT.as_ref()?.find(t)) {
        return Some((
            tail_from + found.start()..tail_from + found.end(),
            "an exit code other than 0 means that the command failed",
        ));
    }
    if effect != Effect::Read && text.len() <= SHORT {
        let found = INSIDE.as_ref().and_then(|r| r.find(text))?;
        return Some((found.range(), "a short answer of a tool that changes something, with words of failure"));
    }
    None
}

/// True for a status word that means "it did not work".
pub fn status_failed(word: &str) -> bool {
    let lex = english();
    word.split(|c: char| !c.is_alphanumeric()).any(|w| lex.is("status_failed", w))
}
