//! A one-time link: whoever has it makes an account, or sets a new password for the one that it names.

use super::frame::{go, page, refused};
use super::sign_in;
use crate::assets;
use crate::auth::password;
use crate::auth::throttle::{self, Attempt, Browser};
use crate::failure::Failure;
use crate::form::Fields;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use crate::work::account as work;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hindcast_retro::record::people::Role;
use hindcast_store::accounts::Account;
use hindcast_store::invitations::{self, Purpose};
use hindcast_store::logins::Proof;
use hindcast_store::{Act, StoreError, Viewer, access, accounts, look_alike, second_factors};

#[derive(Template)]
#[template(path = "setup.html")]
struct Page<'a> {
    style: &'a str,
    role: &'a str,
    shortest: usize,
    name: &'a str,
    email: &'a str,
    fault: Option<&'a str>,
}

impl<'a> Page<'a> {
    fn new(role: Role, name: &'a str, email: &'a str, fault: Option<&'a str>) -> Self {
        Page { style: assets::style_path(), role: role.label(), shortest: password::SHORTEST, name, email, fault }
    }
}

/// The printed way into the examples; nothing without them.
pub async fn enter(
    State(app): State<App>,
    Path(token): Path<String>,
    source: Source,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let hash = secret::hash(&token);
    // Both are digests: how long their comparison takes tells nothing about the secret.
    let Some(entrance) = app.entrance.clone().filter(|e| e.token_hash == hash) else {
        return Err(Failure::NotFound("There is nothing at this address.".to_owned()));
    };
    let mut response = go("/");
    let browser = Browser::of(&app, &headers, source);
    sign_in::sign_in(&app, &entrance.viewer, Proof::Link, None, &browser, &mut response).await?;
    Ok(response)
}

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoveryPage<'a> {
    style: &'a str,
    shortest: usize,
    email: &'a str,
    fault: Option<&'a str>,
    /// True for a link that was sent by mail.
    by_mail: bool,
}

impl<'a> RecoveryPage<'a> {
    fn new(email: &'a str, by_mail: bool, fault: Option<&'a str>) -> Self {
        RecoveryPage { style: assets::style_path(), shortest: password::SHORTEST, email, fault, by_mail }
    }
}

/// The form.
pub async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Failure> {
    let conn = &mut *app.store.reader().await?;
    let link = invitations::find(conn, &secret::hash(&token), app.clock.now()).await?;
    match link.purpose {
        Purpose::Recovery(account) => {
            page(&RecoveryPage::new(&accounts::find(conn, &account).await?.email, false, None))
        }
        Purpose::Reset(account) => page(&RecoveryPage::new(&accounts::find(conn, &account).await?.email, true, None)),
        Purpose::Account | Purpose::First => page(&Page::new(link.role, "", "", None)),
    }
}

/// Makes the account, or sets the password, and signs in.
pub async fn submit(
    State(app): State<App>,
    Path(token): Path<String>,
    source: Source,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let (token, browser) = (secret::hash(&token), Browser::of(&app, &headers, source));
    let mut reader = app.store.reader().await?;
    let link = invitations::find(&mut reader, &token, app.clock.now()).await?;
    match link.purpose {
        Purpose::Recovery(account) => {
            let account = accounts::find(&mut reader, &account).await?;
            drop(reader);
            recover(&app, &token, &account, &browser, &fields).await
        }
        Purpose::Reset(account) => {
            let account = accounts::find(&mut reader, &account).await?;
            drop(reader);
            reset(&app, &token, &account, &browser, &fields).await
        }
        Purpose::Account | Purpose::First => {
            drop(reader);
            make(&app, &token, link.role, &browser, &fields).await
        }
    }
}

