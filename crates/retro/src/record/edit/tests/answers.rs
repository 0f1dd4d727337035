//! Answers to open questions.

use super::*;
use crate::policy::Policy;

#[test]
fn a_reply_becomes_a_persons_statement() {
    let mut draft = sample::refund(&Facts::default());
    done(&mut draft, Section::Impact, &reply("impact.customers", "12 callers"));
    let said = &draft.impact[0].answer.statements()[0];
    assert_eq!((said.text.as_str(), &said.origin), ("12 callers", &Origin::Person("Dana".to_owned())));
    let Basis::Fact { file, line, entry, value } = &said.basis()[0] else { panic!("no fact") };
    assert_eq!(
        (file.as_str(), *line, entry.as_str(), value.as_str()),
        ("Dana, 2026-11-26T10:00:00Z", 0, "impact.customers", "12 callers")
    );
    assert!(refused(&draft, Section::Impact, &reply("impact.customers", "13"))[0].contains("not an open question"));
    assert_eq!(refused(&draft, Section::Impact, &reply("impact.money", " ")), ["replies.impact.money: is empty"]);
}

#[test]
fn every_open_question_takes_a_reply_and_keeps_it() {
    let fresh = sample::refund(&Facts::default());
    let mut draft = fresh.clone();
    let mut count = 0;
    for section in Section::ALL {
        let asked = lines(&draft, section).len();
        for entry in fresh.questions().into_iter().map(|q| q.entry) {
            count +=
                usize::from(apply(&mut draft, section, &reply(&entry, &format!("zebra {entry}")), &author()).is_ok());
        }
        assert_eq!(lines(&draft, section).len(), asked, "an answer stands in the place of its question");
    }
    assert!(count >= fresh.questions().len(), "{count}");
    assert!(draft.system.iter().all(|a| a.questions.is_empty()));
    let (next, told) = merge(&Edits::of(&draft), fresh, &Policy::builtin());
    assert_eq!(told, Vec::<String>::new());
    for section in Section::ALL {
        assert_eq!(lines(&next, section), lines(&draft, section));
    }
    // Where the facts answer as well, both stand.
    let (next, _) = merge(&Edits::of(&draft), sample::refund(&sample::known()), &Policy::builtin());
    let customers: Vec<_> = next.impact[0].answer.statements().iter().map(|s| s.text.as_str()).collect();
    assert_eq!(customers, ["1", "zebra impact.customers"]);
    let all = serde_json::to_string(&next).expect("writes");
    for (_, said) in Edits::of(&draft).replies {
        assert!(all.contains(&said.text), "{} is lost", said.text);
    }
}

#[test]
fn a_reply_without_a_place_becomes_one_note() {
    let fresh = sample::refund(&Facts::default());
    let mut draft = fresh.clone();
    done(&mut draft, Section::Impact, &reply("impact.customers", "12 callers"));
    let id = draft.impact[0].answer.statements()[0].id.clone();
    done(&mut draft, Section::Impact, &decide(&id, Verdict::Rejected, None, Some("counted twice")));
    let mut without = fresh;
    without.impact.clear();
    let (next, told) = merge(&Edits::of(&draft), without, &Policy::builtin());
    assert_eq!(
        next.notes,
        [Note::new("impact", "Answered earlier at `impact.customers`: 12 callers (rejected: counted twice)")]
    );
    assert_eq!(told.len(), 1);
}

#[test]
fn a_time_in_a_reply_counts_until_it_is_rejected() {
    let mut draft = sample::refund(&Facts::default());
    let point = |draft: &Draft| draft.delay.points.iter().find(|p| p.point == "aware").expect("there").clone();
    done(&mut draft, Section::Delay, &reply("delay.aware", "2026-11-24T09:40:00+01:00 by Dana"));
    assert_eq!(point(&draft).at.as_deref(), Some("2026-11-24T08:40:00Z"));
    assert!(draft.delay.gaps.iter().any(|g| g.to == "aware"));
    let id = point(&draft).answer.statements()[0].id.clone();
    done(&mut draft, Section::Delay, &decide(&id, Verdict::Edited, Some("2026-11-24T09:00Z by Eve"), None));
    assert_eq!(point(&draft).at.as_deref(), Some("2026-11-24T09:00:00Z"));
    let (next, _) = merge(&Edits::of(&draft), sample::refund(&Facts::default()), &Policy::builtin());
    assert_eq!(next.delay, draft.delay);
    done(&mut draft, Section::Delay, &decide(&id, Verdict::Rejected, None, Some("nobody was there")));
    assert_eq!(point(&draft).at, None);
    // Another answer can be given then.
    done(&mut draft, Section::Delay, &reply("delay.aware", "2026-11-24T10:00Z"));
    assert_eq!(point(&draft).at.as_deref(), Some("2026-11-24T10:00:00Z"));
    assert_eq!(point(&draft).answer.statements().len(), 2);
}
