//! What an answer that is no JSON tells by its shape: by an attribute, a pair or a code: `<answer result="KO">`, `status: NOK`, `rc=8`,
//! `ERR 409`, `REJECTED: hall is full`.

use super::words;
use crate::outcome::status::Standing;
use crate::outcome::vocabulary::{self, Key};
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::session::Call;
use crate::tools::contract::Effect;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Longer answers are content: then only the first line is read, and of XML the first tag.
const SHORT: usize = 600;
/// No more of a first line, and no more pairs, are read.
const LINE: usize = 200;
const MOST: usize = 40;
/// Longer answers that begin with two words in capitals are tables.
const SHOUTED: usize = 120;

// A key and its value: an attribute, a pair, or an element without elements inside.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"([\p{L}_][\p{L}\p{N}_.-]{0,30})[ \t]*[=:][ \t]*(?:"([^"\n]{0,60})"|'([^'\n]{0,60})'|([^\s"'<>;,|&(){}\[\]=:]+(?:[ \t]+[^\s"'<>;,|&(){}\[\]=:]+){0,3}))|<([\p{L}_][\p{L}\p{N}_.-]{0,30})(?:\s[^<>]{0,100})?>\s*([^<>\n]{1,60})</"#,
    )
    .ok()
});

/// True for the code of a program's error, which is no answer of the business: `ERR 409`, `rc=8`.
pub fn is_error(said: &str) -> bool {
    let first: String = said.chars().take_while(|c| c.is_alphabetic()).collect();
    let first = first.to_lowercase();
    ["err", "error", "fail", "rc", "ret", "retcode", "returncode", "resultcode", "rv"].contains(&first.as_str())
}

/// How far the operation got, and the words that say so.
pub fn told(call: &Call<'_>, text: &str) -> Option<(Standing, Range<usize>)> {
    let writes = call.known.effect.0 != Effect::Read;
    let head = head(text);
    let mut open = None;
    let mut done = false;
    // Where the first tag ends.
    let tag = head.trim_start().starts_with('<').then(|| head.find('>')).flatten().unwrap_or(0);
    if let Some(fault) = fault(head) {
        return Some((Standing::Failed, fault));
    }
    for (key, value, range) in pairs(head) {
        if writes && range.end <= tag && is_http_error(key, value) && !ordered_number(call, value) {
            return Some((Standing::Failed, range));
        }
        match of_pair(call, key, value, writes) {
            Some(Standing::Failed) => return Some((Standing::Failed, range)),
            Some(Standing::NonTerminal) => open = open.or(Some(range)),
            Some(Standing::Terminal) => done = true,
            _ => {}
        }
    }
    let begins = || code(call, head, text.len()).filter(|_| writes);
    let open = || open.filter(|_| !done).map(|range| (Standing::NonTerminal, range));
    begins().map(|range| (Standing::Failed, range)).or_else(open)
}

/// The tag of a SOAP fault that an answer begins with, apart from the envelope around it: `<soap:Fault>`.
fn fault(head: &str) -> Option<Range<usize>> {
    const AROUND: [&str; 3] = ["envelope", "header", "body"];
    let mut from = 0;
    loop {
        let open = from + head.get(from..)?.find('<')?;
        let close = open + head[open..].find('>')?;
        let name = head[open + 1..close].trim_start_matches('/').split_whitespace().next().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
        if local == "fault" {
            return Some(open..close + 1);
        }
        if !AROUND.contains(&local.as_str()) && !name.starts_with('?') {
            return None;
        }
        from = close + 1;
    }
}

fn head(text: &str) -> &str {
    if text.len() <= SHORT {
        return text;
    }
    let skipped = text.len() - text.trim_start().len();
    let line = text[skipped..].find(['\n', '>']).map_or(text.len(), |at| skipped + at + 1);
    &text[..text.floor_char_boundary(line.min(skipped + LINE))]
}

/// The keys and values of a text, each with the range of both.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str, Range<usize>)> {
    let all = PAIR.as_ref().into_iter().flat_map(|r| r.captures_iter(text));
    all.take(MOST).filter_map(move |c| {
        let (whole, key) = (c.get(0)?, c.get(1).or_else(|| c.get(5))?);
        let value = c.get(2).or_else(|| c.get(3)).or_else(|| c.get(4)).or_else(|| c.get(6))?;
        let (mut said, mut end) = (value.as_str(), whole.end());
        // `status: OK failed: 0`: the last word is the next key.
        if c.get(4).is_some() && text[end..].trim_start().starts_with(['=', ':']) {
            said = said.rsplit_once(char::is_whitespace)?.0.trim_end();
            end = value.start() + said.len();
        }
        Some((key.as_str(), said, whole.start()..end))
    })
}

