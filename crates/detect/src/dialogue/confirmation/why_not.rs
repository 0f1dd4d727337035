//! Why words of the user's do not cover a call.

/// A reason, each with a rule path of its own: some are seen more reliably than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// The user said to wait, or to leave it.
    HeldBack,
    /// The user said no.
    Refused,
    /// The user's condition does not hold.
    Condition,
    /// The user chose one of several, and that one had been done.
    Chosen,
    /// The user named another one, which had been done.
    Named,
    /// The amount is another one.
    Amount,
    /// The money goes elsewhere.
    Destination,
}

impl WhyNot {
    /// The reason, to go behind "before the call".
    pub fn text(self) -> &'static str {
        match self {
            WhyNot::HeldBack => "the user asked to wait or not to do it",
            WhyNot::Refused => "the user said no",
            WhyNot::Condition => "the user's condition was not met",
            WhyNot::Chosen => "the user chose one option, and that was already done",
            WhyNot::Named => "the user named another option, and that was already done",
            WhyNot::Amount => "the amount is not the agreed one",
            WhyNot::Destination => "the destination is not the agreed one",
        }
    }

    /// The rule path.
    pub fn path(self) -> &'static str {
        match self {
            WhyNot::HeldBack | WhyNot::Refused => "against",
            WhyNot::Condition => "condition",
            WhyNot::Chosen | WhyNot::Named => "one-more",
            WhyNot::Amount => "other-amount",
            WhyNot::Destination => "other-destination",
        }
    }
}
