//! From a person at the sign-in provider to an account here.

use crate::auth::password;
use crate::failure::Failure;
use crate::oidc::Person;
use crate::oidc::flow::{Flow, VALID};
use crate::secret;
use crate::state::App;
use crate::work::account::{AccountChange, change_account};
use crate::work::change::change;
use hindcast_retro::record::people::Role;
use hindcast_store::accounts::{self, Account};
use hindcast_store::identities::{self, Identity};
use hindcast_store::{Act, StoreError, Viewer, look_alike};

/// The domain of placeholder addresses (RFC 2606), for people whose email address is not verified by the provider.
const NO_ADDRESS: &str = "oidc.invalid";

/// Why somebody whom the provider knows is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// None of their values of the role claim maps to a role. With the account, if there is one.
    NoRole(Option<String>),
    /// Their account is deactivated.
    Disabled(String),
    /// They have no account, and another account has their email address.
    AddressTaken(String),
    /// This server has no administrator yet, and they would not be one.
    NoAdministrator,
    /// The sign-in was already completed.
    Completed,
}

/// The account that a person signs in to, created at the first sign-in. It gets the role that the provider gives, unless the record needs the
/// person in the old role.
pub async fn account(
    app: &App,
    flow: &Flow,
    issuer: &str,
    person: &Person,
) -> Result<Result<Viewer, Refused>, Failure> {
    let identity = Identity { issuer, subject: &person.subject };
    let found = identities::find(&mut *app.store.reader().await?, identity).await?;
    match (found, person.role) {
        (Some(account), _) if account.disabled_at.is_some() => Ok(Err(Refused::Disabled(account.id))),
        (found, None) => Ok(Err(Refused::NoRole(found.map(|a| a.id)))),
        (Some(account), Some(role)) => known(app, flow, account, role).await,
        (None, Some(role)) => new(app, flow, identity, person, role).await,
    }
}

async fn known(app: &App, flow: &Flow, account: Account, role: Role) -> Result<Result<Viewer, Refused>, Failure> {
    let (now, system) = (app.clock.now(), Viewer::system());
    let to = AccountChange { role: Some(role), ..AccountChange::default() };
    let mut tx = app.begin().await?;
    if !complete(&mut tx, flow, now).await? {
        return Ok(Err(Refused::Completed));
    }
    match change_account(&mut tx, Act { by: &system, at: now }, &account.id, to).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Ok(Account { role, ..account }.viewer()))
        }
        // They are the only administrator, or restricted incidents need them. The role stays, and an operator should look at it.
        Err(StoreError::Conflict(why)) => {
            drop(tx);
            tracing::warn!(
                account = account.id,
                why,
                "an account keeps a role that the sign-in provider no longer gives"
            );
            change(app, async |tx| {
                if !complete(tx, flow, now).await? {
                    return Ok(Err(Refused::Completed));
                }
                identities::keep_role(tx, now, &account, role, &why).await?;
                Ok(Ok(account.viewer()))
            })
            .await
        }
        Err(e) => Err(e.into()),
    }
}

async fn new(
    app: &App,
    flow: &Flow,
    identity: Identity<'_>,
    person: &Person,
    role: Role,
) -> Result<Result<Viewer, Refused>, Failure> {
    let (id, now) = (secret::id(), app.clock.now());
    let email = person.email.clone().unwrap_or_else(|| format!("{id}@{NO_ADDRESS}"));
    // The account has no password. Nobody knows this one, and guessing takes as long as for other accounts.
    let hash = password::hash(app, &secret::new("")?).await?;
    let viewer = Viewer { account: id.clone(), name: person.name.clone(), role, scopes: None, emergency: None };
    let mut tx = app.begin().await?;
    if !complete(&mut tx, flow, now).await? {
        return Ok(Err(Refused::Completed));
    }
    if role != Role::Administrator && accounts::none_yet(&mut tx).await? {
        return Ok(Err(Refused::NoAdministrator));
    }
    // Nobody here can choose another name for the person.
    let name = look_alike::distinct(&mut tx, &person.name).await?;
    let viewer = Viewer { name, ..viewer };
    let act = Act { by: &viewer, at: now };
    let account = accounts::New { id: &id, email: &email, name: &viewer.name, role, password_hash: &hash };
    match accounts::create(&mut tx, act, &account).await {
        Err(StoreError::Conflict(_)) => return Ok(Err(Refused::AddressTaken(email))),
        other => other?,
    }
    identities::link(&mut tx, act, &id, identity).await?;
    tx.commit().await?;
    Ok(Ok(viewer))
}

/// Links a person at the provider with the account of somebody who is signed in.
///
/// # Errors
/// [`Failure::Conflict`] if either is linked already.
pub async fn link(
    app: &App,
    flow: &Flow,
    viewer: &Viewer,
    issuer: &str,
    person: &Person,
) -> Result<Result<(), Refused>, Failure> {
    if person.role.is_none() {
        return Ok(Err(Refused::NoRole(Some(viewer.account.clone()))));
    }
    let act = Act { by: viewer, at: app.clock.now() };
    change(app, async |tx| {
        if !complete(tx, flow, act.at).await? {
            return Ok(Err(Refused::Completed));
        }
        identities::link(tx, act, &viewer.account, Identity { issuer, subject: &person.subject }).await?;
        Ok(Ok(()))
    })
    .await
}

/// False if the sign-in was already completed.
async fn complete(tx: &mut hindcast_store::Tx, flow: &Flow, now: jiff::Timestamp) -> Result<bool, StoreError> {
    match identities::complete(tx, &flow.key(), now, VALID).await {
        Err(StoreError::Conflict(_)) => Ok(false),
        other => other.map(|()| true),
    }
}
