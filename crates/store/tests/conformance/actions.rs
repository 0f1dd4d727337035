//! Action items of retros.

use crate::support::{act, after, change, dana, drafted, incident, is_missing, is_stale, person, read};
use hindcast_retro::draft::{ActionCategory, ActionItem};
use hindcast_retro::record::action::{ActionState, Proof, ProofKind};
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::people::Role;
use hindcast_retro::statement::{Origin, Verdict};
use hindcast_store::actions::{self, Action, Part};
use hindcast_store::incidents::Whose;
use hindcast_store::retros::{self, Change};
use hindcast_store::{Act, Store, StoreError, Viewer};

pub fn item(id: &str, due: Option<&str>) -> ActionItem {
    ActionItem {
        id: id.to_owned(),
        category: ActionCategory::Tooling,
        label: None,
        done: false,
        title: format!("do {id}"),
        findings: vec!["f1".to_owned()],
        question: "q".to_owned(),
        verification: "v".to_owned(),
        owner: None,
        due: due.map(str::to_owned),
        origin: Origin::Analysis("system".to_owned()),
        verdict: Verdict::Open,
        reason: None,
        original: None,
    }
}

async fn follow(store: &Store, number: i64, items: &[ActionItem]) {
    change(store, async |tx| actions::follow(tx, act(&Viewer::system()), number, items).await).await.expect("follows");
}

async fn find(store: &Store, viewer: &Viewer, number: i64, id: &str) -> Result<Action, StoreError> {
    actions::find(&mut store.reader().await.expect("reads"), viewer, number, id).await
}

async fn ids(store: &Store, viewer: &Viewer, number: i64) -> Vec<String> {
    read(store, async |c| actions::of(c, viewer, number).await).await.into_iter().map(|a| a.id).collect()
}

async fn to(store: &Store, by: &Viewer, seen: &Action, state: ActionState) -> Result<(), StoreError> {
    let proof = Proof { kind: ProofKind::Link, reference: "https://x.example/1".to_owned(), by: None };
    let proof = Some(&proof).filter(|_| state == ActionState::Closed);
    let waiver = Some("no use").filter(|_| state == ActionState::Dropped);
    change(store, async |tx| actions::set_state(tx, Act { by, at: after(9) }, seen, state, proof, waiver).await).await
}

pub async fn follow_the_retro(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    follow(&store, number, &[item("a1", Some("2026-12-01")), item("a2", None), item("a3", Some("2026-11-30"))]).await;
    assert_eq!(ids(&store, &dana, number).await, ["a3", "a1", "a2"], "what has no date comes last");
    let a1 = find(&store, &dana, number, "a1").await.expect("is there");
    assert_eq!((a1.category.as_str(), a1.title.as_str(), a1.owner.as_str()), ("tooling", "do a1", ""));
    assert_eq!((a1.question.as_str(), a1.verification.as_str(), a1.state), ("q", "v", ActionState::Open));
    to(&store, &dana, &a1, ActionState::Closed).await.expect("closes");
    let changed = ActionItem { title: "do it better".to_owned(), owner: Some("Ana".to_owned()), ..item("a1", None) };
    let rejected = ActionItem { verdict: Verdict::Rejected, ..item("a2", None) };
    follow(&store, number, &[changed, rejected]).await;
    assert_eq!(ids(&store, &dana, number).await, ["a1"], "what was taken out or rejected is gone");
    let a1 = find(&store, &dana, number, "a1").await.expect("is there");
    assert_eq!((a1.state, a1.title.as_str(), a1.owner.as_str()), (ActionState::Closed, "do it better", "Ana"));
    assert_eq!(a1.proof, Some(("link".to_owned(), "https://x.example/1".to_owned())));
    assert_eq!(a1.closed, Some(("dana".to_owned(), after(9))));
    assert!(is_missing(&find(&store, &dana, number, "a3").await));
    follow(&store, number, &[item("a3", None)]).await;
    assert_eq!(ids(&store, &dana, number).await, ["a3"], "what comes back is back");
}

