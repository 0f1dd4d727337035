//! Names that look alike. Approvals, the history and the audit log show people by name, so that two accounts must not have the same one to
//! the eye: `Ada` and `Аda` with a Cyrillic letter, or `Dana` and `dana`.

use crate::{Conn, StoreError, Tx, Viewer, chain};
use sqlx::Row;
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// What a name looks like, in two ways. Letter case is folded before look-alikes are for one, and after for the other: `I` looks like `l`,
/// and `i` does not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look([String; 2]);

impl Look {
    fn of(name: &str) -> Self {
        let name: String =
            name.nfkc().filter(|c| !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')).collect();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let folded: String = name.to_lowercase().nfkc().collect();
        Look([skeleton(&folded).collect(), skeleton(&name).collect::<String>().to_lowercase()])
    }

    fn is_like(&self, other: &Look) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a == b)
    }
}

/// True where two names look the same.
pub fn alike(one: &str, other: &str) -> bool {
    Look::of(one).is_like(&Look::of(other))
}

/// A name that looks like no account's: the name, or the name with a number. For accounts whose name nobody can be asked to change.
///
/// # Errors
/// When the database does not answer.
pub async fn distinct(tx: &mut Tx, name: &str) -> Result<String, StoreError> {
    chain::hold(tx).await?;
    let taken = looks(tx).await?;
    let numbered = (2..).map(|n: u64| format!("{name} ({n})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered).take(taken.len() + 1);
    let free = names.find(|name| {
        let look = Look::of(name);
        !taken.iter().any(|t| t.is_like(&look))
    });
    Ok(free.unwrap_or_else(|| name.to_owned()))
}

/// Refuses a name that looks like that of another account, active or not, or like the program's own.
///
/// # Errors
/// [`StoreError::Conflict`] says so.
pub(crate) async fn refuse(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    let look = Look::of(name);
    match looks(conn).await?.iter().any(|taken| taken.is_like(&look)) {
        false => Ok(()),
        true => Err(StoreError::Conflict(TAKEN.to_owned())),
    }
}

/// What somebody reads whose name is taken.
pub const TAKEN: &str =
    "another account has this name, or one that looks the same: add something that tells the two apart, such as a team";

async fn looks(conn: &mut Conn) -> Result<Vec<Look>, StoreError> {
    let rows = sqlx::query("SELECT name FROM account").fetch_all(conn).await?;
    let names: Result<Vec<String>, sqlx::Error> = rows.iter().map(|row| row.try_get("name")).collect();
    let own = std::iter::once(Viewer::system().name);
    Ok(names?.into_iter().chain(own).map(|name| Look::of(&name)).collect())
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn names_are_compared_as_the_eye_sees_them() {
        let same = [
            ("Ada", "Ada"),
            ("Ada", "ada"),
            ("Ada", "Аda"),
            ("Ada Lovelace", "Ada  Lovelace"),
            ("Ada Lovelace", "Ada\u{a0}Lovelace"),
            ("Ada", "Ａda"),
            ("Illya", "lllya"),
            ("Dana 1", "Dana l"),
            ("Marna", "Mama"),
            ("Zo\u{eb}", "Zoe\u{308}"),
            ("می\u{200c}خواهم", "میخواهم"),
        ];
        for (one, other) in same {
            assert!(alike(one, other), "{one} and {other}");
        }
        for (one, other) in [("Ada", "Adam"), ("Zoe", "Zoë"), ("Ada (2)", "Ada (3)"), ("山田", "山本")] {
            assert!(!alike(one, other), "{one} and {other}");
        }
    }
}
