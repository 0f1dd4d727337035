//! Retros: sections, states, revisions, waivers.

use crate::support::{
    act, after, change, dana, drafted, incident, is_conflict, is_missing, is_stale, now, person, read,
};
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::gate::Fault;
use hindcast_retro::record::incident::{Moment, Point};
use hindcast_retro::record::people::Role;
use hindcast_store::evidence::Kind;
use hindcast_store::incidents::Details;
use hindcast_store::retros::{self, Change, Retro, State};
use hindcast_store::{Act, Store, Viewer, chain, erasure, evidence, incidents};
use hindcast_trace::Evidence;

async fn find(store: &Store, viewer: &Viewer, number: i64) -> Retro {
    read(store, async |c| retros::find(c, viewer, number).await).await.expect("has a retro")
}

fn edit(section: &Section) -> Change<'_> {
    Change { what: section.name(), reason: "", sections: std::slice::from_ref(section) }
}

pub async fn there_is_one_for_an_incident(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    assert!(read(&store, async |c| retros::find(c, &dana, number).await).await.is_none());
    let create = async || change(&store, async |tx| retros::create(tx, act(&dana), number, "{}").await).await;
    let (a, b) = tokio::join!(create(), create());
    assert!(a.is_ok() != b.is_ok() && (is_conflict(&a) || is_conflict(&b)), "{a:?} {b:?}");
    let retro = find(&store, &dana, number).await;
    assert_eq!((retro.state, retro.revision, retro.draft.as_str()), (State::Draft, 1, "{}"));
    assert_eq!((retro.submitted.clone(), retro.approved.clone()), (None, None));
    assert_eq!(retro.sections.len(), Section::ALL.len());
    assert!(retro.sections.values().all(|s| (s.version, &s.by, s.at) == (1, &None, None)));
    let without = incident(&store, &dana, "two").await;
    let locked = change(&store, async |tx| retros::lock(tx, act(&dana), without).await).await;
    assert!(is_missing(&locked), "{locked:?}");
    let nowhere = change(&store, async |tx| retros::create(tx, act(&dana), 9, "{}").await).await;
    assert!(is_missing(&nowhere), "{nowhere:?}");
}

/// Each adds a word to what stands there: both words are there in the end.
pub async fn two_sections_edited_at_once_are_both_kept(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    let number = drafted(&store, &dana, "").await;
    let append = |by: Viewer, section: Section| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let mut tx = store.begin().await.expect("begins");
                let retro = retros::lock(&mut tx, act(&by), number).await.expect("locks");
                let draft = format!("{} {}", retro.draft, section.name());
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                retros::save(&mut tx, act(&by), &retro, &draft, edit(&section)).await.expect("saves");
                tx.commit().await.expect("commits");
            }
        })
    };
    let (a, b) = (append(dana.clone(), Section::Impact), append(ana, Section::Trigger));
    a.await.expect("ends");
    b.await.expect("ends");
    let retro = find(&store, &dana, number).await;
    assert_eq!(retro.revision, 11);
    for (section, by) in [(Section::Impact, "dana"), (Section::Trigger, "ana")] {
        assert_eq!(retro.draft.split(' ').filter(|w| *w == section.name()).count(), 5, "{}", retro.draft);
        let edited = &retro.sections[section.name()];
        assert_eq!((edited.version, edited.by.as_deref(), edited.at), (6, Some(by), Some(now())));
    }
    assert_eq!(retro.sections[Section::Delay.name()].version, 1);
}

pub async fn what_was_read_before_another_change_is_not_saved(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    let seen = find(&store, &dana, number).await;
    let save = async |draft: &str| {
        let change_to = async |tx: &mut hindcast_store::Tx| {
            retros::save(tx, act(&dana), &seen, draft, edit(&Section::Impact)).await
        };
        change(&store, change_to).await
    };
    assert_eq!(save("two").await.expect("saves"), 2);
    let stale = save("three").await;
    assert!(is_stale(&stale), "{stale:?}");
    assert_eq!(find(&store, &dana, number).await.draft, "two");
    let to = async |state| change(&store, async |tx| retros::set_state(tx, act(&dana), &seen, state, "").await).await;
    to(State::InReview).await.expect("submits");
    let stale = to(State::InReview).await;
    assert!(is_stale(&stale), "{stale:?}");
}

