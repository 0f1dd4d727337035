//! What pages show of what stands in the record.

mod home;
mod near_misses;