async fn make(app: &App, token: &str, role: Role, browser: &Browser, fields: &Fields) -> Result<Response, Failure> {
    let now = app.clock.now();
    let (name, email) = (fields.get("name"), fields.get("email"));
    let password = fields.raw("password").unwrap_or("");
    let fault = match () {
        () if name.is_empty() || name.chars().count() > 100 => Some("Name: 1 to 100 characters."),
        () if !is_address(email) => Some("This is not an email address."),
        () => None,
    };
    if let Some(fault) = fault {
        return refused(&Page::new(role, name, email, Some(fault)));
    }
    let hash = match password::hash_new(app, password, [name, email]).await? {
        Ok(hash) => hash,
        Err(fault) => return refused(&Page::new(role, name, email, Some(&format!("Password: {fault}.")))),
    };
    let id = secret::id();
    let viewer = Viewer { account: id.clone(), name: name.to_owned(), role, scopes: None, emergency: None };
    let mut tx = app.begin().await?;
    let role = invitations::use_up(&mut tx, token, now).await?.role;
    let new = accounts::New { id: &id, email, name, role, password_hash: &hash };
    match accounts::create(&mut tx, Act { by: &viewer, at: now }, &new).await {
        Err(StoreError::Conflict(why)) => {
            let fault = match why == look_alike::TAKEN {
                true => format!("Name: {why}."),
                false => "An account with this email address already exists.".to_owned(),
            };
            return refused(&Page::new(role, name, email, Some(&fault)));
        }
        other => other?,
    }
    tx.commit().await?;
    let mut response = go("/");
    sign_in::sign_in(app, &viewer, Proof::Link, None, browser, &mut response).await?;
    Ok(response)
}

/// A new password that a link sets.
struct NewPassword {
    hash: String,
    /// What failed before the link was used, which does not keep its person out.
    attempt: Attempt,
}

/// Reads the new password that a link sets; the form again where it is not good enough.
async fn new_password(
    app: &App,
    account: &Account,
    browser: &Browser,
    fields: &Fields,
    by_mail: bool,
) -> Result<Result<NewPassword, Response>, Failure> {
    let password = fields.raw("password").unwrap_or("");
    let attempt = throttle::of(&mut *app.store.reader().await?, &account.email, browser, app.clock.now()).await?;
    Ok(match password::hash_new(app, password, [&account.name, &account.email]).await? {
        Ok(hash) => Ok(NewPassword { hash, attempt }),
        Err(fault) => Err(refused(&RecoveryPage::new(&account.email, by_mail, Some(&format!("Password: {fault}."))))?),
    })
}

/// Sets a new password. Everything that the account let in before ends: somebody else may have locked its person out.
async fn recover(
    app: &App,
    token: &str,
    account: &Account,
    browser: &Browser,
    fields: &Fields,
) -> Result<Response, Failure> {
    let NewPassword { hash, attempt } = match new_password(app, account, browser, fields, false).await? {
        Ok(new) => new,
        Err(form) => return Ok(form),
    };
    let viewer = account.viewer();
    let act = Act { by: &viewer, at: app.clock.now() };
    let mut tx = app.begin().await?;
    invitations::use_up(&mut tx, token, act.at).await?;
    access::end_all(&mut tx, act, &account.id).await?;
    access::end_links(&mut tx, act, &account.id, access::Links::All).await?;
    accounts::set_password(&mut tx, act, &account.id, &hash).await?;
    // Whoever has the link may have lost the phone as well.
    second_factors::recover(&mut tx, act).await?;
    tx.commit().await?;
    work::tell_password_changed(app, account);
    let mut response = go("/");
    sign_in::sign_in(app, &viewer, Proof::Link, Some(&attempt), browser, &mut response).await?;
    Ok(response)
}

/// Sets a new password for whoever reads the account's mail. That ends what another password ends, and proves nothing else: nobody is signed in,
/// and the second factor stays.
async fn reset(
    app: &App,
    token: &str,
    account: &Account,
    browser: &Browser,
    fields: &Fields,
) -> Result<Response, Failure> {
    let NewPassword { hash, attempt } = match new_password(app, account, browser, fields, true).await? {
        Ok(new) => new,
        Err(form) => return Ok(form),
    };
    let viewer = account.viewer();
    let act = Act { by: &viewer, at: app.clock.now() };
    let mut tx = app.begin().await?;
    invitations::use_up(&mut tx, token, act.at).await?;
    accounts::set_password(&mut tx, act, &account.id, &hash).await?;
    // Neither does somebody who guesses meanwhile.
    throttle::forgive(&mut tx, &[&attempt]).await?;
    throttle::remember(&mut tx, act, browser.source, None).await?;
    tx.commit().await?;
    work::tell_password_changed(app, account);
    Ok(sign_in::after_password())
}

/// Something before and behind an at sign; whether mail arrives there is another question.
pub fn is_address(text: &str) -> bool {
    let (Some((local, domain)), false) = (text.rsplit_once('@'), text.len() > 254) else { return false };
    !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !text.contains(char::is_whitespace)
}
