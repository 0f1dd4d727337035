//! Times that no clock can have shown: clocks that were never set begin in 1970, and numbers that ran over end in 2262.

use crate::model::{Event, Gap, GapKind, ModelCall, Stamp, TimeQuality};
use crate::time::is_of_this_century;

/// What is said of a session in which a clock was wrong.
const WRONG: &str = "a clock was wrong: some times are before the year 2000 or after 2099. They are left out";

/// Takes such times away, and names the gap. Offsets from a start that nobody knows are of no year.
pub fn stop_wrong(events: &mut [Event], calls: &mut [ModelCall]) -> Option<Gap> {
    let of_calls = calls.iter().flat_map(|call| [call.start, call.end].map(|time| (time, call.loc)));
    let all = events.iter().map(|event| (event.time, event.loc)).chain(of_calls);
    let loc = all.filter(|(time, _)| time.is_some_and(is_wrong)).map(|(_, loc)| loc).next()?;
    // An estimate was taken from a time that was wrong as well.
    let odd = |time: Stamp| !is_of_this_century(time) && (!time.is_offset() || time.quality == TimeQuality::Estimated);
    let of_calls = calls.iter_mut().flat_map(|call| [&mut call.start, &mut call.end]);
    for time in events.iter_mut().map(|event| &mut event.time).chain(of_calls) {
        *time = time.filter(|time| !odd(*time));
    }
    Some(Gap { kind: GapKind::NotRead, what: WRONG.to_owned(), loc: Some(loc), event: None })
}

/// True for such a time.
pub fn is_wrong(time: Stamp) -> bool {
    !time.is_offset() && !is_of_this_century(time)
}

#[cfg(test)]
mod tests {
    use crate::test_support::one;

    fn pi(time: &str) -> String {
        let line = |clock: &str, message: &str| {
            format!(
                r#"{{"type":"message","id":"{clock}","timestamp":"{time}T10:00:{clock}.000Z","message":{message}}}"#
            )
        };
        [
            r#"{"type":"session","version":3,"id":"p1","timestamp":"2026-05-04T10:00:00.000Z","cwd":"/shop"}"#
                .to_owned(),
            line("00", r#"{"role":"user","content":"Cancel parcel 7"}"#),
            line("01", r#"{"role":"assistant","content":[{"type":"text","text":"Done."}]}"#),
        ]
        .join("\n")
    }

    #[test]
    fn a_clock_that_was_never_set_gives_no_time() {
        for time in ["1970-01-01", "1999-12-31", "2262-04-11"] {
            let trace = one("p.jsonl", &pi(time));
            assert!(trace.events.len() == 2 && trace.events.iter().all(|e| e.time.is_none()), "{time}: {trace:?}");
            assert!(trace.gaps.iter().any(|gap| gap.what.starts_with("a clock was wrong")), "{time}");
        }
        let trace = one("p.jsonl", &pi("2026-05-04"));
        assert!(trace.gaps.is_empty() && trace.events.iter().all(|e| e.time.is_some()), "{:?}", trace.gaps);
    }

    #[test]
    fn a_start_that_was_never_set_leaves_the_offsets_of_a_call() {
        for start in ["1970-01-02T00:00:00Z", "2262-04-11T00:00:00Z"] {
            let call = format!(
                r#"{{"event":"call_ended","call":{{"call_id":"k","start_timestamp":"{start}","transcript_object":[{{"role":"agent","content":"Hello","words":[{{"word":"Hello","start":1.0,"end":2.0}}]}},{{"role":"user","content":"Cancel it","words":[{{"word":"Cancel","start":3.0,"end":4.0}}]}}]}}}}"#
            );
            let times: Vec<_> = one("r.json", &call).events.iter().filter_map(|e| Some(e.time?.ns)).collect();
            assert_eq!(times, [1_000_000_000, 3_000_000_000], "{start}");
        }
    }

    #[test]
    fn offsets_of_a_call_are_no_wrong_clock() {
        let call = r#"{"agent_id":"a","conversation_id":"c","status":"done","transcript":[{"role":"agent","message":"Hello","time_in_call_secs":0},{"role":"user","message":"Cancel parcel 7","time_in_call_secs":4}]}"#;
        let trace = one("c.json", call);
        assert!(trace.events.iter().all(|e| e.time.is_some_and(|t| t.is_offset())), "{trace:?}");
        assert!(trace.gaps.iter().all(|gap| !gap.what.contains("clock")), "{:?}", trace.gaps);
    }
}
