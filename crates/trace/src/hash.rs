//! Maps and sets with a fast hash. As in the standard library, each process uses a new seed.

use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

/// A map whose order does not matter.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set whose order does not matter.
pub type HashSet<K> = std::collections::HashSet<K, RandomState>;

/// Hashes what is known again by its hash alone: the same value has the same one as long as the process runs, and nobody can
/// know beforehand which values share one.
pub fn printer() -> impl Hasher {
    static SEED: LazyLock<foldhash::quality::RandomState> = LazyLock::new(foldhash::quality::RandomState::default);
    SEED.build_hasher()
}
