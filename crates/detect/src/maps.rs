//! Hash maps and sets for what is found in a session. The standard ones resist floods of chosen keys with a hash that takes
//! longer than all the rest of a look-up; the hash here is seeded for each process, which is enough for maps that one session
//! fills.

/// A map.
pub type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set.
pub type HashSet<T> = std::collections::HashSet<T, foldhash::fast::RandomState>;
