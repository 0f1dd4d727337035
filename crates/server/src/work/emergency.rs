//! Opening a restricted incident in an emergency: with a reason, and with the administrator's own password, and a code if they have a second
//! factor.

use super::change::change;
use super::confirm::{Wrong, confirm};
use crate::auth::Signed;
use crate::failure::Failure;
use crate::line;
use crate::state::App;
use hindcast_store::emergency::{self, Grant};
use hindcast_store::{Act, StoreError, Tx, incidents};

/// Characters of a reason at least.
pub const SHORTEST: usize = 10;
/// Characters of a reason at most.
pub const LONGEST: usize = 2000;

/// A reason, here and for a successor, as it is kept: without blanks around it, with line ends of one kind.
///
/// # Errors
/// With what is wrong with it.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    // Joiners are needed by scripts and emoji; they do not make a reason longer.
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    if let Some(fault) = line::fault_in_lines(&text) {
        return Err(fault);
    }
    let long = text.chars().filter(|c| !joins(*c)).count();
    if long < SHORTEST || text.chars().count() > LONGEST {
        return Err(format!("must have {SHORTEST} to {LONGEST} characters"));
    }
    Ok(text)
}

/// What somebody asks for.
pub struct Asked<'a> {
    /// The incident's number.
    pub number: i64,
    /// Why, as [`reason`] gives it.
    pub reason: &'a str,
    /// The password of whoever asks.
    pub password: &'a str,
    /// A code, if they have a second factor; else empty.
    pub code: &'a str,
}

/// What became of it.
pub enum Outcome {
    /// The incident is open for reading.
    Opened(Grant),
    /// The password or the code is not the right one.
    Wrong(Wrong),
    /// There is no incident with this number.
    NoIncident,
}

/// Opens a restricted incident, once the password is confirmed.
///
/// # Errors
/// After too many wrong passwords, and where the incident can be read already.
pub async fn open(app: &App, signed: &Signed, asked: Asked<'_>) -> Result<Outcome, Failure> {
    if let Err(wrong) = confirm(app, signed, asked.password, asked.code).await? {
        return Ok(Outcome::Wrong(wrong));
    }
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    change(app, async |tx| match emergency::open(tx, act, asked.number, asked.reason).await {
        Ok(grant) => Ok(Outcome::Opened(grant)),
        Err(StoreError::NotFound(_)) => Ok(Outcome::NoIncident),
        Err(e) => Err(e.into()),
    })
    .await
}

/// Ends emergency access. Whether the incident can still be read after that is given.
///
/// # Errors
/// As [`emergency::end`].
pub async fn end(tx: &mut Tx, act: Act<'_>, number: i64, id: i64) -> Result<bool, Failure> {
    emergency::end(tx, act, number, id).await?;
    Ok(incidents::find(tx, act.by, number).await.is_ok())
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_is_as_long_as_what_can_be_seen_of_it() {
        assert_eq!(reason("  The lead\r\nis away. ").as_deref(), Ok("The lead\nis away."));
        let joined = "\u{200d}".repeat(20);
        for short in ["", "too short", "          ", joined.as_str(), &"x".repeat(2001)] {
            assert!(reason(short).is_err_and(|e| e == "must have 10 to 2000 characters"), "{short:?}");
        }
        assert!(reason("The lead is away 👩\u{200d}🚒, and می\u{200c}خواهم").is_ok());
        for hidden in ['\u{200b}', '\u{202e}', '\u{2800}', '\u{7}', '\r', '\u{e0041}'] {
            let told = reason(&format!("The lead is{hidden} away.")).expect_err("is refused");
            assert!(told.starts_with("contains a") && told.contains("(U+"), "{told}");
        }
    }
}
