//! The browser sessions and API tokens of all people: administrators see them and end them.

use super::account::{LoginRow, Token};
use super::cursor::{Page, Part, paged};
use super::json::Json;
use super::openapi::{Operation, delete, get};
use super::sent::{Path, Query};
use crate::auth::Admin;
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::{RANK, ranks_with_account};
use crate::work::change::change;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_store::access::all::{self, Held};
use hindcast_store::{logins, tokens};
use schemars::JsonSchema;
use serde::Serialize;

paged! {
    /// Whose to list.
    pub struct OfAccount {
        /// The account; without it, those of all accounts.
        account: Option<String>,
    }
}

/// A browser session and its person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountLogin {
    /// The account.
    account: String,
    /// The name of its person.
    person: String,
    /// What is known of it.
    #[serde(flatten)]
    row: LoginRow,
}

/// An API token and its person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountToken {
    /// The account.
    account: String,
    /// The name of its person.
    person: String,
    /// What is known of it.
    #[serde(flatten)]
    row: Token,
}

/// Sessions that are good.
pub async fn list_logins(
    State(app): State<App>,
    _: Admin,
    Query(asked): Query<OfAccount>,
) -> Result<Json<Page<AccountLogin>>, Failure> {
    let cursor = asked.cursor(&[Part::Time, Part::Text])?;
    let (conn, after) = (&mut *app.store.reader().await?, cursor.time(0).zip(cursor.text(1)));
    let good = app.config.sessions.good(app.clock.now());
    let rows = all::sessions(conn, asked.account.as_deref(), good, after, cursor.rows()).await?;
    let row = |h: Held<logins::Login>| AccountLogin { account: h.account, person: h.person, row: h.what.into() };
    Ok(Json(cursor.page(rows, |h| format!("{} {}", h.what.created_at, h.what.id), row)))
}

/// Tokens that are good.
pub async fn list_tokens(
    State(app): State<App>,
    _: Admin,
    Query(asked): Query<OfAccount>,
) -> Result<Json<Page<AccountToken>>, Failure> {
    let cursor = asked.cursor(&[Part::Time, Part::Text])?;
    let (conn, after) = (&mut *app.store.reader().await?, cursor.time(0).zip(cursor.text(1)));
    let rows = all::tokens(conn, asked.account.as_deref(), app.clock.now(), after, cursor.rows()).await?;
    let row = |h: Held<tokens::Token>| AccountToken { account: h.account, person: h.person, row: h.what.into() };
    Ok(Json(cursor.page(rows, |h| format!("{} {}", h.what.created_at, h.what.id), row)))
}

/// Ends one session.
pub async fn end_login(
    State(app): State<App>,
    admin: Admin,
    Path((account, login)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_session(tx, admin.act(&app), &account, &login).await?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes one token.
pub async fn revoke_token(
    State(app): State<App>,
    admin: Admin,
    Path((account, token)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::revoke_token(tx, admin.act(&app), &account, &token).await?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes every link of an account with a sign-in provider.
pub async fn end_links(
    State(app): State<App>,
    admin: Admin,
    Path(account): Path<String>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_links(tx, admin.act(&app), &account).await?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions, revokes all tokens and removes the links that were added to an account.
pub async fn end_all(State(app): State<App>, admin: Admin, Path(account): Path<String>) -> Result<StatusCode, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_sessions_and_tokens(tx, admin.act(&app), &account).await?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/accounts/logins", "listAllLogins", "Lists the browser sessions of all accounts, newest first")
            .query::<OfAccount>()
            .gives::<Page<AccountLogin>>(200, "A page of the list"),
        get(
            "/api/v1/accounts/tokens",
            "listAllTokens",
            "Lists the API tokens of all accounts that still work, newest first",
        )
        .query::<OfAccount>()
        .gives::<Page<AccountToken>>(200, "A page of the list"),
        delete("/api/v1/accounts/{id}/logins/{login}", "endLoginOfAccount", "Ends one browser session of an account")
            .gives_nothing("It is done")
            .problem(403, RANK),
        delete(
            "/api/v1/accounts/{id}/tokens/{api_token}",
            "revokeTokenOfAccount",
            "Revokes one API token of an account",
        )
        .gives_nothing("It is done")
        .problem(403, RANK),
        delete(
            "/api/v1/accounts/{id}/links",
            "removeLinksOfAccount",
            "Removes every link of an account with a person at a sign-in provider",
        )
        .gives_nothing("It is done")
        .problem(403, RANK),
        delete(
            "/api/v1/accounts/{id}/access",
            "endAccessOfAccount",
            "Ends all browser sessions, revokes all API tokens, and removes links that were added to an account, which can sign in again",
        )
        .gives_nothing("It is done")
        .problem(403, RANK),
    ]
}