pub async fn go_through_their_states(store: Store) {
    use State::{Approved, Draft, InReview};
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Approver).await;
    let number = drafted(&store, &dana, "one").await;
    let to = async |by: &Viewer, at, state, reason: &str| {
        change(&store, async |tx| {
            let retro = retros::lock(tx, act(by), number).await?;
            retros::set_state(tx, Act { by, at }, &retro, state, reason).await
        })
        .await
    };
    let refused = async |states: &[State]| {
        for state in states {
            let result = to(&dana, now(), *state, "").await;
            assert!(is_conflict(&result), "{state:?}: {result:?}");
        }
    };
    let named = |who: &str, at| Some((who.to_owned(), who.to_owned(), at));
    refused(&[Draft, Approved]).await;
    to(&dana, after(1), InReview, "").await.expect("submits");
    refused(&[InReview]).await;
    to(&ana, after(2), Draft, "not yet").await.expect("gives back");
    assert_eq!(find(&store, &dana, number).await.submitted, None);
    to(&dana, after(3), InReview, "").await.expect("submits");
    to(&ana, after(4), Approved, "").await.expect("approves");
    let retro = find(&store, &dana, number).await;
    let seen = (retro.state, retro.submitted, retro.approved);
    assert_eq!(seen, (Approved, named("dana", after(3)), named("ana", after(4))));
    refused(&[Approved, InReview]).await;
    to(&dana, after(5), Draft, "a mistake").await.expect("reopens");
    let retro = find(&store, &dana, number).await;
    assert_eq!((retro.state, retro.submitted, retro.approved, retro.revision), (Draft, None, None, 1));
}

pub async fn keep_every_revision(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    change(&store, async |tx| {
        let retro = retros::lock(tx, act(&dana), number).await?;
        let again = Change { what: "redrafted", reason: "a new trace", sections: &Section::ALL };
        retros::save(tx, Act { by: &dana, at: after(1) }, &retro, "two", again).await
    })
    .await
    .expect("saves");
    let all = read(&store, async |c| retros::revisions(c, &dana, number).await).await;
    let told: Vec<_> =
        all.iter().map(|r| (r.number, r.change.as_str(), r.reason.as_str(), r.name.as_str(), r.at)).collect();
    assert_eq!(told, [(2, "redrafted", "a new trace", "dana", after(1)), (1, "drafted", "", "dana", now())]);
    for (revision, draft) in [(1, "one"), (2, "two")] {
        assert_eq!(read(&store, async |c| retros::revision(c, &dana, number, revision).await).await, draft);
    }
    let none = retros::revision(&mut store.reader().await.expect("reads"), &dana, number, 3).await;
    assert!(is_missing(&none), "{none:?}");
    assert!(find(&store, &dana, number).await.sections.values().all(|s| s.version == 2));
}

pub async fn rules_are_waived_and_the_waiver_taken_back(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    let number = drafted(&store, &dana, "one").await;
    let waive = async |by: &Viewer, number, rule: &str, reason: &str| {
        change(&store, async |tx| retros::waive(tx, act(by), number, rule, reason, &[]).await).await
    };
    for (by, rule, reason) in [(&dana, "b", "first"), (&dana, "a", "x"), (&ana, "b", "second")] {
        waive(by, number, rule, reason).await.expect("waives");
    }
    let told = async || {
        let all = read(&store, async |c| retros::waivers(c, &dana, number).await).await;
        all.into_iter().map(|w| (w.rule, w.reason, w.name)).collect::<Vec<_>>()
    };
    let of = |rule: &str, reason: &str, name: &str| (rule.to_owned(), reason.to_owned(), name.to_owned());
    assert_eq!(told().await, [of("a", "x", "dana"), of("b", "second", "ana")]);
    waive(&dana, number, "b", "").await.expect("takes it back");
    assert_eq!(told().await, [of("a", "x", "dana")]);
    for to in [State::InReview, State::Approved, State::Draft] {
        change(&store, async |tx| {
            let retro = retros::lock(tx, act(&dana), number).await?;
            retros::set_state(tx, act(&dana), &retro, to, "why").await
        })
        .await
        .expect("goes on");
        assert_eq!(told().await.is_empty(), to == State::Draft, "a waiver ends with the text that it was for");
    }
    let without = incident(&store, &dana, "two").await;
    let nowhere = waive(&dana, without, "a", "x").await;
    assert!(is_missing(&nowhere), "{nowhere:?}");
}

