//! Opening the record: its schema first, then what an earlier program left to do.

use crate::{Place, Store, StoreError, erasure, search};

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
}
