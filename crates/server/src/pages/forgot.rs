//! For whoever forgot the password: a link comes by mail. What is answered, and how soon, does not tell whether there is an account.

use super::frame::{go, page};
use super::sign_in;
use crate::assets;
use crate::auth::throttle::{Browser, resets};
use crate::failure::Failure;
use crate::form::Fields;
use crate::mail::Post;
use crate::source::Source;
use crate::state::App;
use crate::trail::Trail;
use askama::Template;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "forgot.html")]
struct Page<'a> {
    style: &'a str,
}

/// Without mail there is no such page.
fn post(app: &App) -> Result<&Post, Failure> {
    app.post.as_ref().ok_or_else(|| Failure::NotFound("This server sends no mail.".to_owned()))
}

/// The form.
pub async fn show(State(app): State<App>) -> Result<Response, Failure> {
    post(&app)?;
    page(&Page { style: assets::style_path() })
}

/// Has a link sent.
pub async fn submit(
    State(app): State<App>,
    Extension(trail): Extension<Arc<Trail>>,
    source: Source,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let post = post(&app)?;
    let email = fields.get("email").to_lowercase();
    if resets::count(&app, &email, &Browser::of(&app, &headers, source)).await? {
        post.forgot(&email, trail.id());
    }
    Ok(go(&sign_in::telling(sign_in::LINK_SENT)))
}
