//! Turning a second factor on and off, by its person or by an administrator.

use super::change::change;
use crate::auth::second_factor::{self, RecoveryCodes};
use crate::auth::{Signed, totp};
use crate::failure::Failure;
use crate::secret;
use crate::state::App;
use hindcast_store::{Act, second_factors};

/// Makes a secret for somebody who gave their password.
pub async fn begin(app: &App, signed: &Signed) -> Result<String, Failure> {
    let secret = totp::new_secret()?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(app, async |tx| Ok(second_factors::begin(tx, act, &secret).await?)).await?;
    Ok(secret)
}

/// Turns the second factor on, if this is a code of the secret. The recovery codes are given once; `None` where the code is wrong.
///
/// # Errors
/// [`Failure::Conflict`] if the secret is not the one that was shown last, or its time is over.
pub async fn turn_on(app: &App, signed: &Signed, secret: &str, code: &str) -> Result<Option<RecoveryCodes>, Failure> {
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    let unconfirmed =
        second_factors::unconfirmed(&mut *app.store.reader().await?, &signed.viewer.account, act.at).await?;
    // Digests are compared: how long it takes tells nothing of the secret.
    if unconfirmed.is_none_or(|u| secret::hash(&u) != secret::hash(secret)) {
        return Err(Failure::Conflict("The setup of your second factor has expired. Begin again.".to_owned()));
    }
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(step) = totp::matching(secret, &code, act.at) else { return Ok(None) };
    let codes = second_factor::recovery_codes(&signed.viewer.account)?;
    change(app, async |tx| Ok(second_factors::turn_on(tx, act, secret, step, &codes.hashes).await?)).await?;
    Ok(Some(codes))
}

/// Makes new recovery codes for somebody who gave their password and a code.
pub async fn renew_codes(app: &App, signed: &Signed) -> Result<RecoveryCodes, Failure> {
    let codes = second_factor::recovery_codes(&signed.viewer.account)?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(app, async |tx| Ok(second_factors::renew_codes(tx, act, &codes.hashes).await?)).await?;
    Ok(codes)
}

/// Resets somebody else's second factor.
///
/// # Errors
/// [`Failure::Conflict`] for one's own, which is turned off with the password and a code.
pub async fn reset(app: &App, admin: &Signed, account: &str) -> Result<(), Failure> {
    if admin.viewer.account == account {
        let words = "To turn off your own second factor, open Your account. You need your password and a code.";
        return Err(Failure::Conflict(words.to_owned()));
    }
    let act = Act { by: &admin.viewer, at: app.clock.now() };
    change(app, async |tx| Ok(second_factors::reset(tx, act, account).await?)).await
}

/// Turns the second factor of somebody off who gave their password and a code.
pub async fn turn_off(app: &App, signed: &Signed) -> Result<(), Failure> {
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(app, async |tx| Ok(second_factors::turn_off(tx, act).await?)).await
}
