//! Slows guessing down. Attempts are counted in the record, for all servers on it, before the password is checked: attempts at the same
//! moment count each other, and a restart forgets none.
//!
//! What is counted is a source at an account, and a source at all accounts; of IPv6, the site around a source as well. An account is counted too,
//! over all sources that it never signed in from: past a limit these have to take turns. A source that it signed in from before, and a
//! browser that it did so with, are not asked for that, so that a stranger keeps nobody out who has been here. Codes of a second factor are counted
//! for the account alone, wherever they come from: whoever gets there has the password. Whoever is signed in is counted by source only.

pub mod resets;

use crate::auth::cookie;
use crate::failure::Failure;
use crate::metrics::FailedSignIn;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use axum::http::{HeaderMap, header};
use hindcast_store::attempts::{self, Keys};
use hindcast_store::{Act, Conn, StoreError, Tx, known_sources};
use jiff::Timestamp;

/// Failures of one source at one account within [`WINDOW`] after which its attempts are refused.
const MOST: i64 = 10;
/// Failures of one source at all accounts within [`WINDOW`]. People behind one address have to fit.
const MOST_OF_SOURCE: i64 = 300;
/// Failures of one IPv6 site at one account, and at all of them: a few sources' worth.
const MOST_OF_SITE_AT_ACCOUNT: i64 = 30;
const MOST_OF_SITE: i64 = 900;
/// Failures at one account of all sources that it never signed in from, after which these take turns.
const MOST_OF_STRANGERS: i64 = 50;
/// Seconds between two turns.
const TURN: i64 = 30;
/// Seconds over which failures count, from the first.
pub const WINDOW: i64 = 15 * 60;
/// Characters of what a browser calls itself that are kept.
const NAME: usize = 200;

/// Where somebody tries to sign in.
pub struct Browser {
    /// Where the request comes from.
    pub source: Source,
    /// What the browser calls itself.
    pub name: String,
    /// The secret of its cookie, if somebody signed in with it before.
    pub device: Option<String>,
}

impl Browser {
    /// The one that sent a request.
    pub fn of(app: &App, headers: &HeaderMap, source: Source) -> Self {
        let name = headers.get(header::USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or("unknown");
        let device = cookie::read(cookie::Kind::Device, headers, app.config.is_https());
        // Of the form that the server gives: what else there is, is given anew.
        let device = device.filter(|d| {
            d.len() == secret::LENGTH && d.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        Browser { source, name: name.chars().take(NAME).collect(), device: device.map(str::to_owned) }
    }

    /// One of which nothing else counts.
    pub fn at(source: Source) -> Self {
        Browser { source, name: String::new(), device: None }
    }
}

/// An attempt that was counted, and failed unless it is forgiven.
#[derive(Debug, Clone)]
#[must_use]
pub struct Attempt {
    keys: Keys,
    /// What the shared keys may count, in their order.
    limits: Vec<i64>,
    /// The key of the turns that strangers to the account take, and where its count is.
    turns: Option<(String, usize)>,
}

/// What is kept are digests: short, however long the attempt was, and nobody's name or address.
fn key(kind: &str, parts: &[&str]) -> String {
    let all: Vec<&[u8]> = std::iter::once(kind).chain(parts.iter().copied()).map(str::as_bytes).collect();
    secret::digest(&all)
}

fn of_network(source: Source) -> String {
    key("known network", &[&source.network().to_string()])
}

fn of_device(device: &str) -> String {
    key("known device", &[device])
}

/// The cookie of a browser that the account with this address signed in with before.
async fn known_device<'a>(
    conn: &mut Conn,
    email: &str,
    browser: &'a Browser,
    now: Timestamp,
) -> Result<Option<&'a str>, StoreError> {
    let Some(device) = browser.device.as_deref() else { return Ok(None) };
    let known = of_device(device);
    Ok(known_sources::is_known(conn, email, [&known, &known], now).await?.then_some(device))
}

/// An attempt that counts for its source.
fn at_source(account: &str, source: Source) -> Attempt {
    let network = source.network().to_string();
    let mut attempt = Attempt {
        keys: Keys { pair: key("pair", &[account, &network]), shared: vec![key("source", &[&network])] },
        limits: vec![MOST_OF_SOURCE],
        turns: None,
    };
    if let Some(site) = source.site().map(|s| s.to_string()) {
        attempt.keys.shared.extend([key("pair of site", &[account, &site]), key("site", &[&site])]);
        attempt.limits.extend([MOST_OF_SITE_AT_ACCOUNT, MOST_OF_SITE]);
    }
    attempt
}

/// An attempt at the account with this address by a browser: that of a browser it signed in with counts for the browser, any other one for its
/// source, and for the account if that never signed in from there.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, email: &str, browser: &Browser, now: Timestamp) -> Result<Attempt, StoreError> {
    if let Some(device) = known_device(conn, email, browser, now).await? {
        let keys = Keys { pair: key("pair of device", &[email, device]), shared: Vec::new() };
        return Ok(Attempt { keys, limits: Vec::new(), turns: None });
    }
    let mut attempt = at_source(email, browser.source);
    let network = of_network(browser.source);
    if !known_sources::is_known(conn, email, [&network, &network], now).await? {
        attempt.turns = Some((key("turns", &[email]), attempt.limits.len()));
        attempt.keys.shared.push(key("strangers", &[email]));
        attempt.limits.push(i64::MAX);
    }
    Ok(attempt)
}

