//! Every address of the server, with who may use it.
//!
//! The table is the router: what is not in it does not exist, and the test of rights goes through it line by line.

use crate::bodies::{self, Rooms};
use crate::failure::{self, Failure};
use crate::fair::{self, Shares};
use crate::form;
use crate::pages::{
    account, actions, affected, emergency, forgot, home, incident, incidents, jobs, light, near_misses, notices,
    people, people_access, provider, retro, review, revisions, second_factor, section, setup, sign_in, sign_in_code,
};
use crate::state::App;
use crate::{api, assets, health, metrics, trail};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Who may use an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Anybody,
    /// Whoever is signed in.
    Signed,
    /// Who may read.
    Read,
    /// Who may write.
    Write,
    /// Who may approve.
    Approve,
    /// Who may administer.
    Administer,
}

/// An address.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
}

macro_rules! routes {
    ($($method:ident $path:literal $who:ident $handler:expr;)*) => {
        /// Every address.
        pub const TABLE: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, who: Who::$who },)*
        ];

        fn table(router: Router<App>) -> Router<App> {
            router$(.route($path, method::$method($handler)))*
        }
    };
}

/// Methods by the names that the table uses.
#[expect(non_snake_case)]
mod method {
    use super::{App, MethodRouter};
    use axum::handler::Handler;

    pub fn GET<H: Handler<T, App>, T: 'static>(handler: H) -> MethodRouter<App> {
        axum::routing::get(handler)
    }

    pub fn POST<H: Handler<T, App>, T: 'static>(handler: H) -> MethodRouter<App> {
        axum::routing::post(handler)
    }

    pub fn PATCH<H: Handler<T, App>, T: 'static>(handler: H) -> MethodRouter<App> {
        axum::routing::patch(handler)
    }

    pub fn DELETE<H: Handler<T, App>, T: 'static>(handler: H) -> MethodRouter<App> {
        axum::routing::delete(handler)
    }
}

