//! Emergency access: an administrator reads a restricted incident that does not name them, and everybody named is told.

use crate::support::{act, after, change, dana, is_conflict, is_missing, now, person, read, tamper, titled};
use hindcast_retro::record::people::{Duty, Role};
use hindcast_retro::record::reminder::Kind;
use hindcast_store::emergency::{self, Ending, Grant, HOURS};
use hindcast_store::incidents::New;
use hindcast_store::{Act, Store, StoreError, Viewer, accounts, chain, incidents, notices};
use jiff::Timestamp;

/// A restricted incident of mia's, which names vera as well.
async fn hidden(store: &Store) -> (Viewer, Viewer, i64) {
    let (mia, vera) = (person(store, "mia", Role::Responder).await, person(store, "vera", Role::Viewer).await);
    let new = New { restricted: true, ..titled("secret") };
    let number = change(store, async |tx| incidents::create(tx, act(&mia), &new).await).await.expect("opens");
    let named = change(store, async |tx| incidents::set_person(tx, act(&mia), number, "vera", Duty::Informed).await);
    named.await.expect("names");
    (mia, vera, number)
}

async fn open(store: &Store, by: &Viewer, at: Timestamp, number: i64) -> Result<Grant, StoreError> {
    change(store, async |tx| emergency::open(tx, Act { by, at }, number, "a customer is at risk").await).await
}

async fn end(store: &Store, by: &Viewer, number: i64, id: i64) -> Result<(), StoreError> {
    change(store, async |tx| emergency::end(tx, act(by), number, id).await).await
}

async fn begins(store: &Store, by: &Viewer, at: Timestamp, number: i64) -> Option<Viewer> {
    read(store, async |c| emergency::begin(c, by, number, at).await).await
}

pub async fn tells_those_named_and_ends_by_itself(store: Store) {
    let dana = dana(&store).await;
    let (mia, vera, number) = hidden(&store).await;
    let gone = person(&store, "gone", Role::Viewer).await;
    change(&store, async |tx| {
        incidents::set_person(tx, act(&mia), number, "gone", Duty::Informed).await?;
        accounts::set_disabled(tx, act(&dana), "gone", true).await
    })
    .await
    .expect("deactivates");
    let grant = open(&store, &dana, now(), number).await.expect("opens");
    assert_eq!((grant.expires_at, grant.name.as_str()), (after(HOURS * 3600), "dana"));
    for (person, many) in [(&mia, 1), (&vera, 1), (&dana, 0), (&gone, 0)] {
        let told = read(&store, async |c| notices::of(c, person, notices::Filter::default(), 9).await).await;
        assert_eq!(told.len(), many, "{}", person.name);
        for notice in told {
            assert_eq!(
                (notice.kind, notice.incident, notice.until),
                (Kind::EmergencyAccess, Some(number), grant.expires_at)
            );
            assert_eq!(notice.by.as_deref(), Some("dana"));
            assert_eq!(notice.reason.as_deref(), Some("a customer is at risk"));
        }
    }
    let event = read(&store, async |c| chain::of_incident(c, &mia, number, 1).await).await.remove(0);
    assert_eq!((event.kind.as_str(), event.account.as_str()), ("incident.emergency_opened", "dana"));
    assert_eq!(event.data["told"], serde_json::json!(["mia", "vera"]));
    let before = after(HOURS * 3600 - 1);
    assert!(begins(&store, &dana, before, number).await.is_some());
    assert!(begins(&store, &dana, grant.expires_at, number).await.is_none());
    assert!(begins(&store, &mia, now(), number).await.is_none(), "it is nobody else's");
    // After that, with a reason of its own.
    open(&store, &dana, grant.expires_at, number).await.expect("opens again");
    assert_eq!(read(&store, async |c| emergency::page(c, None, 9).await).await.len(), 2);
}

pub async fn is_for_a_restricted_incident_that_does_not_name_one(store: Store) {
    let dana = dana(&store).await;
    let (mia, _, number) = hidden(&store).await;
    assert!(is_missing(&open(&store, &dana, now(), number + 1).await));
    open(&store, &dana, now(), number).await.expect("opens");
    assert!(is_conflict(&open(&store, &dana, after(60), number).await), "it is open already");
    let name = change(&store, async |tx| incidents::set_person(tx, act(&mia), number, "dana", Duty::Reviewer).await);
    name.await.expect("names");
    assert!(begins(&store, &dana, now(), number).await.is_none(), "who is named reads as everybody named does");
    let all = crate::support::incident(&store, &mia, "open to all").await;
    assert!(is_conflict(&open(&store, &dana, now(), all).await));
    assert!(is_conflict(&open(&store, &dana, after(HOURS * 3600), number).await));
}