/// Every edit of the retro brings the rows in step; only what it changes of an item makes another version of it.
pub async fn a_change_of_the_retro_elsewhere_leaves_them_as_seen(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    follow(&store, number, &[item("a1", None), item("a2", None)]).await;
    let seen = find(&store, &dana, number, "a1").await.expect("is there");
    follow(&store, number, &[item("a1", None), ActionItem { title: "other".to_owned(), ..item("a2", None) }]).await;
    assert_eq!(find(&store, &dana, number, "a1").await.expect("is there"), seen);
    assert_eq!(find(&store, &dana, number, "a2").await.expect("is there").version, 2);
    to(&store, &dana, &seen, ActionState::InProgress).await.expect("is as it was seen");
}

pub async fn are_changed_only_as_they_were_seen(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    follow(&store, number, &[item("a1", None)]).await;
    let seen = find(&store, &dana, number, "a1").await.expect("is there");
    let (a, b) =
        tokio::join!(to(&store, &dana, &seen, ActionState::Closed), to(&store, &dana, &seen, ActionState::Dropped));
    assert!(a.is_ok() != b.is_ok() && (is_stale(&a) || is_stale(&b)), "{a:?} {b:?}");
    let now = find(&store, &dana, number, "a1").await.expect("is there");
    assert_eq!((now.version, now.proof.is_some(), now.waiver.is_some()), (2, a.is_ok(), b.is_ok()));
    assert!(is_stale(&to(&store, &dana, &seen, ActionState::Open).await));
    to(&store, &dana, &now, ActionState::Open).await.expect("reopens");
    let open = find(&store, &dana, number, "a1").await.expect("is there");
    assert_eq!((open.state, open.proof, open.waiver, open.closed), (ActionState::Open, None, None, None));
    follow(&store, number, &[]).await;
    let gone = to(&store, &dana, &now, ActionState::Open).await;
    assert!(is_missing(&gone), "{gone:?}");
}

pub async fn are_listed_by_urgency(store: Store) {
    let dana = dana(&store).await;
    let one = incident(&store, &dana, "one").await;
    let two = incident(&store, &dana, "two").await;
    let owned = ActionItem { owner: Some("Dana".to_owned()), ..item("a1", Some("2026-12-03")) };
    follow(&store, one, &[owned, item("a2", None)]).await;
    follow(&store, two, &[item("a1", Some("2026-12-01")), item("a2", Some("2026-12-02"))]).await;
    let first = find(&store, &dana, two, "a1").await.expect("is there");
    to(&store, &dana, &first, ActionState::Dropped).await.expect("drops");
    let of = |all: Vec<Action>| all.into_iter().map(|a| (a.incident, a.id)).collect::<Vec<_>>();
    let id = |incident, id: &str| (incident, id.to_owned());
    let part = async |over, owner, from, most| {
        let part = Part { over, owner, from, most };
        of(read(&store, async |c| actions::part(c, &dana, part).await).await)
    };
    assert_eq!(part(false, "", 0, 10).await, [id(two, "a2"), id(one, "a1"), id(one, "a2")]);
    assert_eq!(part(true, "", 0, 10).await, [id(two, "a1")]);
    assert_eq!(part(false, "", 1, 1).await, [id(one, "a1")]);
    assert_eq!(part(false, "", 3, 10).await, []);
    let owned_by = async |owner| part(false, owner, 0, 10).await.len();
    assert_eq!((owned_by(" DANA ").await, owned_by("Mia").await), (1, 0));
    let due =
        async |whose, until, most| of(read(&store, async |c| actions::due(c, &dana, whose, until, most).await).await);
    assert_eq!(due(Whose::Everybody, None, 10).await, [id(two, "a2"), id(one, "a1")]);
    assert_eq!(due(Whose::Everybody, None, 1).await, [id(two, "a2")]);
    assert_eq!(due(Whose::Everybody, Some("2026-12-02"), 10).await, [id(two, "a2")]);
    let owned = ActionItem { owner: Some("DANA".to_owned()), ..item("a1", Some("2026-12-03")) };
    follow(&store, one, &[owned, item("a2", None)]).await;
    assert_eq!(due(Whose::Mine, None, 10).await, [id(one, "a1")], "whatever the case");
    assert_eq!(due(Whose::Others, None, 10).await, [id(two, "a2")], "what nobody owns is the team's");
}

