//! Numbers as most of Europe and Latin America write them: `1.240,50`.

use std::ops::Range;

/// A number in hundredths whose digits are grouped with dots, or whose decimals follow a comma; `None` for any other, and for
/// what may as well be English (`1.240`, `1,240`).
pub fn european(number: &str) -> Option<i64> {
    let (whole, decimals) = number.split_once(',').unwrap_or((number, ""));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = whole.split('.').collect();
    let grouped = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[1..].iter().all(|g| g.len() == 3)
        && groups.iter().all(|g| digits(g));
    let told = number.contains(',') && matches!(decimals.len(), 1 | 2) && digits(decimals);
    if number.len() > 15 || !(grouped && groups.len() > 2 && decimals.is_empty() || told && (grouped || digits(whole)))
    {
        return None;
    }
    dotted(number)
}

/// The same for a number whose dots are known to group.
pub fn dotted(number: &str) -> Option<i64> {
    let (whole, decimals) = number.split_once(',').unwrap_or((number, ""));
    let whole: i64 = whole.replace('.', "").parse().ok().filter(|n| (0..10_000_000_000).contains(n))?;
    let cents: i64 = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<i64>().ok()? * 10,
        2 => decimals.parse().ok()?,
        _ => return None,
    };
    Some(whole * 100 + cents)
}

/// An amount that was read as an English one and is none, with its whole place: the `R$` and the `,50` of "R$ 1.240,50".
pub(super) fn amount(text: &str, read: &Range<usize>) -> Option<(i64, Range<usize>)> {
    let bytes = text.as_bytes();
    let part = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b',');
    let first = read.start + bytes[read.clone()].iter().position(u8::is_ascii_digit)?;
    let start = first - bytes[..first].iter().rev().take(16).take_while(|b| part(b)).count();
    let len = bytes[start..].iter().take(20).take_while(|b| part(b)).count();
    let number = text.get(start..start + len)?.trim_end_matches(['.', ',']);
    let end = start + number.len();
    // `R$`, `US$`: letters that belong to the sign.
    let letters = bytes[..read.start].iter().rev().take(3).take_while(|b| b.is_ascii_uppercase()).count();
    let signed = bytes[read.start] == b'$' && letters > 0;
    let from = if signed { read.start - letters } else { read.start.min(start) };
    let real = signed && letters == 1 && bytes[from] == b'R';
    let groups = || number.split('.').skip(1).all(|g| g.split(',').next().is_some_and(|g| g.len() == 3));
    let cents = match european(number) {
        Some(cents) => Some(cents),
        None if real && number.contains('.') && groups() => dotted(number),
        None => None,
    };
    let range = from..end.max(read.end);
    match cents {
        Some(cents) => Some((cents, range)),
        None if signed => Some((super::cents(number.trim_start_matches(','))?, range)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_group_and_commas_part() {
        assert_eq!(european("1.240,50"), Some(124_050));
        assert_eq!(european("12,5"), Some(1250));
        assert_eq!(european("1.204.118"), Some(120_411_800));
        for other in ["1,240", "1.240", "1,240.50", "1.2,50", "", ",50", "12"] {
            assert_eq!(european(other), None, "{other}");
        }
        assert_eq!(dotted("1.240"), Some(124_000));
    }

    #[test]
    fn amounts_are_read_whole() {
        let amounts = |text: &str| -> Vec<(i64, String)> {
            crate::values::amounts(text).into_iter().map(|(n, range)| (n, text[range].to_owned())).collect()
        };
        assert_eq!(amounts("São R$ 1.240 por mês"), [(124_000, "R$ 1.240".to_owned())]);
        assert_eq!(amounts("Das sind 2.310,75 EUR."), [(231_075, "2.310,75 EUR".to_owned())]);
        assert_eq!(
            amounts("It is US$ 1,240.50, so $3 more"),
            [(124_050, "US$ 1,240.50".to_owned()), (300, "$3".to_owned())]
        );
        assert_eq!(
            amounts("between $5, 10 EUR and £7.50."),
            [(500, "$5".to_owned()), (1000, "10 EUR".to_owned()), (750, "£7.50".to_owned())]
        );
    }
}
