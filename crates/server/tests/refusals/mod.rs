//! What is refused, and how.

mod limits;
mod origin;
mod unstorable;
