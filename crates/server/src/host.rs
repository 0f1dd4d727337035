//! The address under which people reach the server.

use crate::state::App;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use std::net::{IpAddr, SocketAddr};

/// Why no address is known.
pub const UNKNOWN: &str = "The server does not know the address under which people reach it: put it before this path, or start \
                           the server with --url.";

/// The address that the server was started with; where it was started with none, what the request names, where that can
/// only be this server. Whoever sends a request chooses its `Host`: a link to another address would give its secret away.
pub fn base(app: &App, headers: &HeaderMap) -> Option<String> {
    if let Some(url) = &app.config.public_url {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let mut named = headers.get_all(HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return None };
    own(host, app.address).map(|host| format!("http://{host}"))
}

/// The name, where it is the address that is listened on, or one that leads nowhere but to the machine itself.
fn own(host: &HeaderValue, listen: SocketAddr) -> Option<Authority> {
    let host: Authority = host.to_str().ok()?.parse().ok()?;
    let name = host.host();
    let is_own = match name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        // Behind a tunnel to this machine the port may be another one.
        Ok(ip) if ip.is_loopback() => true,
        Ok(ip) => ip == listen.ip() && !ip.is_unspecified() && host.port_u16().unwrap_or(80) == listen.port(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    };
    (is_own && !host.as_str().contains('@')).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_server_is_named() {
        let listen: SocketAddr = "192.0.2.7:7878".parse().expect("an address");
        let named = |host: &str| own(&HeaderValue::from_str(host).expect("a value"), listen).map(|h| h.to_string());
        for good in ["192.0.2.7:7878", "127.0.0.1:7878", "127.8.8.8", "localhost:9000", "LOCALHOST", "[::1]:7878"] {
            assert_eq!(named(good).as_deref(), Some(good));
        }
        for bad in [
            "evil.example",
            "evil.example:7878",
            "192.0.2.7",
            "192.0.2.7:80",
            "192.0.2.8:7878",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil.example@localhost",
            "localhost@evil.example",
            "localhost/evil",
            "0.0.0.0:7878",
            "",
            "a b",
        ] {
            assert_eq!(named(bad), None, "{bad}");
        }
        let all: SocketAddr = "0.0.0.0:7878".parse().expect("an address");
        assert_eq!(own(&HeaderValue::from_static("0.0.0.0:7878"), all), None);
    }
}