/// Somebody's few items are looked up by their owner, and many in the order of what is due.
pub async fn are_the_same_for_who_owns_few_and_many(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Approver).await);
    let one = incident(&store, &dana, "one").await;
    let of = |owner: &str, n: usize| ActionItem {
        owner: Some(owner.to_owned()),
        ..item(&format!("a{n:03}"), Some(&format!("2026-12-{:02}", n % 28 + 1)))
    };
    let due = async |viewer: &Viewer, whose, until: Option<&str>| {
        let all = read(&store, async |c| actions::due(c, viewer, whose, until, 300).await).await;
        all.into_iter().map(|a| (a.due.unwrap_or_default(), a.id)).collect::<Vec<_>>()
    };
    for many in [3, 150] {
        let mut all: Vec<ActionItem> = (0..many).map(|n| of(if n % 2 == 0 { "Dana" } else { "dana" }, n)).collect();
        all.extend((many..many + 2).map(|n| of("ana", n)));
        follow(&store, one, &all).await;
        let mut expected: Vec<_> = all.iter().map(|a| (a.due.clone().unwrap_or_default(), a.id.clone())).collect();
        expected.sort();
        let (ours, others): (Vec<_>, Vec<_>) = expected.into_iter().partition(|(_, id)| *id < format!("a{many:03}"));
        assert_eq!(
            (due(&dana, Whose::Mine, None).await, due(&dana, Whose::Others, None).await),
            (ours.clone(), others.clone())
        );
        assert_eq!((due(&ana, Whose::Mine, None).await, due(&ana, Whose::Others, None).await), (others, ours.clone()));
        let soon: Vec<_> = ours.into_iter().filter(|(date, _)| date.as_str() <= "2026-12-02").collect();
        assert_eq!(due(&dana, Whose::Mine, Some("2026-12-02")).await, soon);
    }
}

/// An edit of the retro takes retro, log and actions; a change of an action must not take them the other way round.
pub async fn and_sections_changed_at_once_do_not_lock_each_other_out(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    follow(&store, number, &[item("a1", None)]).await;
    let edit = {
        let (store, dana) = (store.clone(), dana.clone());
        tokio::spawn(async move {
            for nth in 0..25 {
                let mut tx = store.begin().await?;
                let retro = retros::lock(&mut tx, act(&dana), number).await?;
                let change = Change { what: "actions", reason: "", sections: &[Section::Actions] };
                retros::save(&mut tx, act(&dana), &retro, "two", change).await?;
                let title = format!("round {nth}");
                actions::follow(&mut tx, act(&dana), number, &[ActionItem { title, ..item("a1", None) }]).await?;
                tx.commit().await?;
            }
            Ok::<_, StoreError>(())
        })
    };
    let mut kept = 0;
    while !edit.is_finished() {
        let seen = find(&store, &dana, number, "a1").await.expect("is there");
        match to(&store, &dana, &seen, ActionState::InProgress).await {
            Ok(()) => kept += 1,
            Err(e) => assert!(matches!(e, StoreError::Stale(_)), "{e:?}"),
        }
    }
    edit.await.expect("ends").expect("no edit is refused");
    let seen = find(&store, &dana, number, "a1").await.expect("is there");
    assert_eq!(seen.title, "round 24");
    assert!(kept == 0 || seen.state == ActionState::InProgress);
}
