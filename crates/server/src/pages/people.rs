//! Who may do what: accounts, and links for new ones.

use super::frame::{Frame, go, page, when};
use crate::auth::Admin;
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::account::{AccountChange, Link, invite as invite_by_link, manage, revoke_invitation};
use crate::work::change::change;
use crate::work::emergency::{LONGEST, SHORTEST, reason};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hindcast_retro::record::people::Role;
use hindcast_store::accounts::{self, Account};
use hindcast_store::{invitations, second_factors};
use std::collections::HashSet;

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    accounts: Vec<(Account, String)>,
    /// The accounts with a second factor.
    second_factors: HashSet<String>,
    roles: [Role; 4],
    link: Option<(Link, &'static str)>,
    open: Vec<Invitation>,
    me: String,
    /// Characters of a reason at least and at most.
    reason: (usize, usize),
}

/// An invitation that was not used yet.
struct Invitation {
    id: String,
    role: &'static str,
    by: String,
    created: String,
    expires: String,
}

async fn answer(app: &App, admin: &Admin, link: Option<(Link, &'static str)>) -> Result<Response, Failure> {
    let conn = &mut *app.store.reader().await?;
    let all = accounts::all(conn).await?;
    let second_factors = second_factors::holders(conn).await?;
    let open = invitations::page(conn, app.clock.now(), None, i64::MAX).await?.into_iter().map(|i| Invitation {
        id: i.id,
        role: i.role.label(),
        by: i.by,
        created: when(i.created_at),
        expires: when(i.expires_at),
    });
    let open = open.collect();
    let frame = Frame::new(&admin.0, "people", "People");
    let accounts = all.into_iter().map(|a| {
        let since = when(a.created_at);
        (a, since)
    });
    let (accounts, me) = (accounts.collect(), admin.0.account.clone());
    page(&Page { frame, accounts, second_factors, roles: Role::ALL, link, open, me, reason: (SHORTEST, LONGEST) })
}

/// The list.
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Response, Failure> {
    answer(&app, &admin, None).await
}

fn role(fields: &Fields) -> Result<Role, Failure> {
    fields.get("role").parse().map_err(|_| Failure::Invalid("Role: choose one.".to_owned()))
}

/// The successor, and why there is one.
fn successor(fields: &Fields) -> Result<(Option<&str>, String), Failure> {
    match fields.get("successor") {
        "" => Ok((None, String::new())),
        successor => {
            let why = reason(fields.get("reason")).map_err(|what| Failure::Invalid(format!("Reason: {what}.")))?;
            Ok((Some(successor), why))
        }
    }
}

/// Makes a link that is shown once.
pub async fn invite(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let role = role(&fields)?;
    let link = change(&app, async |tx| invite_by_link(&app, tx, admin.act(&app), role, &headers).await).await?;
    answer(&app, &admin, Some((link, role.label()))).await
}

/// Revokes an invitation that was not used yet.
pub async fn revoke(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> Result<Response, Failure> {
    change(&app, async |tx| revoke_invitation(tx, admin.act(&app), &id).await).await?;
    Ok(go("/people"))
}

/// Changes a role.
pub async fn set_role(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (successor, why) = successor(&fields)?;
    let to = AccountChange { role: Some(role(&fields)?), successor, reason: &why, ..AccountChange::default() };
    change(&app, async |tx| manage(tx, admin.act(&app), &id, to).await).await?;
    Ok(go("/people"))
}

/// Lets an account sign in no more, or again.
pub async fn set_disabled(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let disabled = Some(fields.get("disabled") == "yes");
    let (successor, why) = successor(&fields)?;
    let to = AccountChange { disabled, successor, reason: &why, ..AccountChange::default() };
    change(&app, async |tx| manage(tx, admin.act(&app), &id, to).await).await?;
    Ok(go("/people"))
}
