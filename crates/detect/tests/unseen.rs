//! The labelled cases in `tests/unseen`. They were written after the rules, by somebody who had not seen them, and were
//! first run on rules that had not seen them; that first figure stands in `docs/detectors.md`. The rules have been
//! worked on with them since, so what comes out now is a figure on development data like any other.

mod labelled;

#[test]
fn unseen_cases() {
    labelled::hold("unseen");
}
