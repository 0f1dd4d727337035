//! Numbers read out: "four seven two, eight one, double nine".

use crate::prose::pattern;
use aho_corasick::AhoCorasick;
use std::ops::Range;
use std::sync::LazyLock;

/// Digits read out in a row, below which nobody tells a number.
const FEWEST: usize = 5;

/// Names of digits that texts seldom have for any other reason; `oh`, `o` and `one` they often have.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    // None begins within another.
    pattern::any_of(["zero", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple"])
});

fn digit(word: &str) -> Option<char> {
    Some(match word {
        "zero" | "oh" | "o" | "nought" => '0',
        "one" => '1',
        "two" => '2',
        "three" => '3',
        "four" => '4',
        "five" => '5',
        "six" => '6',
        "seven" => '7',
        "eight" => '8',
        "nine" | "niner" => '9',
        _ => return None,
    })
}

/// False for nearly every text in lower case: it reads no number out, which is told faster than its words.
pub fn may_read_out(lower: &str) -> bool {
    WORDS.as_ref().is_some_and(|words| words.find_iter(lower).nth(FEWEST - 2).is_some())
}

/// The digits that a text reads out, with the place of each; `None` where it reads out too few. Digits that stand as
/// such between them belong to the same number; anything else parts two numbers. A number mostly of ones and noughts may be
/// missed.
pub fn digits(text: &str) -> Option<(String, Vec<Range<usize>>)> {
    if !may_read_out(&text.to_ascii_lowercase()) {
        return None;
    }
    let (mut said, mut places) = (String::new(), Vec::new());
    let mut read_out = 0;
    let mut times = 1;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let place = start..start + word.len();
        // No longer word is a number, nor does it come twice.
        let folded = if word.len() <= 7 { word.to_lowercase() } else { String::new() };
        match folded.as_str() {
            "double" => times = 2,
            "triple" => times = 3,
            "and" | "dash" | "hyphen" => {}
            // "Nine hundred, one four two" reads 900142 out.
            "hundred" if said.ends_with(|c: char| c.is_ascii_digit()) => {
                said.push_str("00");
                places.extend(std::iter::repeat_n(place, 2));
                read_out += 2;
            }
            number if number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty() => {
                said.push_str(number);
                places.extend((0..number.len()).map(|i| start + i..start + i + 1));
                times = 1;
            }
            other => match digit(other) {
                Some(digit) => {
                    said.extend(std::iter::repeat_n(digit, times));
                    places.extend(std::iter::repeat_n(place, times));
                    read_out += times;
                    times = 1;
                }
                None => {
                    if !said.ends_with(' ') {
                        said.push(' ');
                        places.push(place);
                    }
                    times = 1;
                }
            },
        }
    }
    (read_out >= FEWEST).then_some((said, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_out_are_digits_with_their_places() {
        let text = "Their number is four seven two, eight one, double nine 23.";
        let (said, places) = digits(text).expect("a number");
        assert_eq!(said.trim(), "472819923");
        let at = said.find('4').expect("the first digit");
        assert_eq!(&text[places[at].clone()], "four");
        assert_eq!(&text[places[said.len() - 1].clone()], "3");
        let (said, _) = digits("oh seven seven double oh, nine hundred, one four two").expect("a number");
        assert_eq!(said, "07700900142");
        assert!(digits("I have two or three of them, one is red").is_none());
    }
}
