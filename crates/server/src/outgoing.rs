//! Requests that the server sends: to a sign-in provider, a webhook or a timestamp authority. Mail trusts the same certificates.

mod fetch;
mod roots;
mod secret;

pub use fetch::{FetchError, Http, reach};
pub use roots::trusts_this_machine;
pub use secret::SharedSecret;

use url::{Host, Url};

/// True for an https URL, and for an http URL on this machine.
pub fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(ip))) => ip.is_loopback(),
        ("http", Some(Host::Ipv6(ip))) => ip.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}
