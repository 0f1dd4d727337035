//! Maps and sets with a fast hash, seeded anew by each process as those of the standard library are.

use foldhash::fast::RandomState;

/// A map whose order is no one's business.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set whose order is no one's business.
pub type HashSet<K> = std::collections::HashSet<K, RandomState>;
