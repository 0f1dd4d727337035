//! Values that an agent puts together from what it was told, by a rule that anybody would follow.

use super::sources::Sources;

/// So many parts of a value, and words of a text, are compared.
const MOST: usize = 16;
/// Shorter names of a site are found in any text.
const SITE: usize = 4;
/// Longer codes are names of their own.
const CODE: usize = 8;
/// Fewer digits in a row stand in any text.
const PIECE: usize = 3;

impl Sources<'_> {
    /// True for a path whose parts with digits are known, and whose other parts are plain words: `Order/A-17/$send`.
    pub fn is_path_of_known(&self, path: &str, before: u32) -> bool {
        let lower = path.to_lowercase();
        let parts: Vec<&str> = lower.split(['/', '?', '&', '=', '#']).filter(|p| !p.is_empty()).take(MOST).collect();
        let numbered = |p: &&&str| p.bytes().any(|b| b.is_ascii_digit());
        parts.len() > 1
            && parts.len() < MOST
            && parts.iter().any(|p| numbered(&p))
            && parts.iter().filter(numbered).all(|p| p.len() > 2 && self.contains(p, before))
    }

    /// True for an address at the operator's own site whose mailbox the user named as such: "send it to team-north".
    pub fn is_named_mailbox(&self, email: &str, before: u32) -> bool {
        let lower = email.to_lowercase();
        let Some((mailbox, host)) = lower.split_once('@') else { return false };
        let site = host.rsplit_once('.').map_or(host, |(site, _)| site);
        let site = site.split('.').next().unwrap_or_default();
        let stands = |text: &str, word: &str| {
            let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
            text.match_indices(word)
                .any(|(at, _)| !joins(text[..at].chars().next_back()) && !joins(text[at + word.len()..].chars().next()))
        };
        // A name of a person is no mailbox; one with a sign within was written as an address.
        let written = mailbox.contains(['-', '_']) && site.len() >= SITE;
        written
            && self.before(before).any(|s| s.user && stands(s.lower(), mailbox))
            && self.before(before).any(|s| !s.user && !s.result && !s.own && stands(s.lower(), site))
    }

    /// True for a number of two parts, each of which is a whole number of the session or the end of a longer one: a gate code of the unit's
    /// number and the last digits of the contract's.
    pub fn is_spliced(&self, number: &str, before: u32) -> bool {
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if !digits(number) || !(2 * PIECE..=12).contains(&number.len()) {
            return false;
        }
        let runs = |s: &str| {
            s.split(|c: char| !c.is_ascii_digit()).filter(|r| r.len() >= PIECE).map(str::to_owned).collect::<Vec<_>>()
        };
        let known: Vec<String> = self.before(before).flat_map(|s| runs(s.lower())).take(400).collect();
        let whole = |part: &str| known.iter().any(|k| k == part);
        let end = |part: &str| known.iter().any(|k| k.ends_with(part) || k.starts_with(part));
        (PIECE..=number.len() - PIECE).any(|at| {
            let (first, last) = number.split_at(at);
            whole(first) && end(last) || end(first) && whole(last)
        })
    }

    /// True for a short code, the only digits of which are a number that the user said: `M100FR` for the 100 m freestyle.
    pub fn is_code_of_said(&self, code: &str, before: u32) -> bool {
        let runs: Vec<&str> = code.split(|c: char| !c.is_ascii_digit()).filter(|r| !r.is_empty()).collect();
        let [number] = runs[..] else { return false };
        let starts = |text: &str| {
            text.match_indices(number).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + number.len()..].chars().next();
                !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|c| c.is_ascii_digit())
            })
        };
        code.len() <= CODE && number.len() > 1 && self.before(before).any(|s| s.user && starts(s.lower()))
    }
}
