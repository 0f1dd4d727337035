//! IP addresses, masked only on request: in many logs they identify servers, and in others people.

use super::number::joins;
use super::room::Pace;
use super::rules::Kind;
use super::taken::{Found, Taken};
use std::net::IpAddr;

/// Longer text is not an address (eight groups with an IPv4 address at the end, and a port).
const LONGEST: usize = 52;

fn belongs(b: u8) -> bool {
    b.is_ascii_hexdigit() || matches!(b, b'.' | b':')
}

/// Finds all addresses except unspecified and loopback ones.
pub(super) fn find(text: &[u8], taken: &mut Taken) {
    let (mut at, mut pace) = (0, Pace::default());
    while let Some(start) = text.get(at..).and_then(|rest| rest.iter().position(|b| belongs(*b))).map(|n| at + n) {
        if pace.is_over(start, taken.room) {
            return;
        }
        let run = text[start..].iter().take_while(|b| belongs(**b)).count();
        at = start + run;
        if run > LONGEST || joins(start.checked_sub(1).map(|b| &text[b])) || joins(text.get(at)) {
            continue;
        }
        if let Some(found) = address(text, start, run).filter(|f| taken.is_free(&f.range)) {
            taken.add(found);
        }
    }
}

/// The address at the start of a run of address characters. A sentence may end after it, and a port may follow.
fn address(text: &[u8], start: usize, run: usize) -> Option<Found> {
    let run = std::str::from_utf8(&text[start..start + run]).ok()?;
    let whole = run.trim_end_matches('.');
    let whole = if whole.ends_with("::") { whole } else { whole.trim_end_matches(':') };
    let port = || whole.split_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let parsed = |text: &str| text.parse::<IpAddr>().ok().map(|ip| (ip, text.len()));
    let (ip, length) = parsed(whole).or_else(|| parsed(port()?.0))?;
    if ip.is_loopback() || ip.is_unspecified() {
        return None;
    }
    Some(Found { kind: Kind::Ip, range: start..start + length, canonical: Some(ip.to_string().into_bytes()) })
}