routes! {
    GET "/health/live" Anybody health::live;
    GET "/health/ready" Anybody health::ready;
    GET "/metrics" Read metrics::show;
    GET "/assets/keys.js" Anybody assets::script;
    GET "/assets/{file}" Anybody assets::style;
    GET "/sign-in" Anybody sign_in::show;
    POST "/sign-in" Anybody sign_in::submit;
    GET "/sign-in/code" Anybody sign_in_code::show;
    POST "/sign-in/code" Anybody sign_in_code::submit;
    GET "/sign-in/forgot" Anybody forgot::show;
    POST "/sign-in/forgot" Anybody forgot::submit;
    GET "/sign-in/provider" Anybody provider::start;
    GET "/sign-in/provider/callback" Anybody provider::callback;
    POST "/sign-out" Signed sign_in::sign_out;
    GET "/enter/{token}" Anybody setup::enter;
    GET "/setup/{token}" Anybody setup::show;
    POST "/setup/{token}" Anybody setup::submit;
    GET "/" Read home::show;
    GET "/incidents" Read incidents::list;
    POST "/incidents" Write incidents::create;
    GET "/incidents/new" Write incidents::new;
    GET "/near-miss" Write incidents::new_near_miss;
    GET "/near-misses" Read near_misses::show;
    POST "/near-misses/{month}/reviewed" Write near_misses::mark_month;
    POST "/incidents/{number}/reviewed" Write near_misses::mark;
    GET "/incidents/{number}" Read incident::show;
    POST "/incidents/{number}/details" Write incident::details;
    POST "/incidents/{number}/status" Write incident::status;
    POST "/incidents/{number}/severity" Write incident::severity;
    POST "/incidents/{number}/severity/confirm" Approve incident::confirm_severity;
    POST "/incidents/{number}/times" Write incident::moments;
    POST "/incidents/{number}/first-response" Write incident::first_response;
    POST "/incidents/{number}/restricted" Write incident::restrict;
    POST "/incidents/{number}/people" Write incident::person;
    POST "/incidents/{number}/people/remove" Write incident::remove_person;
    POST "/incidents/{number}/tags" Write incident::tag;
    POST "/incidents/{number}/tags/remove" Write incident::untag;
    GET "/incidents/{number}/evidence/{id}" Read incident::download;
    POST "/incidents/{number}/evidence/{id}/erase" Approve incident::erase;
    POST "/incidents/{number}/recurrences" Write incident::recurred;
    POST "/incidents/{number}/recurrences/remove" Write incident::not_recurred;
    GET "/incidents/{number}/retro" Read retro::show;
    POST "/incidents/{number}/retro" Write retro::create;
    POST "/incidents/{number}/retro/redraft" Write retro::redraft;
    POST "/incidents/{number}/retro/leads/{id}" Write retro::decide_lead;
    GET "/incidents/{number}/retro/light" Read light::show;
    POST "/incidents/{number}/retro/light" Write light::submit;
    GET "/incidents/{number}/retro/{section}/edit" Write section::show;
    POST "/incidents/{number}/retro/{section}/edit" Write section::submit;
    GET "/incidents/{number}/retro/review" Read review::show;
    POST "/incidents/{number}/retro/review" Write review::submit;
    POST "/incidents/{number}/retro/return" Write review::give_back;
    POST "/incidents/{number}/retro/waivers/{rule}" Write review::waive;
    POST "/incidents/{number}/retro/approve" Approve review::approve;
    POST "/incidents/{number}/retro/reopen" Write review::reopen;
    GET "/incidents/{number}/retro/revisions" Read revisions::list;
    GET "/incidents/{number}/retro/revisions/{revision}" Read revisions::show;
    GET "/incidents/{number}/actions/{id}" Read actions::show;
    POST "/incidents/{number}/actions/{id}" Write actions::change;
    GET "/incidents/{number}/affected" Read affected::show;
    POST "/incidents/{number}/affected/{nth}" Write affected::set;
    GET "/actions" Read actions::list;
    GET "/notices" Read notices::list;
    POST "/notices/read" Read notices::read_all;
    POST "/notices/{id}/read" Read notices::read;
    GET "/jobs" Administer jobs::list;
    POST "/jobs/{id}/retry" Administer jobs::retry;
    GET "/people" Administer people::list;
    POST "/people" Administer people::invite;
    POST "/people/invitations/{id}/revoke" Administer people::revoke;
    GET "/people/access" Administer people_access::list;
    POST "/people/{id}/logins/{login}/end" Administer people_access::end_login;
    POST "/people/{id}/tokens/{api_token}/revoke" Administer people_access::revoke_token;
    POST "/people/{id}/links/remove" Administer people_access::end_links;
    POST "/people/{id}/access/end" Administer people_access::end_all;
    POST "/people/{id}/second-factor/reset" Administer second_factor::reset;
    POST "/people/{id}/role" Administer people::set_role;
    POST "/people/{id}/disabled" Administer people::set_disabled;
    GET "/emergency-access" Administer emergency::list;
    POST "/emergency-access" Administer emergency::open;
    POST "/incidents/{number}/emergency-access/{access}/end" Write emergency::end;
    GET "/account" Signed account::show;
    POST "/account/password" Signed account::set_password;
    GET "/account/second-factor" Signed second_factor::show;
    POST "/account/second-factor" Signed second_factor::begin;
    POST "/account/second-factor/confirm" Signed second_factor::turn_on;
    POST "/account/second-factor/codes" Signed second_factor::renew_codes;
    POST "/account/second-factor/off" Signed second_factor::turn_off;
    POST "/account/provider" Signed provider::link;
    POST "/account/provider/unlink" Signed provider::unlink;
    POST "/account/logins/{id}/end" Signed account::end_login;
    POST "/account/tokens" Signed account::make_token;
    POST "/account/tokens/{id}/revoke" Signed account::revoke_token;
    GET "/api/openapi.json" Anybody api::openapi::show;
    GET "/api/v1/incidents" Read api::incidents::list;
    POST "/api/v1/incidents" Write api::incidents::create;
    POST "/api/v1/near-misses" Write api::incidents::near_miss;
    GET "/api/v1/near-misses" Read api::near_misses::list;
    POST "/api/v1/near-misses/{month}/review" Write api::near_misses::mark_month;
    POST "/api/v1/incidents/{number}/review" Write api::near_misses::mark;
    DELETE "/api/v1/incidents/{number}/review" Write api::near_misses::take_back;
    GET "/api/v1/incidents/{number}" Read api::incidents::show;
    PATCH "/api/v1/incidents/{number}" Write api::incidents::change;
    POST "/api/v1/incidents/{number}/severity/confirm" Approve api::incidents::confirm_severity;
    POST "/api/v1/incidents/{number}/first-response" Write api::incidents::first_response;
    GET "/api/v1/incidents/{number}/deadlines" Read api::incidents::deadlines;
    GET "/api/v1/deadlines" Read api::due::list;
    GET "/api/v1/counts" Read api::due::counts;
    GET "/api/v1/people" Read api::people::all;
    POST "/api/v1/incidents/{number}/people" Write api::people::name;
    DELETE "/api/v1/incidents/{number}/people/{account}/{duty}" Write api::people::unname;
    POST "/api/v1/incidents/{number}/tags" Write api::people::tag;
    DELETE "/api/v1/incidents/{number}/tags/{tag}" Write api::people::untag;
    GET "/api/v1/incidents/{number}/evidence" Read api::evidence::list;
    GET "/api/v1/incidents/{number}/evidence/{id}" Read api::evidence::show;
    GET "/api/v1/incidents/{number}/evidence/{id}/bytes" Read api::evidence::download;
    POST "/api/v1/incidents/{number}/evidence/{id}/erasure" Approve api::evidence::erase;
    GET "/api/v1/incidents/{number}/recurrences" Read api::recurrences::list;
    POST "/api/v1/incidents/{number}/recurrences" Write api::recurrences::tell;
    DELETE "/api/v1/incidents/{number}/recurrences/{earlier}" Write api::recurrences::withdraw;
    GET "/api/v1/incidents/{number}/affected" Read api::affected::list;
    GET "/api/v1/incidents/{number}/affected/{nth}" Read api::affected::show;
    PATCH "/api/v1/incidents/{number}/affected/{nth}" Write api::affected::change;
    GET "/api/v1/incidents/{number}/retro" Read api::retro::show;
    POST "/api/v1/incidents/{number}/retro" Write api::retro::create;
    GET "/api/v1/incidents/{number}/retro.md" Read api::retro::export_markdown;
    GET "/api/v1/incidents/{number}/retro.html" Read api::retro::export_html;
    POST "/api/v1/incidents/{number}/retro/redraft" Write api::retro::redraft;
    POST "/api/v1/incidents/{number}/retro/leads/{id}" Write api::retro::decide_lead;
    GET "/api/v1/incidents/{number}/retro/sections/{section}" Read api::sections::show;
    PATCH "/api/v1/incidents/{number}/retro/sections/{section}" Write api::sections::change;
    GET "/api/v1/incidents/{number}/retro/gate" Read api::review::gate;
    POST "/api/v1/incidents/{number}/retro/submit" Write api::review::submit;
    POST "/api/v1/incidents/{number}/retro/return" Write api::review::give_back;
    POST "/api/v1/incidents/{number}/retro/approve" Approve api::review::approve;
    POST "/api/v1/incidents/{number}/retro/reopen" Write api::review::reopen;
    POST "/api/v1/incidents/{number}/retro/waivers/{rule}" Write api::review::waive;
    DELETE "/api/v1/incidents/{number}/retro/waivers/{rule}" Write api::review::unwaive;
    GET "/api/v1/incidents/{number}/retro/revisions" Read api::revisions::list;
    GET "/api/v1/incidents/{number}/retro/revisions/{revision}" Read api::revisions::show;
    GET "/api/v1/actions" Read api::actions::list;
    GET "/api/v1/incidents/{number}/actions" Read api::actions::of_incident;
    GET "/api/v1/incidents/{number}/actions/{id}" Read api::actions::show;
    PATCH "/api/v1/incidents/{number}/actions/{id}" Write api::actions::change;
    GET "/api/v1/incidents/{number}/events" Read api::events::list;
    GET "/api/v1/notices" Read api::notices::list;
    POST "/api/v1/notices/read" Read api::notices::read_all;
    POST "/api/v1/notices/{notice}/read" Read api::notices::read;
    GET "/api/v1/jobs" Administer api::jobs::list;
    POST "/api/v1/jobs/{job}/retry" Administer api::jobs::retry;
    GET "/api/v1/accounts" Administer api::accounts::list;
    GET "/api/v1/accounts/invitations" Administer api::invitations::list;
    POST "/api/v1/accounts/invitations" Administer api::invitations::invite;
    DELETE "/api/v1/accounts/invitations/{id}" Administer api::invitations::revoke;
    GET "/api/v1/accounts/logins" Administer api::access::list_logins;
    GET "/api/v1/accounts/tokens" Administer api::access::list_tokens;
    DELETE "/api/v1/accounts/{id}/logins/{login}" Administer api::access::end_login;
    DELETE "/api/v1/accounts/{id}/tokens/{api_token}" Administer api::access::revoke_token;
    DELETE "/api/v1/accounts/{id}/links" Administer api::access::end_links;
    DELETE "/api/v1/accounts/{id}/access" Administer api::access::end_all;
    DELETE "/api/v1/accounts/{id}/second-factor" Administer api::accounts::reset_second_factor;
    PATCH "/api/v1/accounts/{id}" Administer api::accounts::change;
    GET "/api/v1/emergency-access" Administer api::emergency::list;
    POST "/api/v1/emergency-access" Administer api::emergency::open;
    GET "/api/v1/incidents/{number}/emergency-access" Read api::emergency::of_incident;
    DELETE "/api/v1/incidents/{number}/emergency-access/{access}" Write api::emergency::end;
    GET "/api/v1/account" Signed api::account::show;
    GET "/api/v1/account/logins" Signed api::account::list_logins;
    DELETE "/api/v1/account/logins/{id}" Signed api::account::end_login;
    GET "/api/v1/account/tokens" Signed api::account::list_tokens;
    POST "/api/v1/account/tokens" Signed api::account::make_token;
    DELETE "/api/v1/account/tokens/{id}" Signed api::account::revoke_token;
    POST "/api/v1/account/password" Signed api::account::set_password;
}

