//! What people are signed in with: browser sessions, API tokens and links with sign-in providers, of everybody or of one person, to see and to end.

use super::frame::{Frame, go, page, when};
use crate::auth::Admin;
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::ranks_with_account;
use crate::work::change::change;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use hindcast_store::access::all::{self, Held, Link};
use hindcast_store::accounts;
use hindcast_store::logins::Login;
use hindcast_store::tokens::Token;
use serde::Deserialize;

/// Rows of each list at most. The API lists all.
const MOST: usize = 200;

struct Row {
    id: String,
    account: String,
    person: String,
    what: String,
    may: String,
    created: String,
    used: String,
    expires: String,
}

struct LinkRow {
    account: String,
    person: String,
    issuer: String,
    linked: String,
}

#[derive(Template)]
#[template(path = "people_access.html")]
struct Page {
    frame: Frame,
    /// The account and the name of the only person shown.
    only: Option<(String, String)>,
    sessions: Vec<Row>,
    tokens: Vec<Row>,
    links: Vec<LinkRow>,
    /// The rows of a list that is cut off.
    cut: Option<usize>,
}

/// Whose to show.
#[derive(Deserialize)]
pub struct Whose {
    #[serde(default)]
    account: String,
}

fn session(held: Held<Login>) -> Row {
    let Held { account, person, what: login } = held;
    Row {
        id: login.id,
        account,
        person,
        what: login.device,
        may: String::new(),
        created: when(login.created_at),
        used: when(login.seen_at),
        expires: when(login.expires_at),
    }
}

fn token(held: Held<Token>) -> Row {
    let Held { account, person, what: token } = held;
    Row {
        id: token.id,
        account,
        person,
        what: token.name,
        may: token.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "),
        created: when(token.created_at),
        used: token.used_at.map_or_else(|| "never".to_owned(), when),
        expires: token.expires_at.map_or_else(|| "never".to_owned(), when),
    }
}

fn link(held: Held<Link>) -> LinkRow {
    let Held { account, person, what: link } = held;
    LinkRow { account, person, issuer: link.issuer, linked: when(link.linked_at) }
}

/// The lists.
pub async fn list(State(app): State<App>, admin: Admin, Query(whose): Query<Whose>) -> Result<Response, Failure> {
    let (conn, now) = (&mut *app.store.reader().await?, app.clock.now());
    let only = match whose.account.as_str() {
        "" => None,
        id => Some(accounts::find(conn, id).await.map(|a| (a.id, a.name))?),
    };
    let (account, rows) = (only.as_ref().map(|(id, _)| id.as_str()), MOST as i64 + 1);
    let mut sessions = all::sessions(conn, account, app.config.sessions.good(now), None, rows).await?;
    let mut tokens = all::tokens(conn, account, now, None, rows).await?;
    let mut links = all::links(conn, account, rows).await?;
    let cut = (sessions.len().max(tokens.len()).max(links.len()) > MOST).then_some(MOST);
    links.truncate(MOST);
    sessions.truncate(MOST);
    tokens.truncate(MOST);
    page(&Page {
        frame: Frame::new(&admin.0, "people", "Sessions and tokens"),
        only,
        sessions: sessions.into_iter().map(session).collect(),
        tokens: tokens.into_iter().map(token).collect(),
        links: links.into_iter().map(link).collect(),
        cut,
    })
}

/// Ends one session.
pub async fn end_login(
    State(app): State<App>,
    admin: Admin,
    Path((account, login)): Path<(String, String)>,
) -> Result<Response, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_session(tx, admin.act(&app), &account, &login).await?)
    })
    .await?;
    Ok(go("/people/access"))
}

/// Revokes one token.
pub async fn revoke_token(
    State(app): State<App>,
    admin: Admin,
    Path((account, token)): Path<(String, String)>,
) -> Result<Response, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::revoke_token(tx, admin.act(&app), &account, &token).await?)
    })
    .await?;
    Ok(go("/people/access"))
}

/// Removes every link of one person.
pub async fn end_links(State(app): State<App>, admin: Admin, Path(account): Path<String>) -> Result<Response, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_links(tx, admin.act(&app), &account).await?)
    })
    .await?;
    Ok(go("/people/access"))
}

/// Ends all sessions, revokes all tokens and removes the links that one person added.
pub async fn end_all(State(app): State<App>, admin: Admin, Path(account): Path<String>) -> Result<Response, Failure> {
    change(&app, async |tx| {
        ranks_with_account(tx, admin.act(&app), &account).await?;
        Ok(all::end_sessions_and_tokens(tx, admin.act(&app), &account).await?)
    })
    .await?;
    Ok(go("/people/access"))
}
