//! What pages show of what stands in the record.

mod consistency;
mod home;
mod near_misses;
mod old_records;
mod words;
