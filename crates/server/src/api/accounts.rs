//! Who may do what: accounts.

use super::cursor::{Page, Paging, Part};
use super::file::fault;
use super::json::Json;
use super::openapi::{Operation, delete, get, patch};
use super::schema::Time;
use super::sent::{Path, Query, Sent};
use super::shown::shown;
use crate::auth::{Admin, AdminInPerson};
use crate::failure::Failure;
use crate::state::App;
use crate::work::account::{AccountChange, RANK, manage};
use crate::work::emergency::{LONGEST, SHORTEST, reason};
use crate::work::second_factor::reset;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_retro::record::people::Role;
use hindcast_store::accounts::{self, Account as Kept};
use hindcast_store::second_factors;
use schemars::JsonSchema;
use serde::Deserialize;

shown! {
    /// An account.
    pub struct Account from Kept as account {
        /// Its id.
        id: String,
        /// The address that it signs in with.
        email: String,
        /// The name that people see.
        name: String,
        /// What it may do.
        role: Role,
        /// True where it has a second factor.
        second_factor: bool = false,
        /// Since when.
        created_at: Time = Time(account.created_at),
        /// When it was deactivated.
        disabled_at: Option<Time> = account.disabled_at.map(Time),
    }
}

/// A page of the accounts, by name; with `enabled` only those that may sign in.
pub async fn page<T: From<Kept>>(app: &App, asked: &Paging, enabled: bool) -> Result<Json<Page<T>>, Failure> {
    let cursor = asked.cursor(&[Part::Text, Part::Text])?;
    let after = cursor.text(1).zip(cursor.text(0));
    let rows = accounts::page(&mut *app.store.reader().await?, enabled, after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |a| format!("{} {}", a.id, a.name), T::from)))
}

/// The list.
pub async fn list(
    State(app): State<App>,
    _: Admin,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<Account>>, Failure> {
    let holders = second_factors::holders(&mut *app.store.reader().await?).await?;
    let Json(mut page) = page::<Account>(&app, &asked, false).await?;
    for account in &mut page.items {
        account.second_factor = holders.contains(&account.id);
    }
    Ok(Json(page))
}

/// What to change of an account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AccountChange")]
pub struct Change {
    /// What it may do.
    role: Option<Role>,
    /// True if it may no longer sign in; its sessions and tokens end.
    disabled: Option<bool>,
    /// The account that leads the restricted incidents from now on that nobody else could lead or edit.
    successor: Option<String>,
    /// Why a successor is named: needed then, and told to everybody named in those incidents.
    #[schemars(length(min = SHORTEST, max = LONGEST))]
    reason: Option<String>,
}

/// Changes an account.
pub async fn change(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    sent: Sent<Change>,
) -> Result<Json<Account>, Failure> {
    let act = admin.act(&app);
    let mut tx = app.begin().await?;
    let Change { role, disabled, successor, reason: why } = &sent.value;
    let why = match (why, successor) {
        (None, None) => String::new(),
        (why, _) => reason(why.as_deref().unwrap_or_default()).map_err(|what| fault("reason", &what))?,
    };
    let to = AccountChange { role: *role, disabled: *disabled, successor: successor.as_deref(), reason: &why };
    manage(&mut tx, act, &id, to).await?;
    let account = accounts::find(&mut tx, &id).await?;
    let second_factor = second_factors::find(&mut tx, &id).await?.is_some();
    tx.commit().await?;
    Ok(Json(Account { second_factor, ..account.into() }))
}

/// Resets the second factor of somebody else.
pub async fn reset_second_factor(
    State(app): State<App>,
    AdminInPerson(admin): AdminInPerson,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    reset(&app, &admin, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/accounts", "listAccounts", "Lists all accounts, by name")
            .query::<Paging>()
            .gives::<Page<Account>>(200, "A page of the list"),
        patch("/api/v1/accounts/{id}", "changeAccount", "Changes what an account may do, or whether it may sign in")
            .body::<Change>()
            .gives::<Account>(200, "The account as it is now")
            .problem(403, RANK)
            .problem(
                409,
                "No administrator would be left, or restricted incidents need this account and no successor is named",
            ),
        delete(
            "/api/v1/accounts/{id}/second-factor",
            "resetSecondFactor",
            "Resets the second factor of somebody else, ends their sessions and tells them",
        )
        .gives_nothing("It is reset")
        .problem(409, "The account has no second factor, or is your own")
        .by_session(),
    ]
}