pub async fn is_ended_by_its_administrator_and_by_those_named(store: Store) {
    let dana = dana(&store).await;
    let ada = person(&store, "ada", Role::Administrator).await;
    let (mia, vera, number) = hidden(&store).await;
    let other = crate::support::incident(&store, &ada, "another").await;
    for (by, ending) in [(&dana, Ending::Returned), (&mia, Ending::Withdrawn), (&vera, Ending::Withdrawn)] {
        let grant = open(&store, &dana, now(), number).await.expect("opens");
        // Not by another administrator, and not under another number.
        assert!(is_missing(&end(&store, &ada, number, grant.id).await));
        assert!(is_missing(&end(&store, &dana, other, grant.id).await));
        end(&store, by, number, grant.id).await.expect("ends");
        assert!(begins(&store, &dana, now(), number).await.is_none());
        assert!(is_conflict(&end(&store, by, number, grant.id).await));
        let of = read(&store, async |c| emergency::of(c, &mia, number).await).await;
        assert_eq!((of[0].ending, of[0].ended_by.as_deref()), (Some(ending), Some(by.name.as_str())));
    }
}

pub async fn ends_with_the_role_and_the_account(store: Store) {
    let dana = dana(&store).await;
    let ada = person(&store, "ada", Role::Administrator).await;
    let (mia, _, number) = hidden(&store).await;
    open(&store, &ada, now(), number).await.expect("opens");
    let role = async |role| {
        change(&store, async |tx| accounts::set_role(tx, act(&dana), "ada", role).await).await.expect("changes");
    };
    role(Role::Approver).await;
    role(Role::Administrator).await;
    assert!(begins(&store, &ada, now(), number).await.is_none(), "a role that comes back brings nothing back");
    open(&store, &ada, now(), number).await.expect("opens again");
    for disabled in [true, false] {
        let change = change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ada", disabled).await);
        change.await.expect("changes");
    }
    assert!(begins(&store, &ada, now(), number).await.is_none());
    let of = read(&store, async |c| emergency::of(c, &mia, number).await).await;
    assert_eq!([of[0].ending, of[1].ending], [Some(Ending::Deactivated), Some(Ending::Demoted)]);
}

pub async fn opened_twice_at_once_is_opened_once(store: Store) {
    let dana = dana(&store).await;
    let (.., number) = hidden(&store).await;
    let (one, two) = tokio::join!(open(&store, &dana, now(), number), open(&store, &dana, now(), number));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(read(&store, async |c| emergency::page(c, None, 9).await).await.len(), 1);
}

pub async fn is_read_only_after_it_is_put_down(store: Store) {
    let dana = dana(&store).await;
    let (mia, _, number) = hidden(&store).await;
    let note =
        async |by: &Viewer| change(&store, async |tx| emergency::record(tx, act(by), "/incidents/1").await).await;
    let recorded =
        async |by: &Viewer| read(&store, async |c| emergency::is_recorded(c, by, "/incidents/1").await).await;
    assert!(is_missing(&note(&dana).await), "without access there is nothing to put down");
    let grant = open(&store, &dana, now(), number).await.expect("opens");
    let reads = begins(&store, &dana, now(), number).await.expect("has access");
    assert!(!recorded(&reads).await);
    note(&reads).await.expect("puts it down");
    assert!(recorded(&reads).await);
    let event = read(&store, async |c| chain::of_incident(c, &mia, number, 1).await).await.remove(0);
    assert_eq!((event.kind.as_str(), event.subject.as_str()), ("incident.emergency_read", "/incidents/1"));
    // A request that had begun before it was withdrawn reads nothing.
    end(&store, &mia, number, grant.id).await.expect("withdraws");
    assert!(is_missing(&note(&reads).await));
}

pub async fn is_covered_by_the_audit_log(store: Store) {
    let dana = dana(&store).await;
    let (.., number) = hidden(&store).await;
    let grant = open(&store, &dana, now(), number).await.expect("opens");
    let faults = async || read(&store, async |c| chain::verify(c).await).await.faults;
    assert_eq!(faults().await, Vec::<String>::new());
    tamper(&store, "UPDATE emergency_access SET expires_at = '2027-01-01T00:00:00.000Z'").await;
    let told = faults().await.join("\n");
    assert!(told.contains("INC-1: emergency access changed without an event since event"), "{told}");
    tamper(&store, "UPDATE emergency_access SET expires_at = '2026-11-25T14:00:00.000Z'").await;
    assert_eq!(faults().await, Vec::<String>::new());
    end(&store, &dana, number, grant.id).await.expect("ends");
    assert_eq!(faults().await, Vec::<String>::new());
    tamper(&store, "DELETE FROM emergency_access").await;
    assert_ne!(faults().await, Vec::<String>::new());
}
