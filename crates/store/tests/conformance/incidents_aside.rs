//! What belongs to an incident: people, times, deadlines, tags.

use crate::support::{
    act, after, change, dana, incident, is_conflict, is_missing, is_stale, now, person, read, titled,
};
use hindcast_retro::policy::DueDate;
use hindcast_retro::record::incident::{Moment, Point, Status};
use hindcast_retro::record::people::{Duty, Role};
use hindcast_store::incidents::Whose;
use hindcast_store::retros::{self, State};
use hindcast_store::{Act, Store, Viewer, chain, incidents};
use jiff::Timestamp;

async fn people(store: &Store, viewer: &Viewer, number: i64) -> Vec<(String, Duty)> {
    let all = read(store, async |c| incidents::people(c, viewer, number).await).await;
    all.into_iter().map(|p| (p.account, p.duty)).collect()
}

pub async fn people_are_named_and_taken_off(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Viewer).await;
    let number = incident(&store, &dana, "one").await;
    for duty in [Duty::Reviewer, Duty::Author, Duty::Author] {
        change(&store, async |tx| incidents::set_person(tx, act(&dana), number, "ana", duty).await)
            .await
            .expect("names");
    }
    let of = |account: &str, duty| (account.to_owned(), duty);
    let expected = [of("dana", Duty::Lead), of("ana", Duty::Author), of("ana", Duty::Reviewer)];
    assert_eq!(people(&store, &dana, number).await, expected);
    let off = async |duty| {
        change(&store, async |tx| incidents::remove_person(tx, act(&dana), number, "ana", duty).await).await
    };
    off(Duty::Author).await.expect("takes off");
    assert_eq!(people(&store, &dana, number).await, [of("dana", Duty::Lead), of("ana", Duty::Reviewer)]);
    let nobody =
        change(&store, async |tx| incidents::set_person(tx, act(&dana), number, "nobody", Duty::Lead).await).await;
    assert!(is_missing(&nobody), "{nobody:?}");
    let nowhere = change(&store, async |tx| incidents::set_person(tx, act(&dana), 9, "ana", Duty::Lead).await).await;
    assert!(is_missing(&nowhere), "{nowhere:?}");
}

pub async fn a_restricted_incident_keeps_somebody(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &dana, "one").await;
    let restrict = async |by: &Viewer, version, restricted| {
        change(&store, async |tx| incidents::set_restricted(tx, act(by), number, version, restricted).await).await
    };
    restrict(&ana, Some(1), true).await.expect("restricts");
    let informed = [("dana".to_owned(), Duty::Lead), ("ana".to_owned(), Duty::Informed)];
    assert_eq!(people(&store, &ana, number).await, informed, "whoever restricts it is named");
    assert!(is_stale(&restrict(&ana, Some(1), false).await));
    let off = async |account: &str, duty| {
        change(&store, async |tx| incidents::remove_person(tx, act(&ana), number, account, duty).await).await
    };
    // Nobody but the lead takes the lead away, neither directly nor by opening the incident in between.
    assert!(is_conflict(&off("dana", Duty::Lead).await));
    restrict(&ana, None, false).await.expect("opens it to all");
    assert!(is_conflict(&off("dana", Duty::Lead).await));
    restrict(&ana, None, true).await.expect("restricts it again");
    let step_down = async || {
        change(&store, async |tx| incidents::remove_person(tx, act(&dana), number, "dana", Duty::Lead).await).await
    };
    assert!(is_conflict(&step_down().await), "it takes another lead first");
    change(&store, async |tx| incidents::set_person(tx, act(&dana), number, "ana", Duty::Lead).await)
        .await
        .expect("names a successor");
    step_down().await.expect("hands over");
    let hidden = incidents::find(&mut store.reader().await.expect("reads"), &dana, number).await;
    assert!(is_missing(&hidden), "{hidden:?}");
    assert!(is_conflict(&off("ana", Duty::Lead).await), "the last one");
    restrict(&ana, None, false).await.expect("opens it to all");
    for duty in [Duty::Lead, Duty::Informed] {
        off("ana", duty).await.expect("nobody has to be left where it is open to all");
    }
    restrict(&dana, None, true).await.expect("restricts");
    assert_eq!(people(&store, &dana, number).await, [("dana".to_owned(), Duty::Lead)], "where nobody leads it");
}

