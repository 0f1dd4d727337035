//! What was refused, in the audit log: failed sign-ins, and requests beyond what an account may do.
//!
//! Whoever calls this decides how often. A row stands for one attempt or for many, so that nobody can fill the log by trying.

use crate::{Act, StoreError, Tx, Viewer, chain};
use jiff::Timestamp;
use serde_json::json;

/// The kind of the row for failed sign-ins.
pub const SIGN_IN_FAILED: &str = "sign_in.failed";
/// The kind of the row for requests beyond what an account may do.
pub const ACCESS_DENIED: &str = "access.denied";

/// One refusal, or several of the same kind.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// A password did not fit this account; `None` if no account has the email address, which is not kept.
    SignIn {
        /// The account's ID.
        account: Option<String>,
    },
    /// Somebody who is signed in asked for what their role or token does not allow.
    Access {
        /// Who.
        viewer: Viewer,
        /// What they asked for: a method and a route, with its parameters in braces.
        route: String,
    },
}

/// Records a refusal: `attempts` of them since the last row about the same account. `request` is the ID of the last request, under
/// which the server's log has its source.
///
/// # Errors
/// When the database does not answer.
pub async fn record(
    tx: &mut Tx,
    at: Timestamp,
    refusal: &Refusal,
    attempts: u64,
    request: &str,
) -> Result<(), StoreError> {
    let system = Viewer::system();
    let (by, kind, subject) = match refusal {
        Refusal::SignIn { account } => (&system, SIGN_IN_FAILED, account.as_deref().unwrap_or("unknown account")),
        Refusal::Access { viewer, route } => (viewer, ACCESS_DENIED, route.as_str()),
    };
    chain::record(tx, Act { by, at }, kind, None, subject, &json!({ "attempts": attempts, "request": request })).await
}
