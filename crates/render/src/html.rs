//! A retro as one self-contained page.

use hindcast_retro::Draft;

/// Several drafts on one page.
///
/// # Errors
/// When a template cannot be filled.
pub fn pages(_drafts: &[Draft]) -> Result<String, std::fmt::Error> {
    Err(std::fmt::Error)
}