async fn state(store: &Store, viewer: &Viewer, number: i64) -> (State, i64) {
    let retro = find(store, viewer, number).await;
    (retro.state, retro.revision)
}

async fn bring_to(store: &Store, by: &Viewer, number: i64, states: &[State]) {
    for to in states {
        change(store, async |tx| {
            let retro = retros::lock(tx, act(by), number).await?;
            retros::set_state(tx, act(by), &retro, *to, "").await
        })
        .await
        .expect("goes on");
    }
}

/// Why the latest review ended, and from which state.
async fn ended(store: &Store, viewer: &Viewer, number: i64) -> Option<(String, String)> {
    let events = read(store, async |c| chain::of_incident(c, viewer, number, 99).await).await;
    let event = events.into_iter().find(|e| e.kind == "retro.review_ended")?;
    Some((event.data["from"].as_str()?.to_owned(), event.data["because"].as_str()?.to_owned()))
}

pub async fn an_edit_ends_a_review(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    bring_to(&store, &dana, number, &[State::InReview]).await;
    change(&store, async |tx| {
        let retro = retros::lock(tx, act(&dana), number).await?;
        retros::save(tx, act(&dana), &retro, "two", edit(&Section::Impact)).await
    })
    .await
    .expect("saves");
    let retro = find(&store, &dana, number).await;
    assert_eq!((retro.state, retro.revision, retro.submitted), (State::Draft, 2, None));
    assert_eq!(ended(&store, &dana, number).await, Some(("in_review".to_owned(), "impact".to_owned())));
}

/// What the text states ends an approval as well; what the reviewers look at beside it ends a review; the rest ends nothing.
pub async fn what_a_retro_states_ends_its_review_and_its_approval(store: Store) {
    let dana = dana(&store).await;
    let details = |title: &str, summary: &str, ticket: &str| Details {
        title: title.to_owned(),
        summary: summary.to_owned(),
        ticket: ticket.to_owned(),
        ..Details::default()
    };
    let file = Evidence::new("facts.yaml", b"secret".to_vec());
    for (nth, (from, ends)) in [
        (State::InReview, [true, true, true, true, true, true, false]),
        (State::Approved, [true, true, true, false, false, false, false]),
    ]
    .into_iter()
    .enumerate()
    {
        for (what, ends) in ends.into_iter().enumerate() {
            let number = drafted(&store, &dana, "one").await;
            change(&store, async |tx| evidence::add(&store, tx, act(&dana), number, Kind::Trace, &file, "").await)
                .await
                .expect("adds");
            let states = [State::InReview, State::Approved];
            bring_to(&store, &dana, number, &states[..=nth]).await;
            change(&store, async |tx| match what {
                0 => incidents::edit(tx, act(&dana), number, None, &details("renamed", "", "")).await,
                1 => incidents::set_severity(tx, act(&dana), number, None, Some(1), "worse").await,
                2 => incidents::set_moments(tx, act(&dana), number, None, &[aware()]).await,
                3 => incidents::edit(tx, act(&dana), number, None, &details("drafted", "", "OPS-1")).await,
                4 => evidence::add(&store, tx, act(&dana), number, Kind::Facts, &file, "").await,
                5 => erasure::erase(tx, act(&dana), number, &file.id.to_string(), "asked for").await,
                _ => incidents::edit(tx, act(&dana), number, None, &details("drafted", "more is known", "")).await,
            })
            .await
            .expect("changes");
            let expected = if ends { (State::Draft, 2) } else { (from, 1) };
            assert_eq!(state(&store, &dana, number).await, expected, "{what} from {from:?}");
            assert_eq!(ended(&store, &dana, number).await.map(|(from, _)| from), ends.then(|| from.name().to_owned()));
        }
    }
}

