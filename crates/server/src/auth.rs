//! Who is asking, and what they may do.

pub mod cookie;
mod emergency;
pub mod password;
pub mod second_factor;
mod seen;
pub mod throttle;
pub mod totp;

use crate::failure::Failure;
use crate::fair;
use crate::metrics::FailedSignIn;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use crate::trail::{self, Trail};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use hindcast_retro::record::people::Permission;
use hindcast_store::{Act, Viewer, logins, tokens};
use seen::Used;

/// What a request came with.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub viewer: Viewer,
    /// By which login; absent for a token.
    pub login: Option<String>,
    /// Where the request comes from.
    pub source: Source,
    /// The ID of the request.
    pub request: String,
}

impl Signed {
    /// Refuses programs: a token cannot make tokens or change a password.
    pub fn person(&self) -> Result<(), Failure> {
        if self.login.is_some() { Ok(()) } else { Err(Failure::Forbidden) }
    }

    /// Reads cookie or token.
    async fn of(parts: &Parts, app: &App) -> Result<Option<Signed>, Failure> {
        let now = app.clock.now();
        let request = Trail::of(&parts.extensions).map(|trail| trail.id().to_owned()).unwrap_or_default();
        if let Some(header) = parts.headers.get(AUTHORIZATION) {
            let token = header.to_str().ok().and_then(|h| h.strip_prefix("Bearer "));
            let Some(token) = token else { return Err(Failure::SignIn) };
            let hash = secret::hash(token.trim());
            let look_up = fair::look_up(parts, hash.clone()).await?;
            let mut conn = app.store.reader().await?;
            let found = tokens::find(&mut conn, &hash, now).await?;
            conn.done();
            let Some(tokens::Found { viewer, id, stale }) = found else {
                look_up.nobody();
                app.metrics.sign_in_failed(FailedSignIn::Token);
                return Err(Failure::SignIn);
            };
            trail::belongs_to(parts, &viewer);
            look_up.found(parts, &viewer.account).await?;
            if stale {
                seen::put_down(app, Used::Token(id), now).await;
            }
            return Ok(Some(Signed { viewer, login: None, source: Source::of(&parts.extensions), request }));
        }
        let Some(cookie) = cookie::read(cookie::Kind::Session, &parts.headers, app.config.is_https()) else {
            return Ok(None);
        };
        let hash = secret::hash(cookie);
        let look_up = fair::look_up(parts, hash.clone()).await?;
        let mut conn = app.store.reader().await?;
        let found = logins::find(&mut conn, &hash, app.config.sessions.good(now)).await?;
        conn.done();
        let Some(logins::Found { account, id: login, stale, second_factor }) = found else {
            look_up.nobody();
            return Ok(None);
        };
        let viewer = account.viewer();
        trail::belongs_to(parts, &viewer);
        look_up.found(parts, &viewer.account).await?;
        if stale {
            seen::put_down(app, Used::Login(login.clone()), now).await;
        }
        if app.config.require_second_factor && !second_factor && !is_setup(parts.uri.path()) {
            return Err(Failure::SecondFactor);
        }
        Ok(Some(Signed { viewer, login: Some(login), source: Source::of(&parts.extensions), request }))
    }
}

/// What somebody may do who has to set a second factor up: that, and signing out.
fn is_setup(path: &str) -> bool {
    path == "/sign-out" || path == "/account/second-factor" || path.starts_with("/account/second-factor/")
}

impl FromRequestParts<App> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Signed::of(parts, app).await?.ok_or(Failure::SignIn)
    }
}

/// Somebody who is signed in, or nobody.
pub struct Anybody(pub Option<Viewer>);

impl FromRequestParts<App> for Anybody {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Ok(Anybody(Signed::of(parts, app).await?.map(|s| s.viewer)))
    }
}

/// An extractor that only lets through who may.
macro_rules! may {
    ($(#[$doc:meta])* $name:ident, $permission:ident) => {
        $(#[$doc])*
        pub struct $name(pub Viewer);

        impl FromRequestParts<App> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
                let signed = Signed::from_request_parts(parts, app).await?;
                match signed.viewer.may(Permission::$permission) {
                    true => Ok($name(signed.viewer)),
                    false => Err(Failure::Forbidden),
                }
            }
        }
    };
}

/// May read. An administrator with emergency access to the incident of the address may read that one as well.
pub struct Reader(pub Viewer);

impl FromRequestParts<App> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let signed = Signed::from_request_parts(parts, app).await?;
        if !signed.viewer.may(Permission::Read) {
            return Err(Failure::Forbidden);
        }
        Ok(Reader(emergency::reading(parts, app, &signed).await?.unwrap_or(signed.viewer)))
    }
}

/// May administer, and is there in person: no token will do.
pub struct AdminInPerson(pub Signed);

impl FromRequestParts<App> for AdminInPerson {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let signed = Signed::from_request_parts(parts, app).await?;
        signed.person()?;
        if signed.viewer.may(Permission::Administer) { Ok(AdminInPerson(signed)) } else { Err(Failure::Forbidden) }
    }
}

may!(
    /// May open and change incidents, evidence, retros and actions.
    Writer,
    Write
);
may!(
    /// May approve what others wrote.
    Approver,
    Approve
);
may!(
    /// May let people in.
    Admin,
    Administer
);

/// Those who change something.
macro_rules! acts {
    ($($name:ident),*) => {
        $(impl $name {
            /// A change by this person, now.
            pub fn act<'a>(&'a self, app: &App) -> Act<'a> {
                Act { by: &self.0, at: app.clock.now() }
            }
        })*
    };
}

acts!(Writer, Approver, Admin);
