//! Who is named in an incident, and its tags.

use super::accounts::page;
use super::cursor::{Page, Paging};
use super::incidents::{Incident, answer};
use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::names;
use super::sent::{Faults, Path, Query, Sent};
use super::shown::shown;
use crate::auth::{Reader, Writer};
use crate::failure::{Failure, Field};
use crate::state::App;
use crate::work::change::change;
use crate::work::incident::{self as work, TAG};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hindcast_retro::record::people::Duty;
use hindcast_store::accounts;
use hindcast_store::incidents;
use schemars::JsonSchema;
use serde::Deserialize;

shown! {
    /// Somebody who may be named.
    #[schemars(rename = "KnownPerson")]
    pub struct Known from accounts::Account as account {
        /// The account.
        account: String = account.id,
        /// The name.
        name: String,
    }
}

/// Everybody who may be named.
pub async fn all(
    State(app): State<App>,
    Reader(_): Reader,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<Known>>, Failure> {
    page(&app, &asked, true).await
}

/// Somebody to name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPerson")]
pub struct Named {
    /// The account.
    account: String,
    /// What for.
    #[schemars(schema_with = "names::duty")]
    duty: String,
}

fn duty(name: &str) -> Result<Duty, Failure> {
    let what = || format!("is one of {}", Duty::ALL.map(Duty::name).join(", "));
    name.parse().map_err(|_| Failure::Fields(vec![Field { field: "duty".to_owned(), what: what() }]))
}

/// Names somebody.
pub async fn name(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Named>,
) -> Result<Response, Failure> {
    let duty = duty(&sent.value.duty)?;
    let account = &sent.value.account;
    change(&app, async |tx| Ok(incidents::set_person(tx, writer.act(&app), number, account, duty).await?)).await?;
    answer(&app, &writer.0, number).await
}

/// Names somebody no more.
pub async fn unname(
    State(app): State<App>,
    writer: Writer,
    Path((number, account, name)): Path<(i64, String, String)>,
) -> Result<StatusCode, Failure> {
    let duty = name.parse().map_err(|_| Failure::NotFound("There is no such duty.".to_owned()))?;
    change(&app, async |tx| work::unname(tx, writer.act(&app), number, &account, duty).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A tag to put on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewTag")]
pub struct Tag {
    /// The tag; kept in lower case.
    #[schemars(length(min = 1, max = 50), regex(pattern = r"\S"))]
    tag: String,
}

/// Puts a tag on.
pub async fn tag(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Tag>,
) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let tag = faults.required("tag", &sent.value.tag, TAG).to_lowercase();
    faults.told()?;
    change(&app, async |tx| Ok(incidents::add_tag(tx, writer.act(&app), number, &tag).await?)).await?;
    answer(&app, &writer.0, number).await
}

/// Takes a tag off.
pub async fn untag(
    State(app): State<App>,
    writer: Writer,
    Path((number, tag)): Path<(i64, String)>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| work::untag(tx, writer.act(&app), number, &tag).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/people", "listPeople", "Lists everybody who may be named in an incident, by name")
            .query::<Paging>()
            .gives::<Page<Known>>(200, "A page of the list"),
        post("/api/v1/incidents/{number}/people", "namePerson", "Names somebody; doing it twice changes nothing")
            .body::<Named>()
            .gives::<Incident>(200, "The incident as it is now")
            .tagged(),
        delete("/api/v1/incidents/{number}/people/{account}/{duty}", "unnamePerson", "Names somebody no more")
            .gives_nothing("It is done")
            .problem(409, "Nobody would be left who may see a restricted incident"),
        post("/api/v1/incidents/{number}/tags", "addTag", "Puts a tag on; doing it twice changes nothing")
            .body::<Tag>()
            .gives::<Incident>(200, "The incident as it is now")
            .tagged(),
        delete("/api/v1/incidents/{number}/tags/{tag}", "removeTag", "Takes a tag off").gives_nothing("It is done"),
    ]
}
