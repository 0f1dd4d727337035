//! Where a request comes from.

pub mod proxy;

use crate::connections::Place;
use crate::state::App;
use axum::extract::{FromRequestParts, Request};
use axum::http::Extensions;
use axum::http::request::Parts;
use proxy::TrustedProxy;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// The network address of whoever asks: that of the connection or, behind trusted proxies, the one that they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(pub IpAddr);

/// Where there is no connection.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

impl Source {
    /// Finds it out, and puts it down for [`Source::of`].
    pub fn put_down(request: &mut Request, trusted: &[TrustedProxy]) -> Self {
        let place = request.extensions().get::<Arc<Place>>();
        let peer = place.map_or(NOWHERE, |place| place.source());
        let source = Source(proxy::client(peer, request.headers(), trusted));
        request.extensions_mut().insert(source);
        source
    }

    /// That of this request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Source(NOWHERE))
    }

    /// The network that counts as one source: an IPv4 address, or the 64 bits of an IPv6 address that one line has all of.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        }
    }
}

impl Source {
    /// The 48 bits of an IPv6 address that one site usually has all of; absent for IPv4.
    pub fn site(self) -> Option<IpAddr> {
        match self.0 {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 80 << 80))),
        }
    }
}

impl FromRequestParts<App> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Source::of(&parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_line_is_one_source() {
        let network = |text: &str| Source(text.parse().expect("an address")).network();
        assert_eq!(network("2001:db8:1:2:aaaa::1"), network("2001:db8:1:2:bbbb::2"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        let site = |text: &str| Source(text.parse().expect("an address")).site();
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!(site("192.0.2.1"), None);
    }
}
