//! Links for new accounts.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::Time;
use super::sent::{Path, Query, Sent};
use super::shown::shown;
use crate::auth::Admin;
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::{LINK, RANK, invite as make_link, revoke_invitation};
use crate::work::change::change;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hindcast_retro::record::people::Role;
use hindcast_store::invitations;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

shown! {
    /// An invitation that was not used yet.
    pub struct OpenInvitation from invitations::Open as open {
        /// Its ID, which is no secret.
        id: String,
        /// What the new account may do.
        role: Role,
        /// The name of the person who made it.
        by: String,
        /// When it was made.
        created_at: Time = Time(open.created_at),
        /// Until when it is good.
        expires_at: Time = Time(open.expires_at),
    }
}

/// The invitations that can still be used.
pub async fn list(
    State(app): State<App>,
    _: Admin,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<OpenInvitation>>, Failure> {
    let cursor = asked.cursor(&[Part::Time, Part::Text])?;
    let (conn, after) = (&mut *app.store.reader().await?, cursor.time(0).zip(cursor.text(1)));
    let rows = invitations::page(conn, app.clock.now(), after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |i| format!("{} {}", i.created_at, i.id), OpenInvitation::from)))
}

/// Whom to let in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// What the new account may do.
    role: Role,
}

/// A link that makes an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invitation {
    /// What the new account may do.
    pub role: Role,
    /// Until when it is good.
    pub expires_at: Time,
    /// The link, told once: null where the request is sent again with its key.
    pub link: Option<String>,
    /// Why the link is only a path; null where it is whole.
    pub note: Option<&'static str>,
}

/// Makes a link that is told once.
pub async fn invite(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    sent: Sent<NewInvitation>,
) -> Result<Response, Failure> {
    let (sent, once) = sent.once(&admin.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = admin.act(&app);
    let mut tx = app.begin().await?;
    let made = make_link(&app, &mut tx, act, sent.role, &headers).await?;
    let expires_at = Time(act.at.checked_add(SignedDuration::from_secs(LINK)).unwrap_or(act.at));
    let of = |link| Invitation { role: sent.role, expires_at, link, note: made.note };
    let answer =
        once.created(&mut tx, act, "/api/v1/accounts".to_owned(), &of(Some(made.text.clone())), &of(None)).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Revokes an invitation that was not used yet.
pub async fn revoke(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    change(&app, async |tx| revoke_invitation(tx, admin.act(&app), &id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/accounts/invitations",
            "listInvitations",
            "Lists the invitations that can still be used, the newest first",
        )
        .query::<Paging>()
        .gives::<Page<OpenInvitation>>(200, "A page of the list"),
        post(
            "/api/v1/accounts/invitations",
            "invite",
            "Makes a link that creates one account; the link is shown only once",
        )
        .body::<NewInvitation>()
        .gives::<Invitation>(201, "The link")
        .problem(403, RANK)
        .once(),
        delete("/api/v1/accounts/invitations/{id}", "revokeInvitation", "Revokes an invitation that was not used yet")
            .gives_nothing("It is done")
            .problem(403, RANK),
    ]
}
