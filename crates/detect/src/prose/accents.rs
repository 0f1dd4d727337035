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
        'ś' | 'š' | 'ş' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ą' | 'ă' => 'a',
        'ğ' => 'g',
        'ř' => 'r',
        c => c,
    };
    text.chars().flat_map(char::to_lowercase).map(letter).collect()
}
