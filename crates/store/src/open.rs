//! Opening the record: its schema first, then what an earlier program left to do.

use crate::{Place, Store, StoreError, direct, erasure, schema, search};

impl Store {
    /// Opens the record, makes it where there is none, and brings it up to date.
    ///
    /// # Errors
    /// When the folder or server cannot be reached, or holds a record of a newer program.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let store = Self::connect(place).await?;
        // What was erased when a program was killed, and what records from before there was a search have to be found by.
        erasure::finish(&store).await?;
        search::fill(&store).await?;
        Ok(store)
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
}
