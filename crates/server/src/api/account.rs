//! One's own account: who is asking, browsers that are signed in, tokens for programs, the password.

use super::openapi::{Operation, delete, get, post};
use super::schema::{All, Time};
use super::sent::{Faults, Path, Sent};
use crate::auth::Signed;
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::{DAYS, ends, make_token as make, set_password as set};
use axum::Json;
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
    /// Its id, which is no secret.
    pub id: String,
    /// What the browser calls itself.
    pub device: String,
    /// Since when.
    pub created_at: Time,
    /// When it was last used.
    pub seen_at: Time,
    /// Until when at most.
    pub expires_at: Time,
    /// True for the one that asks.
    pub here: bool,
}

/// Browsers that are signed in.
pub async fn list_logins(State(app): State<App>, signed: Signed) -> Result<Json<All<Login>>, Failure> {
    signed.person()?;
    let all = logins::of(&mut *app.store.reader().await?, &signed.viewer.account, app.clock.now()).await?;
    let login = |l: logins::Login| Login {
        here: Some(&l.id) == signed.login.as_ref(),
        id: l.id,
        device: l.device,
        created_at: Time(l.created_at),
        seen_at: Time(l.seen_at),
        expires_at: Time(l.expires_at),
    };
    Ok(Json(All { items: all.into_iter().map(login).collect() }))
}

/// Ends one login.
pub async fn end_login(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    signed.person()?;
    let mut tx = app.store.begin().await?;
    logins::end(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Token {
    /// Its id, which is no secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for at most.
    pub scopes: Vec<Permission>,
    /// Since when.
    pub created_at: Time,
    /// Until when; null for no end.
    pub expires_at: Option<Time>,
    /// When it was withdrawn.
    pub revoked_at: Option<Time>,
    /// What to send as `Authorization: Bearer`; told once, by the request that makes the token.
    pub secret: Option<String>,
}

impl From<tokens::Token> for Token {
    fn from(token: tokens::Token) -> Self {
        Token {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            created_at: Time(token.created_at),
            expires_at: token.expires_at.map(Time),
            revoked_at: token.revoked_at.map(Time),
            secret: None,
        }
    }
}

/// One's tokens.
pub async fn list_tokens(State(app): State<App>, signed: Signed) -> Result<Json<All<Token>>, Failure> {
    signed.person()?;
    let all = tokens::of(&mut *app.store.reader().await?, &signed.viewer.account).await?;
    Ok(Json(All { items: all.into_iter().map(Token::from).collect() }))
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
    let mut tx = app.store.begin().await?;
    let (id, secret) = make(&mut tx, act, &name, &scopes, until).await?;
    let all = tokens::of(&mut tx, &signed.viewer.account).await?;
    let kept: Token = all.into_iter().find(|t| t.id == id).ok_or(StoreError::NotFound("token"))?.into();
    let told = Token { secret: Some(secret), ..kept.clone() };
    let answer = once.created(&mut tx, act, "/api/v1/account/tokens".to_owned(), &told, &kept).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Withdraws a token.
pub async fn revoke_token(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    signed.person()?;
    let mut tx = app.store.begin().await?;
    tokens::revoke(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
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
}

/// Changes the password.
pub async fn set_password(
    State(app): State<App>,
    signed: Signed,
    sent: Sent<NewPassword>,
) -> Result<StatusCode, Failure> {
    signed.person()?;
    set(&app, &signed, &sent.value.old, &sent.value.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/account", "getAccount", "Tells who is asking, and what this request may do")
            .gives::<Me>(200, "Who"),
        get("/api/v1/account/logins", "listLogins", "Lists browsers that are signed in")
            .gives::<All<Login>>(200, "All of them")
            .by_session(),
        delete("/api/v1/account/logins/{id}", "endLogin", "Ends one login").gives_nothing("It is done").by_session(),
        get("/api/v1/account/tokens", "listTokens", "Lists one's tokens")
            .gives::<All<Token>>(200, "All of them")
            .by_session(),
        post("/api/v1/account/tokens", "makeToken", "Makes a token; its secret is told once")
            .body::<NewToken>()
            .gives::<Token>(201, "The token")
            .once()
            .by_session(),
        delete("/api/v1/account/tokens/{id}", "revokeToken", "Withdraws a token")
            .gives_nothing("It is done")
            .by_session(),
        post("/api/v1/account/password", "setPassword", "Changes the password; every browser has to sign in again")
            .body::<NewPassword>()
            .gives_nothing("It is done")
            .problem(429, "Too many attempts")
            .by_session(),
    ]
}
