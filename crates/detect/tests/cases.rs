//! The labelled cases in `tests/cases`. They were written before the rules, by somebody who had not seen them.

mod labelled;

#[test]
fn labelled_cases() {
    labelled::hold("cases");
}
