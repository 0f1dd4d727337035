//! Emergency access, taken up by whatever reads an incident by its number in a browser. What is read is put down first.

use super::Signed;
use crate::failure::Failure;
use crate::state::App;
use crate::work::change::change;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use hindcast_retro::record::people::Permission;
use hindcast_store::{Act, Viewer, emergency};

/// Addresses that give something out to keep: each time is put down. Of all others the first time counts.
const GIVEN_OUT: [&str; 5] = [
    "/incidents/{number}/evidence/{id}",
    "/api/v1/incidents/{number}/evidence/{id}/bytes",
    // As Markdown or HTML where `Accept` asks for it.
    "/api/v1/incidents/{number}/retro",
    "/api/v1/incidents/{number}/retro.md",
    "/api/v1/incidents/{number}/retro.html",
];
/// Characters of an address that are put down.
const ADDRESS: usize = 200;

/// The viewer as one who reads with emergency access; `None` where the request is none that may, or the viewer has none.
///
/// # Errors
/// Where the reading cannot be put down: then nothing is read.
pub async fn reading(parts: &mut Parts, app: &App, signed: &Signed) -> Result<Option<Viewer>, Failure> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if !reads || signed.person().is_err() || !signed.viewer.may(Permission::Administer) {
        return Ok(None);
    }
    let Some(path) = parts.extensions.get::<MatchedPath>().map(|p| p.as_str().to_owned()) else { return Ok(None) };
    let of_incident = path.strip_prefix("/api/v1").unwrap_or(&path).strip_prefix("/incidents/{number}");
    if !of_incident.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Ok(None);
    }
    let Some(number) = number(parts, app).await else { return Ok(None) };
    let now = app.clock.now();
    let mut conn = app.store.reader().await?;
    let Some(viewer) = emergency::begin(&mut conn, &signed.viewer, number, now).await? else { return Ok(None) };
    let address: String = parts.uri.path().chars().take(ADDRESS).collect();
    if GIVEN_OUT.contains(&path.as_str()) || !emergency::is_recorded(&mut conn, &viewer, &address).await? {
        drop(conn);
        change(app, async |tx| Ok(emergency::record(tx, Act { by: &viewer, at: now }, &address).await?)).await?;
    }
    Ok(Some(viewer))
}

async fn number(parts: &mut Parts, app: &App) -> Option<i64> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    params.iter().find(|(name, _)| *name == "number").and_then(|(_, number)| number.parse().ok())
}
