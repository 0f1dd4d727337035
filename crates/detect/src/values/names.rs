//! Words that only look like an ID: dates, periods, standards, products, and phrases around a number.

use std::ops::Range;

/// What a standard, a format, a product or a form begins with.
const BEGINNINGS: [&str; 70] = [
    "aes",
    "android",
    "ansi",
    "ascii",
    "astm",
    "bert",
    "bluetooth",
    "chatgpt",
    "claude",
    "codestral",
    "covid",
    "cpu",
    "crc",
    "cve",
    "cwe",
    "ddr",
    "deepseek",
    "din",
    "ecma",
    "fips",
    "fy",
    "galaxy",
    "gemini",
    "gemma",
    "ghsa",
    "glm",
    "gpt",
    "gpu",
    "grok",
    "gtx",
    "hdmi",
    "http",
    "https",
    "iec",
    "ieee",
    "ios",
    "ipad",
    "iphone",
    "ipv",
    "iso",
    "itu",
    "kimi",
    "latin",
    "llama",
    "macos",
    "mistral",
    "mixtral",
    "nist",
    "nvme",
    "pantone",
    "pcie",
    "pep",
    "phi",
    "pixel",
    "playstation",
    "python",
    "qwen",
    "rfc",
    "rsa",
    "rtx",
    "ryzen",
    "sha",
    "tls",
    "usb",
    "utf",
    "whisper",
    "wifi",
    "windows",
    "xbox",
    "xeon",
];

/// True for a word that names a date, a period, a standard or a product and identifies nothing in a session.
pub fn is_name(word: &str) -> bool {
    let word = word.trim_start_matches('#');
    let letters = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    let beginning = word[..letters].to_ascii_lowercase();
    if BEGINNINGS.binary_search(&beginning.as_str()).is_ok() {
        return true;
    }
    let (rest, dated) = without_dates(word);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    match dated {
        Dated::No => false,
        // `Q4-2024` and `AY2025` are periods, `Summer2023` is a word; `INV-2031` may be an invoice.
        Dated::Year => digits <= 1 && (letters <= 2 || letters >= 5),
        Dated::Day => digits < 3,
    }
}

enum Dated {
    No,
    Year,
    Day,
}

/// The word without the dates and years in it.
fn without_dates(word: &str) -> (String, Dated) {
    let mut rest = String::new();
    let mut dated = Dated::No;
    let mut at = 0;
    let bytes = word.as_bytes();
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let alone = at == 0 || !bytes[at - 1].is_ascii_digit();
        if run == 0 || !alone {
            rest.push(char::from(bytes[at]));
            at += 1;
            continue;
        }
        let digits = &word[at..at + run];
        let day = |month: Option<&str>, day: Option<&str>| {
            let of = |n: Option<&str>| n.filter(|n| n.len() <= 2)?.parse::<u8>().ok();
            matches!((of(month), of(day)), (Some(1..=12), Some(1..=31)))
        };
        let year = run >= 4 && matches!(&digits[..2], "19" | "20");
        let separated = word.get(at + 4..at + 10).filter(|d| d.as_bytes()[0] == b'-' && d.as_bytes()[3] == b'-');
        if year && run == 8 && day(digits.get(4..6), digits.get(6..8)) {
            dated = Dated::Day;
            at += 8;
        } else if year && run == 4 && separated.is_some_and(|d| day(d.get(1..3), d.get(4..6))) {
            dated = Dated::Day;
            at += 10;
        } else if year && run == 4 {
            dated = if matches!(dated, Dated::Day) { dated } else { Dated::Year };
            at += 4;
        } else {
            rest.push_str(digits);
            at += run;
        }
    }
    (rest, dated)
}

/// The part of a phrase that may identify something: `80211` in `fall-back-to-80211`. `None` for a word that is no phrase,
/// an empty range for a phrase around nothing.
pub fn in_phrase(word: &str) -> Option<Range<usize>> {
    let parts = || word.split(['-', '_']);
    let is_word = |p: &str| p.len() > 1 && p.bytes().all(|b| b.is_ascii_lowercase());
    if parts().filter(|p| is_word(p)).count() < 2 {
        return None;
    }
    let telling = parts().find(|p| p.bytes().any(|b| b.is_ascii_digit()) && super::looks_like_id(p));
    Some(telling.map_or(0..0, |p| {
        let at = p.as_ptr() as usize - word.as_ptr() as usize;
        at..at + p.len()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_sorted() {
        assert!(BEGINNINGS.is_sorted());
    }

    #[test]
    fn names_are_no_ids() {
        for name in [
            "FY2023",
            "gpt-4o-2024-08-06",
            "claude-x-20260101",
            "SHA256",
            "ISO-27001",
            "Q4-2024",
            "Investigator2023",
            "report-2026-08-15",
            "CVE-2021-44228",
            "RTX-4090",
            "whisper-large-v3",
        ] {
            assert!(is_name(name), "{name}");
        }
        for id in ["INV-2031", "INV-2024-0017", "W6390527", "BK-20260101-0017", "20881", "OI5L9G", "FAC-2314"] {
            assert!(!is_name(id), "{id}");
        }
    }

    #[test]
    fn a_phrase_holds_at_most_its_number() {
        let of = |w: &'static str| in_phrase(w).map(|r| &w[r]);
        assert_eq!(of("fall-back-to-80211"), Some("80211"));
        assert_eq!(of("retry-on-503"), Some(""));
        assert_eq!(of("credit_card_7815294"), Some("7815294"));
        assert_eq!(of("conspiracy_002"), None);
        assert_eq!(of("INV-2031"), None);
    }
}
