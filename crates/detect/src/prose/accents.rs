//! Letters without their accents, as the names of tools and fields spell words.

/// Small letters without their accents.
pub(crate) fn unaccented(text: &str) -> String {
    let letter = |c: char| match c {
        'à'..='å' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ı' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' | 'ő' => 'o',
        'ù'..='ü' | 'ű' | 'ů' => 'u',
        'ł' => 'l',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ţ' | 'ț' | 'ť' => 't',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ą' | 'ă' => 'a',
        'ğ' => 'g',
        'ř' => 'r',
        c => c,
    };
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
            c => folded.extend(c.to_lowercase().map(letter)),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_small_and_plain() {
        for (text, plain) in
            [("Plain TEXT, 12", "plain text, 12"), ("Größe ÉTÉ Łódź", "große ete lodz"), ("İ", "i\u{307}")]
        {
            assert_eq!(unaccented(text), plain, "{text}");
        }
    }
}
