//! Slows guessing down. Attempts are counted in the record, for all servers on it, before the password is checked: attempts at the same
//! moment count each other, and a restart forgets none.
//!
//! What is counted is a source at an account, and a source at all accounts. An account alone is not counted: a stranger could then keep its
//! person out. Codes of a second factor are counted for the account alone, wherever they come from: whoever gets there has the password. Whoever is signed in is not asked here.

use crate::failure::Failure;
use crate::metrics::FailedSignIn;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use hindcast_store::attempts::{self, Keys};
use hindcast_store::{StoreError, Tx};

/// Failures of one source at one account within [`WINDOW`] after which its attempts are refused.
const MOST: i64 = 10;
/// Failures of one source at all accounts within [`WINDOW`]. People behind one address have to fit.
const MOST_OF_SOURCE: i64 = 300;
/// Seconds over which failures count, from the first.
pub const WINDOW: i64 = 15 * 60;

/// An attempt that was counted, and failed unless it is forgiven.
#[derive(Debug, Clone)]
#[must_use]
pub struct Attempt(Keys);

/// What is kept of them are digests: short, however long the attempt was, and nobody's name or address.
fn keys(account: &str, source: Source) -> Keys {
    let network = source.network().to_string();
    Keys {
        pair: secret::digest(&[b"pair", account.as_bytes(), network.as_bytes()]),
        source: secret::digest(&[b"source", network.as_bytes()]),
    }
}

/// Counts an attempt.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many.
pub async fn count(app: &App, account: &str, source: Source) -> Result<Attempt, Failure> {
    counted(app, keys(account, source)).await
}

async fn counted(app: &App, keys: Keys) -> Result<Attempt, Failure> {
    let mut tx = app.store.begin().await?;
    let counts = attempts::count(&mut tx, &keys, app.clock.now(), WINDOW).await?;
    tx.commit().await?;
    if counts.pair > MOST || counts.source > MOST_OF_SOURCE {
        app.metrics.sign_in_failed(FailedSignIn::Throttled);
        return Err(Failure::Throttled);
    }
    Ok(Attempt(keys))
}

/// Counts an attempt at a code of an account.
///
/// # Errors
/// [`Failure::Throttled`] where there were too many.
pub async fn count_code(app: &App, account: &str, source: Source) -> Result<Attempt, Failure> {
    let pair = secret::digest(&[b"code", account.as_bytes()]);
    counted(app, Keys { pair, ..keys(account, source) }).await
}

/// That of somebody who gets in by other means than a password.
pub fn known(account: &str, source: Source) -> Attempt {
    Attempt(keys(account, source))
}

/// Whoever got in: the attempt is no failure, and those before it at the account are forgotten.
pub async fn forgive(tx: &mut Tx, attempt: &Attempt) -> Result<(), StoreError> {
    attempts::forgive(tx, &attempt.0).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_short_and_names_nobody() {
        let source = |text: &str| Source(text.parse().expect("an address"));
        let long = "dana@example.com".repeat(10_000);
        let Keys { pair, source: of_source } = keys(&long, source("192.0.2.7"));
        assert!(pair.len() == 64 && of_source.len() == 64);
        assert_ne!(pair, keys(&long, source("192.0.2.8")).pair);
        assert_eq!(of_source, keys("another", source("192.0.2.7")).source);
    }
}
