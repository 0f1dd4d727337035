//! One's own account: who is asking, browsers that are signed in, tokens for programs, the password.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::Time;
use super::sent::{Faults, Path, Query, Sent};
use super::shown::shown;
use crate::auth::Signed;
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::{DAYS, ends, make_token as make, set_password as set};
use crate::work::change::change;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::{Act, StoreError, logins, tokens};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Who is asking.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The account.
    pub account: String,
    /// The name that people see.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// What this request may do: less than the role where a token was limited.
    pub may: Vec<Permission>,
}

/// Tells who is asking.
pub async fn show(signed: Signed) -> Json<Me> {
    let viewer = signed.viewer;
    Json(Me {
        may: Permission::ALL.into_iter().filter(|p| viewer.may(*p)).collect(),
        account: viewer.account,
        name: viewer.name,
        role: viewer.role,
    })
}

/// A browser that is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Login {
    /// What is known of it.
    #[serde(flatten)]
    row: LoginRow,
    /// True for the one that asks.
    here: bool,
}

shown! {
    /// What is known of a browser that is signed in.
    pub struct LoginRow from logins::Login as login {
        /// Its id, which is no secret.
        id: String,
        /// What the browser calls itself.
        device: String,
        /// Since when.
        created_at: Time = Time(login.created_at),
        /// When it was last used.
        seen_at: Time = Time(login.seen_at),
        /// Until when at most.
        expires_at: Time = Time(login.expires_at),
    }
}

/// Browsers that are signed in.
pub async fn list_logins(
    State(app): State<App>,
    signed: Signed,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<Login>>, Failure> {
    signed.person()?;
    let cursor = asked.cursor(&[Part::Time, Part::Text])?;
    let (conn, after) = (&mut *app.store.reader().await?, cursor.time(0).zip(cursor.text(1)));
    let rows =
        logins::page(conn, &signed.viewer.account, app.config.sessions.good(app.clock.now()), after, cursor.rows())
            .await?;
    let login = |l: logins::Login| Login { here: Some(&l.id) == signed.login.as_ref(), row: l.into() };
    Ok(Json(cursor.page(rows, |l| format!("{} {}", l.created_at, l.id), login)))
}

/// Ends one login.
pub async fn end_login(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    signed.person()?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(&app, async |tx| Ok(logins::end(tx, act, &id).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

shown! {
    /// A token.
    #[derive(Clone)]
    pub struct Token from tokens::Token as token {
        /// Its id, which is no secret.
        id: String,
        /// What it is for.
        name: String,
        /// What it may be used for at most.
        scopes: Vec<Permission>,
        /// Since when.
        created_at: Time = Time(token.created_at),
        /// Until when; null for no end.
        expires_at: Option<Time> = token.expires_at.map(Time),
        /// When it was last used, to the minute; null for never.
        used_at: Option<Time> = token.used_at.map(Time),
        /// When it was revoked.
        revoked_at: Option<Time> = token.revoked_at.map(Time),
        /// What to send as `Authorization: Bearer`; told once, by the request that makes the token.
        secret: Option<String> = None,
    }
}

/// One's tokens.
pub async fn list_tokens(
    State(app): State<App>,
    signed: Signed,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<Token>>, Failure> {
    signed.person()?;
    let cursor = asked.cursor(&[Part::Time, Part::Text])?;
    let (conn, after) = (&mut *app.store.reader().await?, cursor.time(0).zip(cursor.text(1)));
    let rows = tokens::page(conn, &signed.viewer.account, after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |t| format!("{} {}", t.created_at, t.id), Token::from)))
}

fn days(_: &mut SchemaGenerator) -> Schema {
    let [a, b, c] = DAYS;
    json_schema!({ "type": ["integer", "null"], "enum": [a, b, c, null] })
}

/// A token to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"\S"))]
    name: String,
    /// What it may be used for; no more than the role allows.
    #[schemars(length(min = 1))]
    scopes: Vec<Permission>,
    /// Days after which it ends; null for no end.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required, schema_with = "days")]
    days: Option<i64>,
}

/// Makes a token and tells its secret once.
pub async fn make_token(State(app): State<App>, signed: Signed, sent: Sent<NewToken>) -> Result<Response, Failure> {
    signed.person()?;
    let (sent, once) = sent.once(&signed.viewer);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    let mut faults = Faults::default();
    let name = faults.required("name", &sent.name, 100);
    let scopes: Vec<Permission> = Permission::ALL.into_iter().filter(|p| sent.scopes.contains(p)).collect();
    if scopes.is_empty() {
        faults.add("scopes", "is empty");
    }
    if scopes.iter().any(|s| !signed.viewer.role.may(*s)) {
        faults.add("scopes", "holds more than your role may do");
    }
    if sent.days.is_some_and(|d| !DAYS.contains(&d)) {
        faults.add("days", "is 30, 90, 365 or null");
    }
    faults.told()?;
    let until = sent.days.map(|d| ends(d, act.at)).transpose()?;
    let mut tx = app.begin().await?;
    let (id, secret) = make(&mut tx, act, &name, &scopes, until).await?;
    let all = tokens::of(&mut tx, &signed.viewer.account).await?;
    let kept: Token = all.into_iter().find(|t| t.id == id).ok_or(StoreError::NotFound("token"))?.into();
    let told = Token { secret: Some(secret), ..kept.clone() };
    let answer = once.created(&mut tx, act, "/api/v1/account/tokens".to_owned(), &told, &kept).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Revokes a token.
pub async fn revoke_token(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    signed.person()?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(&app, async |tx| Ok(tokens::revoke(tx, act, &id).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The one so far.
    old: String,
    /// The new one.
    new: String,
    /// A code from the authenticator app, or a recovery code, if you have a second factor.
    #[serde(default)]
    code: String,
}

/// What a new password ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PasswordChanged {
    /// Browser sessions that ended, the one that asked included.
    sessions_ended: u64,
    /// API tokens that were revoked.
    tokens_revoked: u64,
}

/// Changes the password.
pub async fn set_password(
    State(app): State<App>,
    signed: Signed,
    sent: Sent<NewPassword>,
) -> Result<Json<PasswordChanged>, Failure> {
    signed.person()?;
    let ended = set(&app, &signed, &sent.value.old, &sent.value.code, &sent.value.new).await?;
    Ok(Json(PasswordChanged { sessions_ended: ended.sessions, tokens_revoked: ended.tokens }))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/account", "getAccount", "Tells who is asking, and what this request may do")
            .gives::<Me>(200, "Who"),
        get("/api/v1/account/logins", "listLogins", "Lists your browser sessions, newest first")
            .query::<Paging>()
            .gives::<Page<Login>>(200, "A page of the list")
            .by_session(),
        delete("/api/v1/account/logins/{id}", "endLogin", "Ends one login").gives_nothing("It is done").by_session(),
        get("/api/v1/account/tokens", "listTokens", "Lists your tokens, newest first")
            .query::<Paging>()
            .gives::<Page<Token>>(200, "A page of the list")
            .by_session(),
        post("/api/v1/account/tokens", "makeToken", "Makes a token; its secret is told once")
            .body::<NewToken>()
            .gives::<Token>(201, "The token")
            .once()
            .by_session(),
        delete("/api/v1/account/tokens/{id}", "revokeToken", "Revokes a token")
            .gives_nothing("It is done")
            .by_session(),
        post(
            "/api/v1/account/password",
            "setPassword",
            "Changes the password; every browser session and every API token of the account ends",
        )
        .body::<NewPassword>()
        .gives::<PasswordChanged>(200, "It is done")
        .problem(429, "Too many attempts")
        .by_session(),
    ]
}
