//! The words that search looks through: folded here, so that both databases find the same in every script, and kept
//! beside the incident, so that no draft is read for a search.

use crate::{Conn, StoreError, Tx};
use hindcast_retro::draft::Draft;
use hindcast_retro::record::words::words;
use sqlx::Row;

/// Words that a search takes apart; what comes behind is looked for as it stands.
pub(crate) const WORDS: usize = 6;

/// Bytes of a text that are looked for at most: SQLite takes patterns up to 50,000 bytes.
const LONGEST: usize = 10_000;

/// A text for comparing: small letters in every script that has them, single blanks.
fn fold(text: &str) -> String {
    let small = text.split_whitespace().flat_map(|word| word.chars().chain([' '])).flat_map(char::to_lowercase);
    // The small sigma at the end of a word is the same letter; PostgreSQL keeps no NUL.
    let one = small.map(|c| match c {
        'ς' => 'σ',
        '\0' => ' ',
        c => c,
    });
    let folded: String = one.collect();
    folded.trim_end().to_owned()
}

/// One word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Term {
    /// A pattern of `LIKE` that finds it somewhere; empty where only the number counts.
    pub pattern: String,
    /// The number of an incident that it names; 0 for none.
    pub number: i64,
}

/// What a search looks for: every one of its words. `None` where nothing can be found.
pub(crate) fn terms(text: &str) -> Option<[Term; WORDS]> {
    if text.len() > LONGEST || text.contains('\0') {
        return None;
    }
    let folded = fold(text);
    let mut terms: [Term; WORDS] = Default::default();
    for (term, word) in terms.iter_mut().zip(folded.splitn(WORDS, ' ').filter(|w| !w.is_empty())) {
        let named = word.strip_prefix("inc-");
        let digits = |t: &&str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        term.number = Some(named.unwrap_or(word)).filter(digits).and_then(|n| n.parse().ok()).unwrap_or(0);
        // Who writes INC-12 means that incident and not INC-120.
        if named.is_none() || term.number == 0 {
            term.pattern = pattern(word);
        }
    }
    Some(terms)
}

fn pattern(word: &str) -> String {
    let escaped: String =
        word.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
    format!("%{escaped}%")
}

/// The condition that incident `i` is found by one word, with its pattern and its number as parameters.
macro_rules! found {
    ($pattern:literal, $number:literal) => {
        concat!(
            "((",
            $pattern,
            " = '' AND ",
            $number,
            " = 0) OR i.number = ",
            $number,
            " OR (",
            $pattern,
            " <> '' AND EXISTS (SELECT 1 FROM incident_search s WHERE s.incident = i.number AND (s.own LIKE ",
            $pattern,
            " ESCAPE '!' OR s.retro LIKE ",
            $pattern,
            " ESCAPE '!'))))"
        )
    };
}
pub(crate) use found;

/// Keeps the words of an incident that was opened.
pub(crate) async fn begin(tx: &mut Tx, number: i64, texts: &[&str]) -> Result<(), StoreError> {
    let sql = "INSERT INTO incident_search (incident, own, retro) VALUES ($1, $2, '')";
    sqlx::query(sql).bind(number).bind(fold(&texts.join("\n"))).execute(&mut **tx).await?;
    Ok(())
}

/// Brings the words of an incident itself in step: what it says, who is named, its tags.
pub(crate) async fn refresh(tx: &mut Tx, number: i64) -> Result<(), StoreError> {
    let own = own(tx, number).await?;
    let sql = "INSERT INTO incident_search (incident, own, retro) VALUES ($1, $2, '') \
               ON CONFLICT (incident) DO UPDATE SET own = excluded.own";
    sqlx::query(sql).bind(number).bind(own).execute(&mut **tx).await?;
    Ok(())
}

async fn own(conn: &mut Conn, number: i64) -> Result<String, StoreError> {
    let rows = sqlx::query(
        "SELECT title AS a, agent AS b, summary AS c, ticket AS d FROM incident WHERE number = $1 UNION ALL \
         SELECT a.name, '', '', '' FROM incident_person p JOIN account a ON a.id = p.account WHERE p.incident = $1 \
         UNION ALL SELECT tag, '', '', '' FROM incident_tag WHERE incident = $1",
    );
    let mut texts = Vec::new();
    for row in rows.bind(number).fetch_all(conn).await? {
        for column in ["a", "b", "c", "d"] {
            texts.push(row.try_get::<String, _>(column)?);
        }
    }
    Ok(fold(&texts.join("\n")))
}

/// Brings the words of an incident's retro in step with its draft.
pub(crate) async fn follow(tx: &mut Tx, number: i64, draft: &str) -> Result<(), StoreError> {
    let sql = "UPDATE incident_search SET retro = $1 WHERE incident = $2";
    sqlx::query(sql).bind(of_draft(draft)).bind(number).execute(&mut **tx).await?;
    Ok(())
}

/// A draft that cannot be read has no words; that it cannot is told where it is shown.
fn of_draft(draft: &str) -> String {
    serde_json::from_str::<Draft>(draft).map(|draft| fold(&words(&draft))).unwrap_or_default()
}

/// Incidents whose words are made in one transaction.
const AT_ONCE: i64 = 50;

/// Makes the words of incidents that have none: those of a record from before there was a search.
pub(crate) async fn fill(store: &crate::Store) -> Result<(), StoreError> {
    loop {
        let mut tx = store.begin().await?;
        let missing = sqlx::query(
            "SELECT i.number, r.draft FROM incident i LEFT JOIN retro r ON r.incident = i.number WHERE NOT EXISTS \
             (SELECT 1 FROM incident_search s WHERE s.incident = i.number) ORDER BY i.number LIMIT $1",
        );
        let missing = missing.bind(AT_ONCE).fetch_all(&mut *tx).await?;
        for row in &missing {
            let number: i64 = row.try_get("number")?;
            let draft: Option<String> = row.try_get("draft")?;
            refresh(&mut tx, number).await?;
            if let Some(draft) = draft {
                follow(&mut tx, number, &draft).await?;
            }
        }
        tx.commit().await?;
        if missing.is_empty() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_folded() {
        assert_eq!(fold("  ÄRGER mit\n Überweisung "), "ärger mit überweisung");
        assert_eq!(fold("Ошибка ΟΔΟΣ οδος"), "ошибка οδοσ οδοσ");
        assert_eq!(fold("a\0b"), "a b");
    }

    #[test]
    fn words_are_searched_for_as_they_stand() {
        let of = |text: &str| terms(text).map(|t| t.map(|t| (t.pattern, t.number)));
        let term = |pattern: &str, number| (pattern.to_owned(), number);
        let none = || term("", 0);
        let rest = |first, second| Some([first, second, none(), none(), none(), none()]);
        assert_eq!(of("  50%_off! "), rest(term("%50!%!_off!!%", 0), none()));
        assert_eq!(of("   "), rest(none(), none()));
        assert_eq!(of("INC-12 Refund"), rest(term("", 12), term("%refund%", 0)));
        assert_eq!(of("12 inc-x"), rest(term("%12%", 12), term("%inc-x%", 0)));
        assert_eq!(of("99999999999999999999"), rest(term("%99999999999999999999%", 0), none()));
        assert_eq!(of("a b c d e f g").map(|t| t[5].0.clone()), Some("%f g%".to_owned()));
        assert_eq!((of("x\0"), of(&"x".repeat(LONGEST + 1))), (None, None));
    }
}
