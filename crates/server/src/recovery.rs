//! A way back in for an administrator who is locked out, made by whoever runs the server's machine.

use crate::{Clock, secret};
use hindcast_store::{Act, Place, Store, StoreError, Viewer, accounts, invitations};

/// A link that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The address of the account that it lets in.
    pub email: String,
    /// The secret of the link, behind `/setup/`.
    pub token: String,
}

/// Why no link was made.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The record could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine gives no random bytes.
    #[error(transparent)]
    Randomness(#[from] secret::NoRandomness),
    /// It is not clear whom to let in.
    #[error("{0}")]
    Whom(String),
}

/// Makes a link with which an administrator sets a new password: the one with this address, or the only active one. A server may run on the
/// record meanwhile. The audit log tells of it.
///
/// # Errors
/// [`RecoveryError::Whom`] if there is no such administrator, or several without an address that says which.
pub async fn link(
    place: &Place,
    email: Option<&str>,
    valid_seconds: i64,
    clock: Clock,
) -> Result<Recovery, RecoveryError> {
    let store = Store::attach(place).await?;
    let made = make(&store, email, valid_seconds, &clock).await;
    store.close().await;
    made
}

async fn make(
    store: &Store,
    email: Option<&str>,
    valid_seconds: i64,
    clock: &Clock,
) -> Result<Recovery, RecoveryError> {
    let token = secret::new("")?;
    let system = Viewer::system();
    let act = Act { by: &system, at: clock.now() };
    let mut tx = store.begin().await?;
    let mut all = accounts::administrators(&mut tx).await?;
    if let Some(email) = email {
        all.retain(|a| a.email == email.to_lowercase());
    }
    let [account] = &all[..] else {
        return Err(RecoveryError::Whom(match (all.is_empty(), email) {
            (true, Some(email)) => format!("no active administrator has the email address {email}"),
            (true, None) => "there is no account yet. Start the server and open the link that it prints".to_owned(),
            (false, _) => {
                let emails: Vec<&str> = all.iter().map(|a| a.email.as_str()).collect();
                format!("there are several active administrators. Choose one with --email: {}", emails.join(", "))
            }
        }));
    };
    let hash = secret::hash(&token);
    invitations::create_recovery(&mut tx, act, &hash, &account.id, account.role, valid_seconds).await?;
    tx.commit().await?;
    Ok(Recovery { email: account.email.clone(), token })
}
