//! Text in the form in which it is compared, so that both databases find the same in every script.

use unicode_normalization::UnicodeNormalization;

/// A text for comparing: without case, accents and compatibility variants (`ﬁ`, full-width letters), words separated by single blanks.
pub(crate) fn normalize(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_accent(*c)) {
        match c {
            // The small sigma at the end of a word is the same letter.
            'ς' => letters.push('σ'),
            'ß' => letters.push_str("ss"),
            // PostgreSQL stores no NUL.
            '\0' => letters.push(' '),
            c => letters.push(c),
        }
    }
    let composed: String = letters.nfc().collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ")
}

/// The combining marks of Latin, Greek and Cyrillic. Marks of other scripts change which letter it is.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn case_accents_and_variants_do_not_count_in_any_script() {
        for (text, normal) in [
            ("  ÄRGER mit\n Überweisung ", "arger mit uberweisung"),
            ("Ошибка ΟΔΟΣ οδός", "ошибка οδοσ οδοσ"),
            ("a\0b", "a b"),
            ("Straße STRASSE", "strasse strasse"),
            ("cafe\u{301} café", "cafe cafe"),
            ("İstanbul ﬁnal Ｒｅｆｕｎｄ", "istanbul final refund"),
            ("返金 ガ カ\u{3099} 환불", "返金 ガ ガ 환불"),
            ("a\u{a0}b\u{3000}c", "a b c"),
            ("", ""),
        ] {
            assert_eq!(normalize(text), normal, "{text}");
            assert_eq!(normalize(normal), normal, "{text}");
        }
    }
}
