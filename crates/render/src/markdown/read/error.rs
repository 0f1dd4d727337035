//! Why a file was refused.

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It was not written by Hindcast, or its last comment was removed.
    #[error(
        "{0} is not a retro that Hindcast wrote: the comment `hindcast:lines` at its end is missing. Without it, Hindcast cannot tell your text from its own. Write a new draft and copy your text over."
    )]
    NotOurs(String),
    /// A section's comment was removed, and its words were left.
    #[error(
        "{file}: the comment `hindcast:lines:{section}` at the end of the section \"{title}\" is missing. Without it, Hindcast cannot tell your text from its own. Restore the comment from an earlier version of the file, or write a new draft and copy your text over."
    )]
    Unlisted {
        /// The document's name.
        file: String,
        /// The section's name.
        section: &'static str,
        /// What the section is called.
        title: &'static str,
    },
    /// A comment has no end, or there are two versions of it.
    #[error(
        "{0}:{1}: the comment `hindcast:lines` is damaged or appears twice. Restore it from an earlier version of the file."
    )]
    Damaged(String, u64),
    /// It holds several retros.
    #[error("{0} contains several retros. Update one at a time, each in its own file.")]
    Several(String),
    /// Two versions were merged, and the conflict stands in the file.
    #[error(
        "{0}:{1}: unresolved merge conflict. Keep the text that you want, remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`, and try again."
    )]
    Conflict(String, usize),
}