/// What is there already is not put there again, and what is not there is not taken off: no event tells of it, and the
/// incident is as it was seen.
pub async fn nothing_done_is_no_event(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Viewer).await;
    let number = incident(&store, &dana, "one").await;
    let kinds = async || {
        let found = read(&store, async |c| incidents::find(c, &dana, number).await).await;
        let events = read(&store, async |c| chain::of_incident(c, &dana, number, 99).await).await;
        (found.version, events.into_iter().map(|e| e.kind).collect::<Vec<_>>())
    };
    let twice = async |once: &str, what: &str| {
        let (version, mut expected) = kinds().await;
        expected.insert(0, what.to_owned());
        for _ in 0..2 {
            let done = change(&store, async |tx| match once {
                "name" => incidents::set_person(tx, act(&dana), number, "ana", Duty::Author).await,
                "unname" => incidents::remove_person(tx, act(&dana), number, "ana", Duty::Author).await,
                "tag" => incidents::add_tag(tx, act(&dana), number, "voice").await,
                _ => incidents::remove_tag(tx, act(&dana), number, "voice").await,
            });
            done.await.expect("is no fault");
            assert_eq!(kinds().await, (version + 1, expected.clone()), "{once}");
        }
    };
    twice("name", "incident.person").await;
    twice("unname", "incident.person_removed").await;
    twice("tag", "incident.tagged").await;
    twice("untag", "incident.untagged").await;
}

pub async fn times_are_replaced_as_a_whole(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let moment = |point, seconds| Moment { point, at: after(seconds), source: "log".to_owned(), by: "Kim".to_owned() };
    let set = async |version, moments: &[Moment]| {
        change(&store, async |tx| incidents::set_moments(tx, act(&dana), number, version, moments).await).await
    };
    let both = [moment(Point::Aware, 60), moment(Point::FirstWrongStep, 0)];
    set(Some(1), &both).await.expect("sets");
    let known = read(&store, async |c| incidents::moments(c, &dana, number).await).await;
    assert_eq!(known, [both[1].clone(), both[0].clone()], "in the order of the chain");
    assert!(is_stale(&set(Some(1), &[]).await));
    set(None, &[moment(Point::Aware, 90)]).await.expect("sets");
    let known = read(&store, async |c| incidents::moments(c, &dana, number).await).await;
    assert_eq!(known, [moment(Point::Aware, 90)]);
}

fn due(what: &str, at: Option<Timestamp>) -> DueDate {
    DueDate { what: what.to_owned(), at, text: at.map(|a| a.to_string()), explanation: "why".to_owned() }
}

/// Deadlines of somebody's few incidents are looked up by incident, and of many in the order of what is due.
pub async fn what_is_due_is_the_same_for_who_is_named_in_few_and_in_many(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Approver).await);
    let of = async |viewer: &Viewer, whose, until| {
        let all = read(&store, async |c| incidents::due(c, viewer, whose, until, 300).await).await;
        assert!(all.iter().all(|d| whose == Whose::Everybody || d.mine == (whose == Whose::Mine)));
        all.into_iter().map(|d| (d.at, d.incident)).collect::<Vec<_>>()
    };
    let (mut opened, mut expected) = (Vec::new(), Vec::new());
    for many in [3, 103] {
        change(&store, async |tx| {
            for n in opened.len()..many {
                let number = incidents::create(tx, act(&dana), &titled("one")).await?;
                // Named twice, and listed once.
                incidents::set_person(tx, act(&dana), number, "dana", Duty::Author).await?;
                let at = after(i64::try_from(n * 7919 % 1000).expect("is small"));
                incidents::set_deadlines(tx, act(&dana), number, &[due("a", Some(at)), due("b", None)]).await?;
                opened.push(number);
                expected.push((at, number));
            }
            Ok(())
        })
        .await
        .expect("opens");
        expected.sort();
        assert_eq!(
            (of(&dana, Whose::Mine, None).await, of(&dana, Whose::Others, None).await),
            (expected.clone(), vec![])
        );
        assert_eq!(
            (of(&ana, Whose::Mine, None).await, of(&ana, Whose::Others, None).await),
            (vec![], expected.clone())
        );
        let soon: Vec<_> = expected.iter().copied().filter(|(at, _)| *at <= after(300)).collect();
        assert_eq!(of(&dana, Whose::Mine, Some(after(300))).await, soon);
    }
}

pub async fn deadlines_are_replaced_and_stay_met(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let set = async |all: &[DueDate]| {
        change(&store, async |tx| incidents::set_deadlines(tx, act(&dana), number, all).await).await.expect("sets");
    };
    let told = async || {
        let all = read(&store, async |c| incidents::deadlines(c, &dana, number).await).await;
        all.into_iter().map(|(d, met)| (d.what, d.at, met)).collect::<Vec<_>>()
    };
    set(&[due("c", None), due("b", Some(after(60))), due("a", Some(after(90)))]).await;
    let of = |what: &str, at, met| (what.to_owned(), at, met);
    let expected = [of("b", Some(after(60)), None), of("a", Some(after(90)), None), of("c", None, None)];
    assert_eq!(told().await, expected, "what has no time comes last");
    let lift = async |at, what: &str| {
        change(&store, async |tx| incidents::lift(tx, Act { by: &dana, at }, number, what).await).await.expect("lifts");
    };
    lift(after(10), "b").await;
    lift(after(20), "b").await;
    lift(after(20), "nothing").await;
    set(&[due("b", Some(after(30))), due("d", Some(after(40)))]).await;
    assert_eq!(told().await, [of("b", Some(after(30)), Some(after(10))), of("d", Some(after(40)), None)]);
    set(&[]).await;
    assert_eq!(told().await, []);
}

