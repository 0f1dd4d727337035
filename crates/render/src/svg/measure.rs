//! How wide a text will be, roughly: no font is at hand, and the reader's is unknown.

/// Width of a text in a sans face of this size. Errs on the wide side, so that nothing runs over.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| share(c) * size).sum()
}

fn share(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '"' | '{' | '}' => 0.38,
        'm' | 'M' | 'w' | 'W' | '@' | '%' => 0.92,
        'A'..='Z' | '…' => 0.72,
        c if c.is_ascii() => 0.58,
        // Joiners and marks stand on the character before them.
        '\u{200c}' | '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{fe0e}' | '\u{fe0f}' => 0.0,
        '\u{1100}'.. => 1.05,
        _ => 0.65,
    }
}

/// The text in at most `most` lines of at most `room`; what does not fit is cut with an ellipsis.
pub fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let spaced = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&spaced, size) <= room {
            line = spaced;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word that is wider than a line is broken where the line ends.
        for c in word.chars() {
            if width(&line, size) + share(c) * size > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                if lines.len() > most {
                    break;
                }
            }
            line.push(c);
        }
        if lines.len() > most {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && width(last, size) + width("…", size) > room {
                last.pop();
            }
            last.truncate(last.trim_end_matches(['.', ',', ' ', '…']).len());
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_end_with_an_ellipsis_where_cut() {
        let lines = wrap("the quick brown fox jumps over the lazy dog and on and on", 12.0, 100.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|l| width(l, 12.0) <= 100.0), "{lines:?}");
        assert!(lines[1].ends_with('…'));
        assert_eq!(wrap("short", 12.0, 100.0, 2), ["short"]);
    }

    #[test]
    fn breaks_words_that_are_wider_than_a_line() {
        let lines = wrap(&"x".repeat(5000), 12.0, 100.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|l| width(l, 12.0) <= 100.0));
        assert!(wrap("", 12.0, 100.0, 2).is_empty());
    }
}
