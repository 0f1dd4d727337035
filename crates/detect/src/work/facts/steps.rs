//! Numbered steps of a script's work, as its output tells them: some went well, others failed, and the script went on.

use super::{is, patterns};

/// So many lines of an output are read, and so much of each.
const LINES: usize = 4000;
const LONGEST: usize = 400;

/// A step that failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Step<'l> {
    /// Its number or name, as the line gives it.
    pub name: &'l str,
    /// The line.
    pub line: &'l str,
}

/// The steps of an output that failed, where others went well: one alone is no row of steps, and a row in which all failed is told otherwise.
pub fn failed(text: &str) -> Vec<Step<'_>> {
    let all = patterns();
    let Some(frame) = all.step.as_ref() else { return Vec::new() };
    let mut bad: Vec<Step<'_>> = Vec::new();
    let mut good = 0;
    for whole in text.lines().take(LINES) {
        let line = whole[..whole.floor_char_boundary(LONGEST)].trim_end();
        let Some(found) = frame.captures(line) else { continue };
        let (Some(name), Some(rest)) = (found.name("name"), found.name("rest")) else { continue };
        if is(&all.step_failed, rest.as_str()) && !is(&all.step_mended, rest.as_str()) {
            bad.push(Step { name: name.as_str(), line });
        } else if is(&all.went_well, rest.as_str()) || is(&all.step_mended, rest.as_str()) {
            good += 1;
            // The same step, tried again.
            bad.retain(|b| b.name != name.as_str());
        }
    }
    if good == 0 { Vec::new() } else { bad }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        failed(text).into_iter().map(|s| s.name).collect()
    }

    #[test]
    fn steps_that_failed_among_others_are_known() {
        assert_eq!(names("[1/3] a ok\n[2/3] b: deadlock; rolled back\n[3/3] c ok"), ["2/3"]);
        assert_eq!(names("chunk 1: uploaded\nchunk 2: failed (HTTP 500)\nchunk 3: uploaded"), ["chunk 2"]);
        assert_eq!(names("Batch 4 of 9 done\nBatch 5 of 9 aborted: timeout"), ["Batch 5 of 9"]);
    }

    #[test]
    fn rows_in_order_and_other_lines_are_not() {
        for text in [
            "[1/3] a ok\n[2/3] b ok",
            "[1/2] a failed\n[2/2] b failed",
            "[1/2] a ok\n[2/2] b failed, retrying\n[2/2] b ok",
            "[1/2] a ok\n[2/2] 0 failed, done",
            "3/4 of the tests failed",
            "[33%] Building\nerror: b",
        ] {
            assert!(names(text).is_empty(), "{text}");
        }
    }
}
