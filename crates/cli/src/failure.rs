//! What can go wrong, and the exit code for it.

use std::process::ExitCode;

/// A failure, sorted by what the user can do about it.
#[derive(Debug)]
pub enum Failure {
    /// The arguments do not fit together: 2.
    Usage(String),
    /// A file could not be read, or is not what it should be: 3.
    Input(String),
    /// A choice is needed: 4.
    Choice(String),
    /// The output could not be written: 5.
    Output(String),
    /// The server could not start, or the record could not be opened: 6.
    Server(String),
}

impl Failure {
    /// What it says, to be told with something else.
    pub fn into_text(self) -> String {
        let (Failure::Usage(text)
        | Failure::Input(text)
        | Failure::Choice(text)
        | Failure::Output(text)
        | Failure::Server(text)) = self;
        text
    }

    /// What it says, and the exit code for it.
    pub fn told(self) -> (String, ExitCode) {
        let code = match &self {
            Failure::Usage(_) => 2,
            Failure::Input(_) => 3,
            Failure::Choice(_) => 4,
            Failure::Output(_) => 5,
            Failure::Server(_) => 6,
        };
        (self.into_text(), ExitCode::from(code))
    }
}
