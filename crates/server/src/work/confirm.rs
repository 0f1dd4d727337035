//! Asking somebody who is signed in who they are again.

use super::change::change;
use crate::auth::throttle::{self, Browser};
use crate::auth::{Signed, password, second_factor};
use crate::failure::Failure;
use crate::metrics::FailedSignIn;
use crate::refused;
use crate::state::App;
use hindcast_store::accounts::{self, Account};
use hindcast_store::refusals::Refusal;
use hindcast_store::{Act, second_factors};

/// What was not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The password.
    Password,
    /// The code: none that counts, or it was used before.
    Code,
}

/// What a person reads where the code is wrong.
pub const WRONG_CODE: &str =
    "it is wrong or was used before. Enter the code that your authenticator app shows now, or an unused recovery code.";

impl Wrong {
    /// As a form says it, behind the name of its field for the password.
    pub fn told(self, password: &str) -> Failure {
        Failure::Invalid(match self {
            Wrong::Password => format!("{password}: it is another one."),
            Wrong::Code => format!("Code: {WRONG_CODE}"),
        })
    }
}

/// Asks for the password, and for a code where the account has a second factor. The code is used up. What is wrong counts as a failed sign-in, in
/// the metric and in the audit log.
///
/// # Errors
/// After as many wrong ones as signing in allows.
pub async fn confirm(
    app: &App,
    signed: &Signed,
    password: &str,
    code: &str,
) -> Result<Result<Account, Wrong>, Failure> {
    let id = &signed.viewer.account;
    let throttled = |counted| refused::throttled(app, counted, Some(id), &signed.request);
    let failed = |why, wrong| {
        app.metrics.sign_in_failed(why);
        refused::note(app, Refusal::SignIn { account: Some(id.clone()) }, &signed.request);
        Ok(Err(wrong))
    };
    let attempt = throttled(throttle::count_signed_in(app, id, signed.source).await)?;
    let (account, factor) = {
        let conn = &mut *app.store.reader().await?;
        (accounts::find(conn, id).await?, second_factors::find(conn, id).await?)
    };
    if !password::check(app, password, Some(account.password_hash.clone())).await? {
        return failed(FailedSignIn::Password, Wrong::Password);
    }
    let Some(factor) = factor else {
        change(app, async |tx| Ok(throttle::forgive(tx, &[&attempt]).await?)).await?;
        return Ok(Ok(account));
    };
    // A form that was opened before the factor was turned on has no code: nothing is guessed.
    if code.trim().is_empty() {
        return Ok(Err(Wrong::Code));
    }
    let of_code = throttled(throttle::count_code(app, id, &Browser::at(signed.source)).await)?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    if let Some(code) = second_factor::read(code, &factor, id, act.at) {
        let mut tx = app.begin().await?;
        if second_factor::accept(&mut tx, act, &code).await? {
            throttle::forgive(&mut tx, &[&attempt, &of_code]).await?;
            tx.commit().await?;
            return Ok(Ok(account));
        }
    }
    failed(FailedSignIn::Code, Wrong::Code)
}