/// Counts an attempt to sign in to the account with this address, if there is one.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many; [`Failure::Turns`] where somebody else has the turn.
pub async fn count(app: &App, email: &str, browser: &Browser) -> Result<Attempt, Failure> {
    let mut tx = app.begin().await?;
    let attempt = of(&mut tx, email, browser, app.clock.now()).await?;
    counted(app, tx, attempt).await
}

async fn counted(app: &App, mut tx: Tx, attempt: Attempt) -> Result<Attempt, Failure> {
    let now = app.clock.now();
    let counts = attempts::count(&mut tx, &attempt.keys, now, WINDOW).await?;
    let mut over = counts.pair > MOST || counts.shared.iter().zip(&attempt.limits).any(|(count, most)| count > most);
    let mut failure = Failure::Throttled;
    if let (false, Some((turns, at))) = (over, &attempt.turns)
        && counts.shared.get(*at).is_some_and(|count| *count > MOST_OF_STRANGERS)
    {
        over = !attempts::take_turn(&mut tx, turns, now, TURN).await?;
        failure = Failure::Turns(TURN.unsigned_abs());
    }
    tx.commit().await?;
    if over {
        app.metrics.sign_in_failed(FailedSignIn::Throttled);
        return Err(failure);
    }
    Ok(attempt)
}

/// Counts an attempt at the password of somebody who is signed in.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many.
pub async fn count_signed_in(app: &App, account: &str, source: Source) -> Result<Attempt, Failure> {
    counted(app, app.begin().await?, at_source(account, source)).await
}

/// Counts an attempt to sign in at a provider, by what names it.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many.
pub async fn count_flow(app: &App, state: &str, browser: &Browser) -> Result<Attempt, Failure> {
    counted(app, app.begin().await?, at_source(state, browser.source)).await
}

/// Counts an attempt at a code of an account.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many.
pub async fn count_code(app: &App, account: &str, browser: &Browser) -> Result<Attempt, Failure> {
    let mut attempt = at_source(account, browser.source);
    attempt.keys.pair = key("code", &[account]);
    counted(app, app.begin().await?, attempt).await
}

/// Whoever got in: the attempts that led there are no failures, and those before them at the account are forgotten. All that one change forgives
/// goes into one call.
pub async fn forgive(tx: &mut Tx, all: &[&Attempt]) -> Result<(), StoreError> {
    let keys: Vec<&Keys> = all.iter().map(|attempt| &attempt.keys).collect();
    attempts::forgive(tx, &keys).await
}

/// Puts down that the actor signed in from here, and with this browser.
pub async fn remember(tx: &mut Tx, act: Act<'_>, source: Source, device: Option<&str>) -> Result<(), StoreError> {
    let (network, device) = (of_network(source), device.map(of_device));
    let sources: Vec<&str> = std::iter::once(network.as_str()).chain(device.as_deref()).collect();
    known_sources::remember(tx, &act.by.account, &sources, act.at).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_short_and_names_nobody() {
        let source = |text: &str| Source(text.parse().expect("an address"));
        let long = "dana@example.com".repeat(10_000);
        let Keys { pair, shared } = at_source(&long, source("192.0.2.7")).keys;
        assert!(pair.len() == 64 && shared.iter().all(|k| k.len() == 64));
        assert_ne!(pair, at_source(&long, source("192.0.2.8")).keys.pair);
        assert_eq!(shared, at_source("another", source("192.0.2.7")).keys.shared);
    }

    #[test]
    fn an_ipv6_site_counts_beside_its_networks() {
        let keys = |text: &str| at_source("ana", Source(text.parse().expect("an address"))).keys;
        let (one, other, far) = (keys("2001:db8:1:1::1"), keys("2001:db8:1:2::1"), keys("2001:db8:2:1::1"));
        assert_ne!(one.pair, other.pair);
        assert_eq!(one.shared.len(), 3);
        assert!(one.shared[0] != other.shared[0] && one.shared[1..] == other.shared[1..]);
        assert!(one.shared.iter().all(|k| !far.shared.contains(k)));
    }
}
