//! Texts with lines like `Name: words` that are something else than a dialogue of a user and an agent.

use super::{lines, speaker, words};
use regex::Regex;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Lines that tell the kind of a text.
const LINES: usize = 200;

/// A heading that is a version, with its date or without.
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"^[#=*\s]*(?i:version|release|v)?\s*\[?v?\d+\.\d+(?:\.\d+)*[\w.+-]*\]?[\s:*=–(-]*(?:\d{4}-\d\d-\d\d)?[\s)*=]*$";
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
});

fn filled(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty()).take(LINES)
}

/// True where the changes stand below their versions.
pub fn is_changelog(text: &str) -> bool {
    let version = |line: &str| line.len() <= 80 && VERSION.as_ref().is_some_and(|version| version.is_match(line));
    let spoken = |line: &str| lines::named(line).is_some_and(|(name, _)| speaker::role(name).is_some());
    filled(text).take_while(|line| !spoken(line)).any(version) && filled(text).filter(|line| version(line)).count() > 1
}

/// True for sections of keys, each once in its section.
pub fn is_configuration(text: &str) -> bool {
    let mut keys: HashSet<&str> = HashSet::new();
    let (mut sections, mut entries, mut equals) = (0, 0, 0);
    for line in filled(text).map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && !"._-:/\"[]' ".contains(c)) {
                return false;
            }
            sections += 1;
            keys.clear();
            continue;
        }
        let Some(at) = line.find(['=', ':']) else { return false };
        let key = line[..at].trim();
        let word = !key.is_empty() && !key.contains(|c: char| !c.is_alphanumeric() && !"._-".contains(c));
        if !word || !keys.insert(key) {
            return false;
        }
        entries += 1;
        equals += usize::from(line.as_bytes().get(at) == Some(&b'='));
        // A transcript may have notices in brackets, and begins with a turn all the same.
        if sections == 0 && equals == 0 {
            return false;
        }
    }
    let sure = entries > 0 && sections > 0 && equals == entries;
    sure || entries > 1 && entries > sections && (sections > 0 || equals == entries)
}

/// Headers that mails have.
const HEADERS: [&str; 13] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "mime-version",
    "delivered-to",
    "reply-to",
    "content-type",
    "dkim-signature",
];

/// The header of a mail that a line is, in lower case.
pub fn mail_header(line: &str) -> Option<&'static str> {
    let (name, _) = line.split_once(':')?;
    HEADERS.into_iter().find(|header| header.eq_ignore_ascii_case(name))
}

/// True where the text begins with a block of headers (RFC 5322).
pub fn is_mail(head: &str) -> bool {
    let known: Vec<&str> = head.lines().take_while(|line| !line.is_empty()).filter_map(mail_header).collect();
    known.contains(&"from") && known.len() >= 3 || known.contains(&"received") && known.len() >= 2
}

/// True where the lines above the first turn are prose, or introduce an example. `particulars` says that they are particulars of
/// the conversation, among which only what introduces the first turn has no value.
pub fn introduces(header: &[&str], particulars: bool) -> bool {
    const ENDS: [char; 10] = ['.', ':', '!', '?', '。', '：', '！', '？', '।', '؟'];
    header.iter().map(|line| line.trim()).any(|line| {
        // A label alone: `Usage:`. A title is no sentence.
        let label = line.strip_suffix(':').is_some_and(words::is_label);
        let sentence = line.ends_with(ENDS) && (line.split_whitespace().count() >= 3 || !line.is_ascii());
        label || sentence && (!particulars || line.ends_with(':'))
    })
}

/// True for what begins in the middle of a sentence, as what a term is said to mean.
pub fn is_fragment(text: &str) -> bool {
    text.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase)
}

/// True for mail that quotes mail.
pub fn quotes_mail(text: &str) -> bool {
    let all: Vec<&str> = filled(text).collect();
    all.windows(2).any(|pair| words::is_attribution(pair[0]) && pair[1].starts_with('>'))
}

/// True for a conversation of whomever: speakers that take turns, and speak to each other.
pub fn is_talk(text: &str) -> bool {
    let name = |line| lines::named(line).map(|(name, said)| (name.trim(), said));
    let mut counts: HashMap<&str, usize> = HashMap::new();
    filled(text).filter_map(name).for_each(|(name, _)| *counts.entry(name).or_default() += 1);
    counts.retain(|name, count| *count > 1 && name.chars().count() > 1 && !words::is_label(name));
    let said: Vec<(&str, &str)> = filled(text).filter_map(name).filter(|(name, _)| counts.contains_key(name)).collect();
    let changes = said.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
    let addressed = said.iter().filter(|(_, said)| words::addresses(said)).count();
    counts.len() > 1
        && said.len() * 2 >= filled(text).count()
        && changes * 2 >= said.len()
        && addressed * 3 >= said.len()
}
