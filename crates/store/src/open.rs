//! Opening the record: its schema first, then what an earlier program left to do.

use crate::{Place, Store, StoreError, affected, chain, direct, erasure, schema, search, unfinished};
use sqlx::Row;

impl Store {
    /// Opens the record, makes it where there is none, and brings it up to date.
    ///
    /// # Errors
    /// When the folder or server cannot be reached, holds a record of a newer program, or one that was not restored to the end.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        unfinished::refuse(place).await?;
        let store = Self::connect(place).await?;
        // What was erased when a program was killed, and what records from before there was a search have to be found by.
        erasure::finish(&store).await?;
        search::fill(&store).await?;
        chain::fill(&store).await?;
        affected::fill(&store).await?;
        Ok(Store { is_open: true, ..store })
    }

    /// Opens a record that exists and has this program's schema, also while a server runs on it. Makes and updates nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if there is no record, or its schema is another.
    pub async fn attach(place: &Place) -> Result<Self, StoreError> {
        let mut conn = direct::connect(place).await?;
        let version = direct::version(&mut conn).await?;
        direct::close(conn).await;
        match (version, schema::newest()) {
            (Some(version), newest) if version == newest => Self::connect(place).await,
            (Some(version), newest) => Err(StoreError::Invalid(format!(
                "the database has schema version {version}, and this program uses {newest}. Use the program version of the server"
            ))),
            (None, _) => Err(StoreError::Invalid("the database contains no Hindcast data".to_owned())),
        }
    }

    /// Opens a record to read it, and changes nothing: neither the schema nor anything else.
    ///
    /// # Errors
    /// When the record cannot be reached, or its schema is not the one that this program reads.
    pub async fn open_read_only(place: &Place) -> Result<Self, StoreError> {
        unfinished::refuse(place).await?;
        let store = Self::connect_read_only(place).await?;
        let mut conn = store.reader().await?;
        let newest = "SELECT MAX(version) AS newest FROM _sqlx_migrations WHERE version < 1000 AND success";
        let found = match sqlx::query(newest).fetch_one(&mut *conn).await {
            Ok(row) => row.try_get::<Option<i64>, _>("newest")?.unwrap_or_default(),
            Err(e) if e.as_database_error().is_some_and(|e| e.message().contains("_sqlx_migrations")) => {
                return Err(StoreError::Invalid("the database holds no record".to_owned()));
            }
            Err(e) => return Err(e.into()),
        };
        drop(conn);
        let known = schema::newest();
        if found == known {
            return Ok(store);
        }
        store.close().await;
        let what = match found < known {
            true => {
                "older: start the server once with this program, which updates it, or use the program that wrote it"
            }
            false => "newer: use the program that wrote it",
        };
        Err(StoreError::Invalid(format!("the record has schema {found}, and this program reads {known}. It is {what}")))
    }
}
