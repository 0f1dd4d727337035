//! Passwords that are guessed first: common ones, sequences and repeats, and those made of what is known of the person.
//!
//! `zxcvbn` brings the lists (30,000 common passwords, names, English words) and sees through case, digits for letters, reversal, dates and
//! keyboard patterns. There are no rules about kinds of characters.

use zxcvbn::{Score, zxcvbn};

/// What to do instead.
const INSTEAD: &str = "Choose several unrelated words, or let a password manager create one";
/// The name of this product, as a word that anybody tries.
const PRODUCT: &str = "hindcast";
/// Letters of a word of the person that are worth looking for; shorter ones stand in many other words.
const WORD: usize = 3;
/// Characters that are looked at in one piece; a password is weak where each of its pieces is. `zxcvbn` calculates the guesses for a keyboard
/// pattern with five to the power of its turns, which overflows from 28 turns on.
const PART: usize = 28;
/// Letters that have to be left of a password without the words of its person.
const LEFT: usize = 4;

/// What is wrong with a password, if anything.
pub fn fault(password: &str, person: &[String]) -> Option<String> {
    let words = words(person);
    if is_made_of(password, &words) {
        return Some(format!("it is made of your name, your email address or the name of this product. {INSTEAD}"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let characters: Vec<char> = password.chars().collect();
    let mut why = None;
    for part in characters.chunks(PART) {
        let estimate = zxcvbn(&part.iter().collect::<String>(), &words);
        if estimate.score() >= Score::Three {
            return None;
        }
        why = why.or_else(|| estimate.feedback().and_then(|f| f.warning()));
    }
    let why = why.map(|w| format!(" {w}")).unwrap_or_default();
    Some(format!("too easy to guess.{why} {INSTEAD}"))
}

/// The person's words, the longest first: whole texts and their parts.
fn words(person: &[String]) -> Vec<String> {
    let mut words = vec![PRODUCT.to_owned()];
    for text in person {
        let text = text.to_lowercase();
        words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.extend(text.split('@').map(letters));
        words.push(letters(&text));
    }
    words.retain(|w| w.chars().count() >= WORD);
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// True where next to nothing is left without these words, digits and punctuation. A passphrase may hold such a word.
fn is_made_of(password: &str, words: &[String]) -> bool {
    let whole = letters(&password.to_lowercase());
    let left = words.iter().fold(whole.clone(), |left, word| left.replace(word, ""));
    left.len() < whole.len() && left.chars().count() < LEFT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(password: &str) -> Option<String> {
        fault(password, &["Dana Osei".to_owned(), "d.osei@mail.example.com".to_owned()])
    }

    #[test]
    fn what_is_guessed_first_is_refused_with_what_to_do() {
        let common = ["password1234", "Passw0rd2026!", "iloveyou1234", "letmein123456", "admin1234567"];
        let trivial = ["123456789012", "aaaaaaaaaaaa", "abcabcabcabc", "qwertyuiop12", "abcdefghijkl", "098765432109"];
        let long = ["password".repeat(10), "12".repeat(100)];
        for weak in common.into_iter().chain(trivial).chain(long.iter().map(String::as_str)) {
            let fault = of(weak).unwrap_or_else(|| panic!("{weak} is accepted"));
            assert!(fault.starts_with("too easy to guess.") && fault.ends_with(INSTEAD), "{fault}");
        }
    }

    #[test]
    fn what_is_known_of_the_person_and_the_product_is_refused() {
        for own in [
            "d.osei@mail.example.com",
            "D.OSEI@mail.example.com1",
            "dana osei 2026",
            "OseiDana19900101",
            "hindcast2026!",
            "Hindcast-Dana-1",
            "hindcasthindcast",
            "osei!osei!osei!",
        ] {
            let fault = of(own).unwrap_or_else(|| panic!("{own} is accepted"));
            assert!(fault.contains("your email address"), "{own}: {fault}");
        }
    }

    #[test]
    fn long_patterns_are_looked_at_in_pieces_and_one_good_piece_is_enough() {
        for pattern in ["12", "147258369", "qawsedrftg", "QaWsEdRfTg", "4826", "!1@2#3$4", "a1b2c3", "\u{1f600}"] {
            for length in [PART - 1, PART, PART + 1, 100, 256] {
                fault(&pattern.chars().cycle().take(length).collect::<String>(), &[]);
            }
        }
        assert_eq!(of(&format!("{}sparrow kettle 93 lantern", "12".repeat(PART / 2))), None);
    }

    #[test]
    fn words_and_random_characters_are_accepted_without_rules_about_kinds() {
        for good in [
            "correct horse battery",
            "sparrow kettle 93 lantern",
            "dana kept seven lanterns",
            "hindcast of a rainy harbor",
            "xkqvwzjtrplm",
            "Gewitter über dem Deich",
            "静かな湖畔の森の影から郭公が",
            "9f2c81d0a77be3",
        ] {
            assert_eq!(of(good), None, "{good}");
        }
    }
}