fn of_pair(call: &Call<'_>, key: &str, value: &str, writes: bool) -> Option<Standing> {
    let name: String = unaccented(key).chars().filter(|c| c.is_alphanumeric()).collect();
    let other = vocabulary::key(&name);
    let value = value.trim();
    let lower = value.to_lowercase();
    let none = matches!(lower.as_str(), "" | "none" | "null" | "nil" | "no" | "n" | "false" | "0" | "00" | "-" | "n/a");
    let none = none || vocabulary::is_none(value);
    match name.as_str() {
        "success" | "ok" | "succeeded" | "successful" | "issuccess" | "accepted" => succeeded(none),
        _ if other == Some(Key::Success) => succeeded(none),
        _ if !writes => None,
        "rc" | "ret" | "retcode" | "returncode" | "resultcode" | "rv" | "errno" | "errcode" => {
            let code: i64 = lower.split_whitespace().next()?.parse().ok()?;
            succeeded(code != 0 && !(200..300).contains(&code))
        }
        "error" | "err" | "errors" | "errorcode" | "errormessage" | "errmsg" | "failurecode" => {
            (!none && lower != "ok").then_some(Standing::Failed)
        }
        _ if other == Some(Key::Error) => (!none && lower != "ok").then_some(Standing::Failed),
        "status" | "state" | "outcome" | "result" | "stat" | "res" | "decision" | "verdict" | "ack" => {
            of_status(call, value)
        }
        _ if other == Some(Key::Status) => of_status(call, value),
        _ => None,
    }
}

/// `<answer code="409">`: a status of HTTP in an attribute.
fn is_http_error(key: &str, value: &str) -> bool {
    let name: String = unaccented(key).chars().filter(|c| c.is_alphanumeric()).collect();
    let code = ["code", "kod", "kode", "codigo", "codice", "http", "httpcode", "httpstatus", "statuscode"];
    code.contains(&name.as_str()) && value.trim().parse::<i64>().is_ok_and(|n| (400..600).contains(&n))
}

/// True for a number that the call itself has: the code of an article.
fn ordered_number(call: &Call<'_>, value: &str) -> bool {
    let arguments = call.arguments.map_or("", |a| &a.text[..a.text.floor_char_boundary(SHORT)]);
    each(arguments).any(|w| w == value.trim())
}

fn succeeded(no: bool) -> Option<Standing> {
    Some(if no { Standing::Failed } else { Standing::Terminal })
}

fn of_status(call: &Call<'_>, value: &str) -> Option<Standing> {
    if value.parse::<i64>().is_ok_and(|n| (400..600).contains(&n)) {
        return Some(Standing::Failed);
    }
    let standing = standing(call, value)?;
    (standing == Standing::Terminal || !ordered(call, value)).then_some(standing)
}

/// The standing that words tell, in any language.
fn standing(call: &Call<'_>, words: &str) -> Option<Standing> {
    crate::outcome::status::of_call(words, call).map(|(standing, _)| standing)
}

/// True for a failed status that the call itself orders, by its name or by an argument of one word: `card_block` is to end in `BLOCKED`.
pub(crate) fn orders_failed(call: &Call<'_>, status: &str) -> bool {
    let folded = status.to_ascii_lowercase();
    let mut failed = each(&folded).filter(|w| w.len() > 3 && words::status_failed(w)).peekable();
    let values = || call.args().into_iter().flat_map(|a| a.entries().filter_map(|(_, v)| v.str()).collect::<Vec<_>>());
    let named = |w: &str| {
        call.known.words.iter().any(|own| alike(own, w))
            || values()
                .any(|v| v.len() <= 20 && v.chars().all(char::is_alphabetic) && alike(&v.to_ascii_lowercase(), w))
    };
    failed.peek().is_some() && failed.all(named)
}

/// True for a status that the call itself names: `reject_claim`, `{"status": "rejected"}`.
fn ordered(call: &Call<'_>, value: &str) -> bool {
    let folded = unaccented(value);
    let arguments = unaccented(call.arguments.map_or("", |a| &a.text[..a.text.floor_char_boundary(SHORT)]));
    let own = call.known.words.iter().map(|w| unaccented(w)).collect::<Vec<_>>();
    each(&folded)
        .filter(|w| w.len() > 3)
        .any(|w| own.iter().any(|o| alike(o, w)) || each(&arguments).any(|a| alike(a, w)))
}

/// The code in capitals that a text begins with: `NOK 17`, `REJECTED - hall is full`.
fn code(call: &Call<'_>, head: &str, length: usize) -> Option<Range<usize>> {
    let start = head.len() - head.trim_start().len();
    let rest = &head[start..];
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let word = &rest[..end];
    let shouted = |w: &str| w.chars().count() > 1 && w.chars().all(char::is_uppercase);
    if !shouted(word) || standing(call, word) != Some(Standing::Failed) || ordered(call, word) {
        return None;
    }
    // "FULL REFUND": a heading rather than a code.
    let next = rest[end..].trim_start_matches([' ', '\t']);
    let next = next.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if shouted(next) && (length > SHOUTED || head.trim().contains('\n') || !words::status_failed(&word.to_lowercase()))
    {
        return None;
    }
    let line = rest.lines().next().unwrap_or(rest);
    Some(start..start + line[..line.floor_char_boundary(LINE)].trim_end().len())
}
