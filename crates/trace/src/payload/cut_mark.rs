//! Marks that a program leaves where it took a part out of a long text, before the model read it or the log was written.
//!
//! Their wordings differ, and their form does not: between brackets or ellipses stands how much was left out. A text about
//! such marks, or a program that writes them, has no number there.

use memchr::memmem;

/// No mark is longer, in bytes.
const LONGEST: usize = 100;
/// Words that say so which are looked at: a text about cuts may have thousands.
const LOOKED_AT: usize = 20;
/// What stands around a preview of a result that Claude Code wrote to a file of its own.
const PREVIEW: &str = "<persisted-output>";

/// True for a text that has such a mark anywhere.
pub fn is_cut(text: &str) -> bool {
    text.trim_start().starts_with(PREVIEW) || marks(text).any(|end| end > 0)
}

/// True for a text that ends with such a mark, behind an ellipsis.
pub fn ends_cut(text: &str) -> bool {
    let tail = text.trim_end();
    let from = tail.ceil_char_boundary(tail.len().saturating_sub(LONGEST));
    let Some(open) = tail[from..].rfind(['[', '(', '<']) else { return false };
    let dots = is_dots(tail[..from + open].trim_end()) || tail[from + open + 1..].starts_with(['.', '…']);
    dots && marks(&tail[from..]).any(|end| from + end == tail.len())
}

/// The ends of all marks.
fn marks(text: &str) -> impl Iterator<Item = usize> + '_ {
    ["truncated", "TRUNCATED", "omitted"].into_iter().flat_map(move |word| {
        memmem::find_iter(text.as_bytes(), word).take(LOOKED_AT).filter_map(move |at| mark(text, at, at + word.len()))
    })
}

/// The end of the mark around a word, if there is one.
fn mark(text: &str, from: usize, to: usize) -> Option<usize> {
    let before = &text[text.ceil_char_boundary(from.saturating_sub(LONGEST))..from];
    let before = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let after = &text[to..text.floor_char_boundary((to + LONGEST).min(text.len()))];
    let after = after.lines().next().unwrap_or_default();
    let (open, close) = (opened(before)?, closed(after)?);
    let inner = [&before[open..], &after[..close]];
    if inner.iter().any(|side| side.contains(['"', '{', '}', '`', '='])) {
        return None;
    }
    let lead = before[..open].trim_end_matches(['[', '(', '<']).trim();
    let rest = after[close..].trim_start_matches([']', ')', '>']).trim();
    let bracketed = before[..open].ends_with(['[', '(', '<']) && after[close..].starts_with([']', ')', '>']);
    let end = to + close + (after[close..].len() - after[close..].trim_start_matches([']', ')', '>']).len());
    // A mark is set off from what it stands in.
    let dotted = is_dots(lead) || !bracketed;
    let apart = lead.is_empty() || dotted || text[end..].trim().is_empty();
    let alone = bracketed && is_dots(lead) && lead.chars().all(|c| matches!(c, '.' | '…')) && starts_dots(rest);
    (apart && (alone || inner.iter().any(|side| counts(side)) || counts(&inner.concat()))).then_some(end)
}

/// Where the inside of a bracket or of an ellipsis begins.
fn opened(before: &str) -> Option<usize> {
    let bracket = before.rfind(['[', '(', '<']).map(|at| at + 1);
    let dots = || before.rfind('…').map(|at| at + '…'.len_utf8()).or_else(|| before.rfind("...").map(|at| at + 3));
    bracket.or_else(dots)
}

fn closed(after: &str) -> Option<usize> {
    after.find([']', ')', '>']).or_else(|| after.find('…')).or_else(|| after.find("..."))
}

fn is_dots(text: &str) -> bool {
    text.ends_with('…') || text.ends_with("...")
}

fn starts_dots(text: &str) -> bool {
    text.starts_with('…') || text.starts_with("...")
}

/// True for words that tell a number of what texts are made of.
fn counts(inner: &str) -> bool {
    const UNITS: [&str; 11] =
        ["char", "chars", "character", "characters", "line", "lines", "token", "tokens", "byte", "bytes", "rows"];
    let words = || inner.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let number = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    words().any(number) && words().any(|word| UNITS.iter().any(|unit| word.eq_ignore_ascii_case(unit)))
}

#[cfg(test)]
mod tests {
    use super::{ends_cut, is_cut};

    #[test]
    fn a_mark_tells_how_much_was_left_out() {
        for text in [
            "a\n\n... [310 lines truncated] ...\n\nz",
            "first…1200 tokens truncated…last",
            "a\n[... omitted 12 of 400 lines ...]\nz",
            "a\n... [LOG TRUNCATED] ...\nz",
            "a\n<output truncated: 40 bytes omitted>\n",
            "(7 lines omitted)",
            "<persisted-output>\nIt is large",
        ] {
            assert!(is_cut(text), "{text}");
        }
        for text in [
            "format!(\"... [{} characters truncated] ...\")",
            "The output was truncated after 30 lines.",
            "DROP it (truncated tables are 3) and go on with lines",
            "12 lines omitted",
            "the lines [truncated] here",
            "see <persisted-output>",
            "",
        ] {
            assert!(!is_cut(text), "{text}");
        }
        assert!(ends_cut("Read this ... [truncated 70 chars]") && ends_cut("Read… (40 characters omitted)"));
        assert!(!ends_cut("abc [truncated 30 lines]") && !ends_cut("... [truncated 7 chars] is what I see"));
    }

    #[test]
    fn a_result_with_a_mark_is_kept_and_leaves_a_gap() {
        use crate::model::GapKind;
        use crate::test_support::one;
        let chat = |content: &str| {
            format!(
                r#"{{"messages":[{{"role":"user","content":"Read it"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"a","type":"function","function":{{"name":"read","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"a","content":"{content}"}},{{"role":"assistant","content":null,"audio":{{"transcript":"Heard"}}}}]}}"#
            )
        };
        let cut = one("c.json", &chat(r"a\n[... omitted 9 of 30 lines ...]\nz"));
        assert!(cut.has_gap(&[GapKind::ContentTruncated]), "{:?}", cut.gaps);
        let whole = one("c.json", &chat(r"a\nz"));
        assert!(whole.gaps.is_empty(), "{:?}", whole.gaps);
        let cleared = one("c.json", &chat("[Old tool result content cleared]"));
        assert!(cleared.has_gap(&[GapKind::ContentNotCaptured]), "{:?}", cleared.gaps);
    }
}
