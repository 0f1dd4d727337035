//! How often somebody may ask for a link to a new password, counted as attempts to sign in are.
//!
//! A source may ask so many times, whatever for. For one account, all browsers that it never signed in with share one turn within the time for
//! which a link is good: so a stranger fills no mailbox, and whoever asks in vain has a link that is still good. Browsers that it signed in with have turns of
//! their own.

use super::{Browser, WINDOW, key, known_device};
use crate::failure::Failure;
use crate::mail;
use crate::state::App;
use hindcast_store::attempts::{self, Keys};
use jiff::SignedDuration;

/// Requests of one source within [`WINDOW`], and of one IPv6 site.
const MOST_OF_SOURCE: i64 = 10;
const MOST_OF_SITE: i64 = 30;
/// Seconds between two mails to one account that strangers ask for.
const TURN: i64 = mail::RESET;
/// The same of a browser that the account signed in with.
const TURN_OF_DEVICE: i64 = 2 * 60;

/// Counts a request of a link for the account with this address, if there is one, and tells whether it is its turn. The answer to the person is
/// the same either way.
///
/// # Errors
/// [`Failure::Throttled`] where the source asked too often.
pub async fn count(app: &App, email: &str, browser: &Browser) -> Result<bool, Failure> {
    let (now, network) = (app.clock.now(), browser.source.network().to_string());
    let site = browser.source.site().map(|site| key("resets of site", &[&site.to_string()]));
    let keys = Keys { pair: key("resets of source", &[&network]), shared: site.into_iter().collect() };
    let mut tx = app.begin().await?;
    let counts = attempts::count(&mut tx, &keys, now, WINDOW).await?;
    if counts.pair > MOST_OF_SOURCE || counts.shared.iter().any(|n| *n > MOST_OF_SITE) {
        tx.commit().await?;
        return Err(Failure::Throttled);
    }
    let (turns, every) = match known_device(&mut tx, email, browser, now).await? {
        Some(device) => (key("resets of device", &[email, device]), TURN_OF_DEVICE),
        None => (key("resets of strangers", &[email]), TURN),
    };
    // Rows are removed once they are as old as the window. One of a longer turn is dated ahead, so that it is there until its turn is over.
    let ahead = SignedDuration::from_secs((every - WINDOW).max(0));
    let is_turn = attempts::take_turn(&mut tx, &turns, now + ahead, every).await?;
    tx.commit().await?;
    Ok(is_turn)
}
