//! Maps and sets with a fast hash. As in the standard library, each process uses a new seed.

use foldhash::fast::RandomState;

/// A map whose order does not matter.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set whose order does not matter.
pub type HashSet<K> = std::collections::HashSet<K, RandomState>;
