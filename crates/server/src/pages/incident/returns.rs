//! The forms with which evidence is erased, and an incident is told to be the return of another.

use crate::auth::{Approver, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::pages::frame::go;
use crate::state::App;
use crate::work::change::change;
use crate::work::incident::REASON;
use crate::work::{action, erasure};
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_store::{incidents, recurrences};

/// Erases a file.
pub async fn erase(
    State(app): State<App>,
    approver: Approver,
    Path((number, id)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    // Found first: who may not know of the incident is not told what is wrong with the form either.
    incidents::find(&mut *app.store.reader().await?, &approver.0, number).await?;
    let why = fields.required("reason", "Why it is erased", REASON)?;
    erasure::erase(&app, approver.act(&app), number, &id, &why).await?;
    Ok(go(&format!("/incidents/{number}#evidence")))
}

/// The number of an incident as people write it: `12` or `INC-12`.
fn reference(text: &str) -> Result<i64, Failure> {
    let digits =
        text.trim().trim_start_matches(['i', 'I']).trim_start_matches(['n', 'N']).trim_start_matches(['c', 'C']);
    let number = digits.trim_start_matches('-').parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| Failure::Invalid("Earlier incident: write its number, such as INC-12.".to_owned()))
}

/// Tells that the incident is the return of an earlier one.
pub async fn recurred(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let earlier = reference(fields.get("earlier"))?;
    let reason = fields.short("reason", "Why", REASON)?;
    action::recurred(&app, writer.act(&app), number, earlier, &reason).await?;
    Ok(go(&format!("/incidents/{number}#before")))
}

/// Takes it back.
pub async fn not_recurred(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let earlier = reference(fields.get("earlier"))?;
    change(&app, async |tx| Ok(recurrences::withdraw(tx, writer.act(&app), number, earlier).await?)).await?;
    Ok(go(&format!("/incidents/{number}#before")))
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn an_incident_is_named_as_people_write_it() {
        for text in ["12", "INC-12", " inc-12 ", "Inc12"] {
            assert_eq!(reference(text).ok(), Some(12), "{text}");
        }
        for text in ["", "INC-", "-0", "0", "12a", "INC-99999999999999999999"] {
            assert!(reference(text).is_err(), "{text}");
        }
    }
}
