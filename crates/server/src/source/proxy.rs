//! Reverse proxies that are trusted to say where a request comes from.

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// A proxy, or a network of them: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

/// Not an address or network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a network address or a network, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8")]
pub struct NoNetwork;

impl FromStr for TrustedProxy {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let text = text.trim();
        let one = || text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        text.parse::<IpNet>().or_else(|_| one()).map(TrustedProxy).map_err(|_| NoNetwork)
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client behind a peer. Only what trusted proxies say counts: from the right, the first address that is not a trusted
/// proxy's. What stands left of it, its sender can have written.
///
/// A proxy usually adds to one of the two headers and passes the other on as the client wrote it. If both are there and name different
/// clients, neither counts, and the peer's own address does.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[TrustedProxy]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|t| t.0.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let named = [forwarded(headers), x_forwarded_for(headers)].map(|hops| {
        let hops = hops?;
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // Where a hop hides its client or writes nonsense, the hop is all that is known.
            let Some(address) = hop else { break };
            client = address;
            if !is_trusted(address) {
                break;
            }
        }
        Some(client)
    });
    match named {
        [Some(one), Some(other)] if one != other => peer,
        [one, other] => one.or(other).unwrap_or(peer),
    }
}

/// The values of all headers of a name, in one; `None` without such a header.
fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let all: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if all.is_empty() { None } else { Some(all.join(",")) }
}

fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    Some(joined(headers, X_FORWARDED_FOR)?.split(',').map(node).collect())
}

/// RFC 7239.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let all = joined(headers, FORWARDED.as_str())?;
    let element = |element: &str| {
        let mut pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).and_then(|(_, value)| node(value))
    };
    Some(split(&all, ',').into_iter().map(element).collect())
}

/// Parts between separators that do not stand in quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

/// An address, with or without quotes, brackets and a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|a| a.ip()));
    address.ok().map(|a: IpAddr| a.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn of(peer: &str, headers: &[(&str, &str)]) -> String {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].map(|t| t.parse().expect("a network"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
        }
        client(peer.parse().expect("an address"), &map, &trusted).to_string()
    }

    const XFF: &str = "X-Forwarded-For";

    #[test]
    fn headers_count_from_trusted_peers_only() {
        for headers in [[(XFF, "203.0.113.9")], [("Forwarded", "for=203.0.113.9")]] {
            assert_eq!(of("192.0.2.1", &headers), "192.0.2.1");
            assert_eq!(of("11.0.0.1", &headers), "11.0.0.1");
            for proxy in ["127.0.0.1", "10.200.3.4", "fd00::1", "::ffff:10.0.0.1"] {
                assert_eq!(of(proxy, &headers), "203.0.113.9");
            }
        }
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_counts() {
        assert_eq!(of("10.0.0.1", &[(XFF, "1.1.1.1, 203.0.113.9, 10.0.0.2")]), "203.0.113.9");
        assert_eq!(of("10.0.0.1", &[(XFF, "1.1.1.1"), (XFF, "203.0.113.9:4711")]), "203.0.113.9");
        assert_eq!(of("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")]), "10.0.0.3");
        let quoted = r#"for=1.1.1.1;by="x,for=2.2.2.2", For="[2001:db8::17]:4711";proto=https, for=10.0.0.2"#;
        assert_eq!(of("10.0.0.1", &[("Forwarded", quoted)]), "2001:db8::17");
    }

    #[test]
    fn what_a_client_wrote_itself_counts_for_nothing() {
        // Nonsense and hidden clients: the hop that passed them on is known, and nothing left of it is believed.
        for bad in ["unknown", "_hidden", "", "1.2.3", "evil, ", "\u{fc}"] {
            assert_eq!(of("10.0.0.1", &[(XFF, &format!("1.1.1.1, {bad}, 10.0.0.2"))]), "10.0.0.2", "{bad:?}");
            assert_eq!(of("10.0.0.1", &[("Forwarded", &format!("for=1.1.1.1, for={bad}"))]), "10.0.0.1", "{bad:?}");
        }
        assert_eq!(of("10.0.0.1", &[("Forwarded", "proto=https")]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[("Forwarded", r#"for="1.1.1.1, for=2.2.2.2"#)]), "10.0.0.1");
        // The proxy writes one header and passes the other on.
        assert_eq!(of("10.0.0.1", &[("Forwarded", "for=1.1.1.1"), (XFF, "203.0.113.9")]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[("Forwarded", "for=203.0.113.9"), (XFF, "203.0.113.9")]), "203.0.113.9");
    }

    #[test]
    fn a_network_is_an_address_or_a_range() {
        for good in ["127.0.0.1", " 10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"] {
            assert!(good.parse::<TrustedProxy>().is_ok(), "{good}");
        }
        for bad in ["", "localhost", "10.0.0.0/33", "10.0.0/8", "10.0.0.1:80", "*"] {
            assert!(bad.parse::<TrustedProxy>().is_err_and(|e| e.to_string().contains("10.0.0.0/8")), "{bad}");
        }
    }
}
