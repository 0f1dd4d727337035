//! Quotation marks and the end of a quote in a sentence of ours: marks inside a quote become single ones, and a quote that a comma or a full
//! stop follows ends without its own.

use super::one_line;
use hindcast_trace::model::Text;

/// So many marks ahead, the end of a quote is looked for.
const MOST: usize = 12;
/// Longer texts are compared as they stand, with their lines.
const LONGEST: usize = 65_536;

/// A sentence of ours with tidy quotes. `texts` are those that it quotes.
pub(super) fn tidy(sentence: &str, texts: &[&Text]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    // Marks in code are those of a value.
    while let Some(at) = rest.find(['"', '`']) {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        rest = tail;
        if head.ends_with('`') {
            let Some(end) = tail.find('`') else { continue };
            let twice = tail[end + 1..].starts_with(['.', ',']) && tail[..end].len() > 1;
            let kept = if twice { tail[..end].trim_end_matches(['.', '!', ',']) } else { &tail[..end] };
            out.push_str(if kept.is_empty() { &tail[..end] } else { kept });
            out.push('`');
            rest = &tail[end + 1..];
            continue;
        }
        let Some(end) = closing(tail, texts) else { break };
        let behind = &tail[end + 1..];
        let mut quoted = tail[..end].replace('"', "'");
        // A quote that ends with a word leaves out the mark behind it.
        if tail[..end].matches('"').count() % 2 == 1
            && texts.iter().any(|t| t.text.contains(&format!("{}\"", &tail[..end])))
        {
            quoted.push('\'');
        }
        if behind.starts_with([',', '.', ';', ':', ')']) {
            let kept = quoted.trim_end_matches(['.', '!', ',', ';', ':', '。', '！']).trim_end().len();
            if kept > 0 {
                quoted.truncate(kept);
            }
        }
        out.push_str(&quoted);
        out.push('"');
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Where the quote ends that a text begins with: at the last mark up to which a quoted text has it.
fn closing(tail: &str, texts: &[&Text]) -> Option<usize> {
    let marks: Vec<usize> = tail.match_indices('"').map(|(at, _)| at).take(MOST).collect();
    let first = *marks.first()?;
    if marks.len() == 1 {
        return Some(first);
    }
    let stands = |end: &&usize| {
        let quoted = tail[..**end].trim_end_matches('…');
        let lines = |t: &&Text| t.text.len() <= LONGEST && t.text.contains('\n') && one_line(&t.text).contains(quoted);
        texts.iter().any(|t| t.text.contains(quoted) || lines(t))
    };
    // Further marks are of the same quote as long as the texts go on like the sentence.
    let whole = marks.iter().take_while(stands).last();
    Some(*whole.unwrap_or(&first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};

    fn tidied(sentence: &str, text: &str) -> String {
        let text = Text { text: text.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        tidy(sentence, &[&text])
    }

    #[test]
    fn marks_inside_are_single() {
        let said = "The badge has been printed with \"U. Stein\".";
        assert_eq!(
            tidied(&format!("The agent says \"{said}\", but `f` returned `\"status\":\"open\"`."), said),
            "The agent says \"The badge has been printed with 'U. Stein'\", but `f` returned `\"status\":\"open\"`."
        );
        assert_eq!(tidied("Said \"a\" and \"b\".", "a, b"), "Said \"a\" and \"b\".");
        assert_eq!(tidied("Said \"It is \"a\", but no.", "It is \"a\"."), "Said \"It is 'a'\", but no.");
    }

    #[test]
    fn no_double_punctuation() {
        assert_eq!(tidied("Claimed \"It is sent!\", but no.", ""), "Claimed \"It is sent\", but no.");
        assert_eq!(tidied("The agent says \"It is sent.\".", ""), "The agent says \"It is sent\".");
        assert_eq!(
            tidied("Claimed \"It is sent.\" while it was not.", ""),
            "Claimed \"It is sent.\" while it was not."
        );
        assert_eq!(tidied("Claimed \"It is s…\", but no.", ""), "Claimed \"It is s…\", but no.");
        assert_eq!(tidied("`f` returned `It failed.`. Then", ""), "`f` returned `It failed`. Then");
        assert_eq!(tidied("`f` returned `.`, then", ""), "`f` returned `.`, then");
        assert_eq!(tidied("an odd \" and `", ""), "an odd \" and `");
    }
}
