//! The pages, each with its forms in one file.

pub mod account;
pub mod actions;
pub mod affected;
pub mod emergency;
pub mod forgot;
pub mod frame;
pub mod home;
pub mod incident;
pub mod incidents;
pub mod jobs;
pub mod light;
pub mod near_misses;
pub mod notices;
pub mod people;
pub mod people_access;
pub mod provider;
mod qr;
pub mod retro;
pub mod review;
pub mod revisions;
pub mod second_factor;
pub mod section;
pub mod setup;
pub mod sign_in;
pub mod sign_in_code;
