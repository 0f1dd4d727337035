//! What is refused, and how.

mod unstorable;
