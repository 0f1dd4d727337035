//! Secrets that were good lately, by their hashes, and whose they are.
//!
//! They let nobody in: the database is asked each time. They only tell in which line that is: whoever was known a moment ago waits behind their own
//! account's work, and everybody else in the room for strangers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Secrets of one generation.
const MANY: usize = 10_000;

/// Accounts by the hashes of their secrets. Two generations: once the newer is full it becomes the older, so that those which are used stay and
/// nothing has to be searched for the oldest.
#[derive(Debug, Default)]
pub struct Known(Mutex<[HashMap<String, String>; 2]>);

impl Known {
    fn put(all: &mut [HashMap<String, String>; 2], hash: String, account: String) {
        if all[0].len() >= MANY {
            all[1] = std::mem::take(&mut all[0]);
        }
        all[0].insert(hash, account);
    }

    /// The account that it let in.
    pub fn account(&self, hash: &str) -> Option<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = all[0].get(hash) {
            return Some(account.clone());
        }
        let (hash, account) = all[1].remove_entry(hash)?;
        Self::put(&mut all, hash, account.clone());
        Some(account)
    }

    /// It lets this account in.
    pub fn remember(&self, hash: &str, account: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all[0].get(hash).is_none_or(|known| known != account) {
            all[1].remove(hash);
            Self::put(&mut all, hash.to_owned(), account.to_owned());
        }
    }

    /// It lets nobody in any more.
    pub fn forget(&self, hash: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for generation in all.iter_mut() {
            generation.remove(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_again_is_known_and_who_does_not_is_forgotten() {
        let known = Known::default();
        known.remember("often", "ada");
        known.remember("once", "bob");
        for n in 0..2 * MANY {
            known.remember(&n.to_string(), "somebody");
            assert_eq!(known.account("often").as_deref(), Some("ada"));
        }
        assert_eq!(known.account("once"), None);
        let all = known.0.lock().expect("nobody panicked").iter().map(HashMap::len).sum::<usize>();
        assert!(all <= 2 * MANY, "{all}");
        known.forget("often");
        assert_eq!(known.account("often"), None);
    }
}
