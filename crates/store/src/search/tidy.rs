//! Keeping SQLite's index of searches in few parts. Each change adds a part, and a search looks through all of them; SQLite merges some by itself,
//! and leaves so many that searching takes twice as long as in one.

use crate::db::Database;
use crate::{Store, StoreError, Tx};
use sqlx::Row;

/// Parts from which on they are merged. All of the index is written then, which is not worth it for each change.
const MANY: i64 = 8;
/// Pages of the index that are written in one transaction: some milliseconds for which changes wait.
const PAGES: i64 = 100;
/// Transactions at most, for an index of hundreds of thousands of incidents.
const MOST: usize = 10_000;

impl Store {
    /// Merges the parts of the index of searches where there are many, while others read and write. PostgreSQL's index has no parts.
    ///
    /// # Errors
    /// When the database does not answer; what was merged until then stays so.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        if self.database == Database::Postgres || self.parts().await? <= MANY {
            return Ok(());
        }
        // A negative number begins to merge all parts, a positive one goes on with what was begun.
        let mut pages = -PAGES;
        for _ in 0..MOST {
            let mut tx = self.begin().await?;
            let before = changes(&mut tx).await?;
            let sql = "INSERT INTO incident_gram (incident_gram, rank) VALUES ('merge', $1)";
            sqlx::query(sql).bind(pages).execute(&mut *tx).await?;
            let changed = changes(&mut tx).await? - before;
            tx.commit().await?;
            // The statement itself counts as one.
            if changed < 2 {
                break;
            }
            pages = PAGES;
        }
        Ok(())
    }

    async fn parts(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(DISTINCT segid) AS parts FROM incident_gram_idx");
        Ok(row.fetch_one(&mut *self.reader().await?).await?.try_get("parts")?)
    }
}

async fn changes(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(sqlx::query("SELECT total_changes() AS n").fetch_one(&mut **tx).await?.try_get("n")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::{self, Details, Filter, New};
    use crate::{Act, Place, Viewer};

    #[tokio::test]
    async fn an_index_in_many_parts_becomes_one_and_finds_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
        let viewer = Viewer::system();
        let act = Act { by: &viewer, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
        let mut opened = 0;
        while store.parts().await.expect("counts") <= MANY {
            let mut tx = store.begin().await.expect("begins");
            let details = Details { title: format!("the refund of order {opened}"), ..Details::default() };
            incidents::create(&mut tx, act, &New { details, ..New::default() }).await.expect("opens");
            tx.commit().await.expect("commits");
            opened += 1;
            assert!(opened < 200, "each change adds a part");
        }
        let found = async |text: &str| {
            let filter = Filter { text: text.to_owned(), ..Filter::default() };
            let all = incidents::list(&mut store.reader().await.expect("reads"), &viewer, &filter, 500).await;
            all.expect("searches").iter().map(|i| i.number).collect::<Vec<_>>()
        };
        let before = (found("refund").await, found("order 7").await);
        assert_eq!(before.0.len(), opened);
        store.tidy().await.expect("merges");
        assert_eq!(store.parts().await.expect("counts"), 1);
        assert_eq!((found("refund").await, found("order 7").await), before);
    }
}
