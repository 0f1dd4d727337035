//! The near-miss log by the month, and its review.

use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::{Stamp, Time};
use super::sent::{Faults, Path, Query, Sent};
use crate::auth::{Reader, Writer};
use crate::failure::{Failure, Field};
use crate::state::App;
use crate::work::incident::REASON;
use crate::work::near_misses as work;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_store::StoreError;
use hindcast_store::near_misses::{self, Count};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// That somebody looked at something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Review {
    /// Who, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// What came of it; may be empty.
    pub note: String,
}

impl From<near_misses::Review> for Review {
    fn from(review: near_misses::Review) -> Self {
        Review { stamp: Stamp::new(review.name, review.at), note: review.note }
    }
}

/// A near-miss of a month.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LoggedNearMiss")]
pub struct Logged {
    /// `12` of INC-12.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The agent; may be empty.
    pub agent: String,
    /// True where only the people named may know of it.
    pub restricted: bool,
    /// When it was logged.
    pub logged_at: Time,
    /// Its tags.
    pub tags: Vec<String>,
    /// That it was looked at.
    pub review: Option<Review>,
}

/// How many incidents were opened in a month, by the severity that they have now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MonthCount {
    /// Such as `2026-11`.
    pub month: String,
    /// Of severity 4.
    pub near_misses: i64,
    /// Near-misses among them that nobody looked at.
    pub unreviewed: i64,
    /// Of severity 1 to 3.
    pub serious: i64,
}

impl MonthCount {
    fn new(month: String, count: Count) -> Self {
        let Count { near_misses, unreviewed, serious } = count;
        MonthCount { month, near_misses, unreviewed, serious }
    }
}

/// A month of the near-miss log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MonthReview {
    /// Such as `2026-11`.
    pub month: String,
    /// Its near-misses, the first one first, 500 at most.
    pub items: Vec<Logged>,
    /// That the month was looked at as a whole.
    pub review: Option<Review>,
    /// This month and the months before it, up to twelve.
    pub months: Vec<MonthCount>,
}

/// Which month.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AskedMonth")]
pub struct Asked {
    /// Such as `2026-11`; the one of today where it is not sent.
    #[schemars(regex(pattern = "^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])$"))]
    month: Option<String>,
}

/// One month.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<MonthReview>, Failure> {
    let month = match asked.month.as_deref() {
        None => work::month(&app, "")?,
        Some(name) => {
            let what = || "is a month such as 2026-11".to_owned();
            name.parse().map_err(|()| Failure::Fields(vec![Field { field: "month".to_owned(), what: what() }]))?
        }
    };
    let read = work::read(&app, &mut *app.store.reader().await?, &viewer, month).await?;
    let logged = |n: near_misses::NearMiss| Logged {
        number: n.number,
        title: n.title,
        agent: n.agent,
        restricted: n.restricted,
        logged_at: Time(n.logged_at),
        tags: n.tags,
        review: n.review.map(Review::from),
    };
    Ok(Json(MonthReview {
        month: month.to_string(),
        items: read.near_misses.into_iter().map(logged).collect(),
        review: read.review.map(Review::from),
        months: read.months.into_iter().map(|(m, count)| MonthCount::new(m.to_string(), count)).collect(),
    }))
}

/// What came of a review.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewReview")]
pub struct Given {
    /// A note.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    note: String,
}

impl Given {
    fn read(&self) -> Result<String, Failure> {
        let mut faults = Faults::default();
        let note = faults.short("note", &self.note, REASON);
        faults.told().map(|()| note)
    }
}

/// Marks one as looked at.
pub async fn mark(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Given>,
) -> Result<Json<Review>, Failure> {
    work::mark(&app, writer.act(&app), number, &sent.value.read()?).await?;
    let review = near_misses::of(&mut *app.store.reader().await?, &writer.0, number).await?;
    Ok(Json(review.ok_or(StoreError::NotFound("review"))?.into()))
}

/// Takes that back.
pub async fn take_back(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<StatusCode, Failure> {
    work::take_back(&app, writer.act(&app), number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many near-misses a month's review marked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Marked {
    /// The month.
    pub month: String,
    /// Near-misses that nobody had looked at before.
    pub marked: u64,
    /// True where more than 500 were left: the month is not marked as reviewed yet. Send the request again.
    pub more: bool,
}

/// Marks a month as looked at.
pub async fn mark_month(
    State(app): State<App>,
    writer: Writer,
    Path(name): Path<String>,
    sent: Sent<Given>,
) -> Result<Json<Marked>, Failure> {
    let note = sent.value.read()?;
    let month = work::month(&app, &name)?;
    let near_misses::Marked { marked, more } = work::mark_month(&app, writer.act(&app), month, &note).await?;
    Ok(Json(Marked { month: month.to_string(), marked: marked as u64, more }))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/near-misses",
            "reviewNearMisses",
            "Gives the near-misses of a month, with how many there were before",
        )
        .query::<Asked>()
        .gives::<MonthReview>(200, "The month"),
        post(
            "/api/v1/near-misses/{month}/review",
            "reviewMonth",
            "Marks every near-miss of a month as reviewed, up to 500 at a time; doing it twice changes no review",
        )
        .body::<Given>()
        .gives::<Marked>(200, "How many were marked")
        .problem(409, "The month has not begun"),
        post(
            "/api/v1/incidents/{number}/review",
            "reviewNearMiss",
            "Marks a near-miss as reviewed, in place of an earlier review",
        )
        .body::<Given>()
        .gives::<Review>(200, "The review")
        .problem(409, "The incident is not of severity 4"),
        delete("/api/v1/incidents/{number}/review", "takeReviewBack", "Takes back that a near-miss was reviewed")
            .gives_nothing("It is done"),
    ]
}