fn aware() -> Moment {
    Moment { point: Point::Aware, at: now(), source: String::new(), by: String::new() }
}

/// Only changes of the text make an editor of somebody.
pub async fn the_last_editor_is_who_changed_the_text(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Approver).await;
    let number = drafted(&store, &dana, "one").await;
    let editors = async || {
        let editors = read(&store, async |c| retros::last_editors(c, &dana, number).await).await;
        editors.expect("somebody drafted it")
    };
    let editor = async || editors().await.text;
    assert_eq!(editor().await, "dana");
    change(&store, async |tx| retros::waive(tx, act(&ana), number, "a", "x", &[]).await).await.expect("waives");
    assert_eq!((editor().await.as_str(), state(&store, &dana, number).await.1), ("dana", 2));
    change(&store, async |tx| {
        let retro = retros::lock(tx, act(&ana), number).await?;
        retros::save(tx, act(&ana), &retro, "two", edit(&Section::Impact)).await
    })
    .await
    .expect("saves");
    assert_eq!(editor().await, "ana");
    let save = async |by: &Viewer, text: &str| {
        change(&store, async |tx| {
            let retro = retros::lock(tx, act(by), number).await?;
            retros::save(tx, act(by), &retro, text, edit(&Section::Impact)).await
        })
        .await
        .expect("saves");
    };
    save(&dana, "two").await;
    assert_eq!(editor().await, "ana", "the same text is no edit");
    // What the text and its checks take from the incident counts from the last edit of the text on.
    let details = |ticket: &str, summary: &str| Details {
        title: "drafted".to_owned(),
        ticket: ticket.to_owned(),
        summary: summary.to_owned(),
        ..Details::default()
    };
    let moment = aware();
    for what in 0..3 {
        let text = format!("text {what}");
        save(&ana, &text).await;
        assert_eq!(editors().await.incident, None);
        for by in [&ana, &dana] {
            change(&store, async |tx| match what {
                0 => incidents::edit(tx, act(by), number, None, &details(&format!("OPS-{}", by.account), "")).await,
                1 => {
                    incidents::set_moments(
                        tx,
                        act(by),
                        number,
                        None,
                        &[Moment { by: by.name.clone(), ..moment.clone() }],
                    )
                    .await
                }
                _ => {
                    incidents::set_severity(tx, act(by), number, None, Some(by.account.len() as u8 * 2 - 5), &by.name)
                        .await
                }
            })
            .await
            .expect("changes");
            assert_eq!(editors().await.incident.as_deref(), Some(by.account.as_str()), "{what}");
        }
        // Nothing of it is changed by this.
        change(&store, async |tx| match what {
            0 => incidents::edit(tx, act(&ana), number, None, &details("OPS-dana", "more is known")).await,
            1 => {
                incidents::set_moments(
                    tx,
                    act(&ana),
                    number,
                    None,
                    &[Moment { by: dana.name.clone(), ..moment.clone() }],
                )
                .await
            }
            _ => incidents::set_severity(tx, act(&ana), number, None, Some(3), "as it was").await,
        })
        .await
        .expect("changes");
        assert_eq!(editors().await.incident.as_deref(), Some("dana"), "{what}");
    }
}

pub async fn a_waiver_covers_the_faults_that_it_names(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    let fault = |what: &str| Fault { section: Section::Actions, id: Some("a1".to_owned()), what: what.to_owned() };
    let named = [fault("no owner"), fault("no date")];
    change(&store, async |tx| retros::waive(tx, act(&dana), number, "a", "x", &named).await).await.expect("waives");
    let waiver = read(&store, async |c| retros::waivers(c, &dana, number).await).await.remove(0);
    assert_eq!(waiver.faults, named);
    assert!(waiver.covers("a", &named) && waiver.covers("a", &named[1..]), "what is mended needs no waiver");
    assert!(!waiver.covers("a", &[fault("no owner"), fault("no title")]), "a fault that it does not name");
    assert!(!waiver.covers("b", &named) && !waiver.covers("a", &[]));
}
