//! Letters that look like ASCII letters. A claim in such letters reads the same to a person, so it is read the same here.
//!
//! The table holds the single-letter mappings to ASCII of Unicode's `confusables.txt` (UTS #39) for Cyrillic, Greek,
//! Armenian, Cherokee and Latin extensions; full-width and mathematical letters follow from their code points.

/// The ASCII letter, in lower case, that a letter looks like; `None` for ASCII and for letters without a double.
fn double(c: char) -> Option<char> {
    let found = match c {
        'а' | 'А' | 'ɑ' | 'α' | 'Α' => 'a',
        'Ь' | 'В' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' | 'Ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'Ꭰ' => 'd',
        'е' | 'Е' | 'Ε' | 'ҽ' => 'e',
        'ϝ' | 'Ϝ' | 'ք' => 'f',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'Н' | 'Η' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ɩ' | 'ı' | 'Ӏ' | 'ӏ' => 'i',
        'ј' | 'Ј' | 'ϳ' => 'j',
        'к' | 'К' | 'Κ' | 'κ' | 'ĸ' => 'k',
        'Ꮮ' | 'ⅼ' => 'l',
        'М' | 'Μ' | 'ⅿ' => 'm',
        'ո' | 'Ν' | 'п' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'օ' | 'σ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' | 'զ' => 'q',
        'г' | 'ᴦ' => 'r',
        'ѕ' | 'Ѕ' | 'ꜱ' => 's',
        'Т' | 'Τ' | 'τ' | 'т' => 't',
        'υ' | 'ս' | 'ʋ' => 'u',
        'ν' | 'ѵ' | 'ⅴ' | 'ᴠ' => 'v',
        'ԝ' | 'ѡ' | 'ա' | 'ᴡ' => 'w',
        'х' | 'Х' | 'Χ' | 'ⅹ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' | 'ү' => 'y',
        'ᴢ' | 'Ζ' => 'z',
        'Ａ'..='Ｚ' => return char::from_u32(u32::from(c) - 0xFF21 + u32::from(b'a')),
        'ａ'..='ｚ' => return char::from_u32(u32::from(c) - 0xFF41 + u32::from(b'a')),
        // Thirteen alphabets of 26 capitals and 26 small letters, one after another.
        '\u{1D400}'..='\u{1D6A3}' => return char::from_u32((u32::from(c) - 0x1D400) % 26 + u32::from(b'a')),
        _ => return None,
    };
    Some(found)
}

/// Characters without width, with which a word can be split unseen.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// A word that mixes ASCII letters with letters that look like them (or is written in full-width or mathematical letters
/// alone), as it reads in lower case; `None` for any other word. A word of one other script is left as it is.
pub fn fold(word: &str) -> Option<String> {
    let mut folded = String::with_capacity(word.len());
    let (mut plain, mut styled, mut other) = (false, false, false);
    for c in word.chars() {
        if is_invisible(c) {
            styled = true;
        } else if c.is_ascii() {
            plain |= c.is_ascii_alphabetic();
            folded.push(c.to_ascii_lowercase());
        } else {
            styled |= c >= '\u{FF21}';
            other |= c < '\u{FF21}';
            folded.push(double(c)?);
        }
    }
    let double = if other { plain } else { styled };
    double.then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_words_are_folded_and_others_are_not() {
        assert_eq!(fold("hаvе").as_deref(), Some("have"));
        assert_eq!(fold("Ꮮocked"), Some("locked".into()));
        assert_eq!(fold("𝗿𝗲𝗳𝘂𝗻𝗱𝗲𝗱").as_deref(), Some("refunded"));
        assert_eq!(fold("ｓｅｎｔ").as_deref(), Some("sent"));
        assert_eq!(fold("se\u{200B}nt").as_deref(), Some("sent"));
        assert_eq!(fold("сор"), None, "a word of one script is not ours to change");
        assert_eq!(fold("café"), None);
        assert_eq!(fold("sent"), None);
    }
}
