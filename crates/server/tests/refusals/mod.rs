//! What is refused, and how.

mod origin;
mod unstorable;
