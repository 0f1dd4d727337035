//! What a run checks.

/// What a run checks. Several at once are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics(u8);

impl Topics {
    /// Tests.
    pub const TEST: Topics = Topics(1);
    /// A linter.
    pub const LINT: Topics = Topics(2);
    /// Types.
    pub const TYPES: Topics = Topics(4);
    /// A build.
    pub const BUILD: Topics = Topics(8);
    /// The formatting.
    pub const FORMAT: Topics = Topics(16);
    /// A run as a whole, whatever it checks.
    pub const RUN: Topics = Topics(32);
    /// Anything: nobody knows what the command checks.
    pub const ANY: Topics = Topics(31);
    /// Nothing.
    pub const NONE: Topics = Topics(0);

    /// Both.
    #[must_use]
    pub fn and(self, other: Topics) -> Topics {
        Topics(self.0 | other.0)
    }

    /// True when they have one in common.
    pub fn meet(self, other: Topics) -> bool {
        self.0 & other.0 != 0
    }

    /// True for none at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn named(name: &str) -> Topics {
        match name {
            "test" => Topics::TEST,
            "lint" => Topics::LINT,
            "types" => Topics::TYPES,
            "build" => Topics::BUILD,
            "format" => Topics::FORMAT,
            "run" => Topics::RUN,
            _ => Topics::NONE,
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            t if t.meet(Topics::TEST) => "tests",
            t if t.meet(Topics::LINT) => "linter",
            t if t.meet(Topics::TYPES) => "type check",
            t if t.meet(Topics::BUILD) => "build",
            _ => "formatting check",
        }
    }
}