/// Addresses whose bodies may be large: they stand apart for their limit.
pub const UPLOADS: [Route; 4] = [
    Route { method: "POST", path: "/incidents/{number}/evidence", who: Who::Write },
    Route { method: "POST", path: "/incidents/{number}/affected", who: Who::Write },
    Route { method: "POST", path: "/api/v1/incidents/{number}/evidence", who: Who::Write },
    Route { method: "POST", path: "/api/v1/incidents/{number}/affected", who: Who::Write },
];

/// How long a request may take, an upload over a slow line included.
const LONGEST: Duration = Duration::from_secs(120);

/// What pages may load and where their forms go: this server only; nothing runs that it did not send.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The router.
pub fn router(app: App) -> Router {
    let upload = app.config.upload_limit;
    let uploads = Router::new()
        .route(UPLOADS[0].path, axum::routing::post(incident::upload))
        .route(UPLOADS[1].path, axum::routing::post(affected::import))
        .route(UPLOADS[2].path, axum::routing::post(api::evidence::upload))
        .route(UPLOADS[3].path, axum::routing::post(api::affected::import))
        .layer(DefaultBodyLimit::max(upload.saturating_add(form::AROUND)));
    let csrf = csrf(app.config.public_url.as_deref());
    let always = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let bodies = Rooms::new(app.config.body_room, app.config.body_time);
    let all = table(Router::new())
        .method_not_allowed_fallback(|| async { Failure::Method })
        .fallback(|| async { Failure::NotFound("There is nothing at this address.".to_owned()) })
        .layer(DefaultBodyLimit::max(form::MOST))
        .merge(uploads)
        .layer(csrf.with_rejection_response(|_| -> Response { Failure::Elsewhere.into_response() }));
    let shares = Arc::new(Shares::new(app.config.rates));
    // Browsers that were here once use nothing but https for a year.
    let strict = app.config.is_https().then(|| always(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    let large = from_fn_with_state(Arc::clone(&app.pools), api::json::write_large);
    guarded(all.layer(large).layer(from_fn_with_state(shares, fair::share)), bodies, LONGEST)
        .layer(always(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(header::REFERRER_POLICY, "same-origin"))
        .layer(always(header::CACHE_CONTROL, "no-store"))
        .layer(tower::util::option_layer(strict))
        .layer(from_fn_with_state(app.clone(), trail::follow))
        .with_state(app)
}

/// Nothing that happens behind this keeps a request from its answer: a body too large or too slow, work without an end, a
/// panic. What went wrong gets the form that the request asks for last of all.
fn guarded<S: Clone + Send + Sync + 'static>(all: Router<S>, bodies: Rooms, longest: Duration) -> Router<S> {
    all.layer(from_fn_with_state(bodies, bodies::watch))
        .layer(from_fn_with_state(longest, in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(failure::tell))
}

async fn in_time(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::Overdue.into_response(),
    }
}

/// The words of a panic may hold what somebody sent: they are not told.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Failure::Internal("a handler panicked".to_owned()).into_response()
}

/// Forms come from this server only. A proxy may change `Host`: the address that people use is trusted by name.
fn csrf(public_url: Option<&str>) -> CsrfLayer {
    match public_url.map(|url| CsrfLayer::new().add_trusted_origin(url)) {
        Some(Ok(layer)) => layer,
        // An address that is none was told at the start; without it the check is only stricter.
        _ => CsrfLayer::new(),
    }
}

#[cfg(test)]
mod tests;