pub async fn what_is_due_is_told_by_urgency(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    for (by, title) in [(&dana, "one"), (&ana, "two"), (&ana, "three")] {
        let number = incident(&store, by, title).await;
        let all = [due("first", Some(after(100 - number))), due("second", Some(after(200))), due("third", None)];
        change(&store, async |tx| {
            incidents::set_deadlines(tx, act(by), number, &all).await?;
            incidents::lift(tx, act(by), number, "second").await
        })
        .await
        .expect("sets");
    }
    change(&store, async |tx| incidents::set_status(tx, act(&ana), 3, None, Status::Closed).await)
        .await
        .expect("closes");
    let due =
        async |whose, until, most| read(&store, async |c| incidents::due(c, &dana, whose, until, most).await).await;
    let all = due(Whose::Everybody, None, 10).await;
    let told: Vec<_> = all.iter().map(|d| (d.incident, d.title.as_str(), d.what.as_str(), d.at)).collect();
    assert_eq!(told, [(2, "two", "first", after(98)), (1, "one", "first", after(99))]);
    assert_eq!((all[0].severity, all[0].text.as_str()), (Some(2), after(98).to_string().as_str()));
    let numbers = async |whose, until| due(whose, until, 10).await.iter().map(|d| d.incident).collect::<Vec<_>>();
    assert_eq!(due(Whose::Everybody, None, 1).await.len(), 1);
    assert_eq!(numbers(Whose::Mine, None).await, [1]);
    assert_eq!(numbers(Whose::Others, None).await, [2]);
    assert_eq!(numbers(Whose::Everybody, Some(after(98))).await, [2], "what is due at that instant counts");
    assert!(due(Whose::Mine, Some(after(98)), 10).await.is_empty());
}

pub async fn the_first_response_counts(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &dana, "one").await;
    change(&store, async |tx| {
        incidents::set_deadlines(tx, act(&dana), number, &[due("response", Some(after(60)))]).await
    })
    .await
    .expect("sets");
    let respond =
        async |by: &Viewer| change(&store, async |tx| incidents::first_response(tx, act(by), number).await).await;
    let (a, b) = tokio::join!(respond(&dana), respond(&ana));
    assert!(a.is_ok() != b.is_ok() && (is_conflict(&a) || is_conflict(&b)), "{a:?} {b:?}");
    let found = read(&store, async |c| incidents::find(c, &dana, number).await).await;
    let first = if a.is_ok() { "dana" } else { "ana" };
    assert_eq!(found.first_response, Some((first.to_owned(), now())));
    let deadlines = read(&store, async |c| incidents::deadlines(c, &dana, number).await).await;
    assert_eq!(deadlines[0].1, Some(now()));
}

/// Who responds before there is a severity, and with it a deadline, is not late for it.
pub async fn a_response_before_the_deadline_is_known_meets_it(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    change(&store, async |tx| {
        incidents::first_response(tx, act(&dana), number).await?;
        incidents::set_deadlines(tx, act(&dana), number, &[due("response", Some(after(60))), due("other", None)]).await
    })
    .await
    .expect("responds");
    let deadlines = read(&store, async |c| incidents::deadlines(c, &dana, number).await).await;
    assert_eq!(deadlines.iter().map(|(_, met)| *met).collect::<Vec<_>>(), [Some(now()), None]);
}

/// An approval before there was a severity meets the deadline that comes with it.
pub async fn an_approval_before_the_deadline_is_known_meets_it(store: Store) {
    let dana = dana(&store).await;
    let number = crate::support::drafted(&store, &dana, "{}").await;
    change(&store, async |tx| {
        for state in [State::InReview, State::Approved] {
            let retro = retros::lock(tx, act(&dana), number).await?;
            retros::set_state(tx, act(&dana), &retro, state, "").await?;
        }
        incidents::set_deadlines(
            tx,
            act(&dana),
            number,
            &[due("retro written", Some(after(60))), due("response", None)],
        )
        .await
    })
    .await
    .expect("approves");
    let deadlines = read(&store, async |c| incidents::deadlines(c, &dana, number).await).await;
    assert_eq!(deadlines.iter().map(|(_, met)| *met).collect::<Vec<_>>(), [Some(now()), None]);
}

pub async fn tags_come_and_go(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let add = async |tag: &str| change(&store, async |tx| incidents::add_tag(tx, act(&dana), number, tag).await).await;
    let tags = async || read(&store, async |c| incidents::tags(c, &dana, number).await).await;
    for tag in ["voice", "refunds", "voice"] {
        add(tag).await.expect("tags");
    }
    assert_eq!(tags().await, ["refunds", "voice"]);
    change(&store, async |tx| incidents::remove_tag(tx, act(&dana), number, "refunds").await).await.expect("untags");
    assert_eq!(tags().await, ["voice"]);
    let nowhere = change(&store, async |tx| incidents::remove_tag(tx, act(&dana), 9, "voice").await).await;
    assert!(is_missing(&nowhere), "{nowhere:?}");
}
