//! How a server is started.

use crate::anchor::Schedule;
use crate::mail;
use crate::oidc::Settings;
use crate::source::proxy::TrustedProxy;
use hindcast_retro::policy::Policy;
use hindcast_store::Place;
use hindcast_store::logins::Good;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::time::Duration;

/// How long browsers stay signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// At most, from signing in.
    pub lifetime: Duration,
    /// At most without a request.
    pub idle: Duration,
}

impl Sessions {
    /// 14 days, and 7 days without a request.
    pub const USUAL: Sessions =
        Sessions { lifetime: Duration::from_hours(14 * 24), idle: Duration::from_hours(7 * 24) };

    /// The longest time in seconds that a cookie is of use.
    pub fn lifetime_seconds(&self) -> i64 {
        i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX)
    }

    /// Which sessions are good now.
    pub fn good(&self, now: Timestamp) -> Good {
        Good::within(now, self.lifetime_seconds(), i64::try_from(self.idle.as_secs()).unwrap_or(i64::MAX))
    }
}

/// Everything that a server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the record is.
    pub place: Place,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address under which people reach the server, where a proxy stands before it: `https://hindcast.example.com`.
    /// With `https`, cookies are sent over nothing else.
    pub public_url: Option<String>,
    /// The severity policy.
    pub policy: Policy,
    /// True to begin with the example incidents and an account for each role.
    pub demo: bool,
    /// True to mask secrets and personal data in evidence before it is stored.
    pub redact: bool,
    /// Bytes of one upload that are taken at most.
    pub upload_limit: usize,
    /// Bytes of the bodies of all requests that are held at once at most.
    pub body_room: usize,
    /// How long the body of one request may take to arrive.
    pub body_time: Duration,
    /// True where people may approve what they wrote themselves: for a team of one.
    pub self_approval: bool,
    /// Bytes of memory that evidence may take while it is read, of all requests together.
    pub memory: u64,
    /// Proxies whose word counts on where a request comes from.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The OpenID Connect provider that people can sign in with, in addition to passwords.
    pub oidc: Option<Settings>,
    /// Where and how often the audit log's head is posted.
    pub anchor: Option<Schedule>,
    /// How mail leaves this server; without it, none does.
    pub mail: Option<mail::Settings>,
    /// True where people without a second factor have to set one up before anything else, unless a sign-in provider signed them in.
    pub require_second_factor: bool,
    /// How long browsers stay signed in.
    pub sessions: Sessions,
    /// True to limit what one account or address may start within a minute. What each may have under way at once is always limited.
    pub rates: bool,
}

impl Config {
    /// 64 MiB: more than nearly every trace, little enough to hold several in memory.
    pub const UPLOAD_LIMIT: usize = 64 << 20;

    /// 256 MiB: four of the largest uploads at once, or very many forms.
    pub const BODY_ROOM: usize = 4 * Self::UPLOAD_LIMIT;

    /// 1 GiB: one of the largest uploads at a time, or eight of ten megabytes.
    pub const MEMORY: u64 = 1 << 30;

    /// An upload of 64 MiB at five Mbit/s arrives in time.
    pub const BODY_TIME: Duration = Duration::from_secs(110);

    /// A server on this place and address, with everything else as usual.
    pub fn new(place: Place, listen: SocketAddr) -> Self {
        let (public_url, policy) = (None, Policy::builtin());
        Config {
            place,
            listen,
            public_url,
            policy,
            demo: false,
            redact: true,
            upload_limit: Self::UPLOAD_LIMIT,
            body_room: Self::BODY_ROOM,
            body_time: Self::BODY_TIME,
            self_approval: false,
            memory: Self::MEMORY,
            trusted_proxies: Vec::new(),
            oidc: None,
            anchor: None,
            mail: None,
            require_second_factor: false,
            sessions: Sessions::USUAL,
            rates: true,
        }
    }

    /// True where cookies may be marked as for `https` only.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|u| u.starts_with("https://"))
    }
}
