//! Jobs: put down with the change that causes them, done once, tried again.

use crate::support::{
    act, after, change, dana, drafted, incident, is_conflict, is_missing, now, person, read, tamper, titled,
};
use hindcast_retro::draft::ActionItem;
use hindcast_retro::policy::{DueDate, Policy};
use hindcast_retro::record::action::ActionState;
use hindcast_retro::record::incident::Status;
use hindcast_retro::record::people::{Duty, Role};
use hindcast_retro::record::reminder::{self, Kind, Urgency};
use hindcast_store::incidents::New;
use hindcast_store::jobs::{self, Ended, Job, MOST_ATTEMPTS, Planned, State};
use hindcast_store::notices::{self, Notice};
use hindcast_store::{Act, Store, StoreError, Tx, Viewer, accounts, actions, chain, incidents, recurrences};
use jiff::Timestamp;

const DAY: i64 = 24 * 60 * 60;

pub fn deadline(what: &str, at: Timestamp) -> DueDate {
    DueDate { what: what.to_owned(), at: Some(at), text: Some("in words".to_owned()), explanation: String::new() }
}

async fn set(store: &Store, by: &Viewer, number: i64, due: &[DueDate]) {
    change(store, async |tx| incidents::set_deadlines(tx, act(by), number, due).await).await.expect("sets");
}

async fn all(store: &Store, viewer: &Viewer, state: State) -> Vec<Job> {
    read(store, async |c| jobs::by_time(c, viewer, state, 100).await).await
}

/// Does everything whose time has come by then, and tells what came of it.
pub async fn run(store: &Store, at: Timestamp) -> Vec<Option<Ended>> {
    let mut ended = Vec::new();
    for id in read(store, async |c| jobs::due(c, at, 100).await).await {
        ended.push(jobs::take(store, id, at).await.expect("the database answers"));
    }
    ended
}

async fn told(store: &Store, viewer: &Viewer) -> Vec<Notice> {
    read(store, async |c| notices::of(c, viewer, notices::Filter::default(), 100).await).await
}

/// Events that tell of a reminder.
async fn sent(store: &Store, viewer: &Viewer, number: i64) -> usize {
    let events = read(store, async |c| chain::of_incident(c, viewer, number, 1000).await).await;
    events.iter().filter(|e| e.kind == "reminder.sent").count()
}

pub async fn of_a_deadline_remind_before_it_and_after_it(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    set(&store, &dana, number, &[deadline("response", after(3 * DAY))]).await;
    let waiting = all(&store, &dana, State::Waiting).await;
    assert_eq!(waiting.iter().map(|j| j.run_at).collect::<Vec<_>>(), [after(2 * DAY), after(3 * DAY)]);
    assert_eq!(waiting[0].key, "deadline INC-1 \"response\" 2026-11-28T10:00:00.000Z soon");
    assert_eq!(run(&store, after(2 * DAY - 1)).await, []);
    assert_eq!(jobs::take(&store, waiting[0].id, now()).await.expect("answers"), None, "before its time");
    assert_eq!(run(&store, after(2 * DAY)).await, [Some(Ended::Sent(1))]);
    assert_eq!(jobs::take(&store, waiting[0].id, after(2 * DAY)).await.expect("answers"), None, "it is done");
    assert_eq!(run(&store, after(4 * DAY)).await, [Some(Ended::Sent(1))]);
    let told = told(&store, &dana).await;
    assert_eq!(told.iter().map(|n| n.urgency).collect::<Vec<_>>(), [Some(Urgency::Overdue), Some(Urgency::Soon)]);
    assert_eq!((told[0].incident, told[0].title.as_str(), told[0].subject.as_str()), (Some(number), "one", "response"));
    assert_eq!((told[1].at, told[1].read_at, told[1].settled), (after(2 * DAY), None, false));
    assert_eq!(told[1].text.as_deref(), Some("in words"));
    assert_eq!(sent(&store, &dana, number).await, 2);
    let done = all(&store, &dana, State::Done).await;
    assert_eq!(
        done.iter().map(|j| (j.attempts, j.finished_at)).collect::<Vec<_>>(),
        [(1, Some(after(4 * DAY))), (1, Some(after(2 * DAY)))]
    );
    assert_eq!(read(&store, chain::verify).await.faults, Vec::<String>::new());
}

pub async fn of_what_is_due_within_a_day_remind_at_once_and_of_what_is_late_once(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    set(&store, &dana, number, &[deadline("near", after(60)), deadline("late", after(-60))]).await;
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(1)); 2]);
    let urgency = told(&store, &dana).await.into_iter().map(|n| (n.subject, n.urgency)).collect::<Vec<_>>();
    assert_eq!(urgency, [("near".to_owned(), Some(Urgency::Soon)), ("late".to_owned(), Some(Urgency::Overdue))]);
    // Where nobody worked in between, only the later of the two is sent.
    set(&store, &dana, number, &[deadline("other", after(2 * DAY))]).await;
    assert_eq!(run(&store, after(3 * DAY)).await, [Some(Ended::NotNeeded), Some(Ended::Sent(1))]);
}

pub async fn follow_a_deadline_that_moves_and_comes_back(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let waiting = async || {
        let all = all(&store, &dana, State::Waiting).await;
        all.into_iter().map(|j| (j.id, j.run_at)).collect::<Vec<_>>()
    };
    set(&store, &dana, number, &[deadline("a", after(3 * DAY))]).await;
    let first = waiting().await;
    set(&store, &dana, number, &[deadline("a", after(3 * DAY))]).await;
    assert_eq!(waiting().await, first, "put down twice is there once");
    set(&store, &dana, number, &[deadline("a", after(5 * DAY))]).await;
    assert_eq!(waiting().await.iter().map(|w| w.1).collect::<Vec<_>>(), [after(4 * DAY), after(5 * DAY)]);
    assert_eq!(all(&store, &dana, State::NotNeeded).await.len(), 2);
    set(&store, &dana, number, &[deadline("a", after(3 * DAY))]).await;
    assert_eq!(waiting().await, first, "what was not needed is needed again");
    assert_eq!(run(&store, after(2 * DAY)).await, [Some(Ended::Sent(1))]);
    set(&store, &dana, number, &[]).await;
    set(&store, &dana, number, &[deadline("a", after(3 * DAY))]).await;
    assert_eq!(waiting().await, first[1..], "what was sent is not sent again");
    change(&store, async |tx| incidents::set_status(tx, act(&dana), number, None, Status::Closed).await)
        .await
        .expect("closes");
    assert_eq!(waiting().await, []);
    assert_eq!(told(&store, &dana).await.iter().map(|n| n.settled).collect::<Vec<_>>(), [true]);
    change(&store, async |tx| incidents::set_status(tx, act(&dana), number, None, Status::Open).await)
        .await
        .expect("opens again");
    assert_eq!(waiting().await, first[1..]);
    change(&store, async |tx| incidents::lift(tx, act(&dana), number, "a").await).await.expect("meets it");
    assert_eq!(waiting().await, []);
    assert_eq!(run(&store, after(9 * DAY)).await, []);
}

/// Whatever withdraws a job may have been forgotten: what a job is for is looked at again when it is done.
pub async fn are_held_against_what_is_so_when_they_are_done(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "{}").await;
    set(&store, &dana, number, &[deadline("met", after(60)), deadline("moved", after(60))]).await;
    tamper(&store, "UPDATE deadline SET met_at = due_at WHERE what = 'met'").await;
    tamper(&store, "UPDATE deadline SET due_at = '2027-01-01T00:00:00.000Z' WHERE what = 'moved'").await;
    change(&store, async |tx| {
        actions::follow(tx, act(&dana), number, &[crate::actions::item("a1", Some("2026-11-26"))]).await
    })
    .await
    .expect("follows");
    let plan = async |due: &str| {
        let due = due.to_owned();
        change(&store, async |tx| plan_action(tx, &dana, number, "a1", &due).await).await.expect("plans");
    };
    plan("2026-11-25").await;
    assert_eq!(run(&store, after(70)).await, [Some(Ended::NotNeeded); 5]);
    plan("2026-11-26").await;
    tamper(&store, "UPDATE action SET state = 'dropped'").await;
    assert_eq!(run(&store, after(70)).await, [Some(Ended::NotNeeded)]);
    assert_eq!(told(&store, &dana).await, []);
}

async fn plan_action(tx: &mut Tx, by: &Viewer, number: i64, id: &str, due: &str) -> Result<(), StoreError> {
    let all = reminder::of_action(&Policy::builtin(), due, now()).into_iter();
    let all: Vec<Planned> = all.map(|r| Planned::action(number, id, due, 0, r)).collect();
    jobs::follow(tx, act(by), number, Kind::Action, &all).await
}

pub async fn of_a_deadline_tell_those_who_are_named(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let vera = person(&store, "vera", Role::Viewer).await;
    let gone = person(&store, "gone", Role::Responder).await;
    let number = incident(&store, &mia, "one").await;
    let name = async |who: &Viewer| {
        let named = incidents::set_person;
        change(&store, async |tx| named(tx, act(&mia), number, &who.account, Duty::Informed).await)
            .await
            .expect("names");
    };
    name(&vera).await;
    name(&gone).await;
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "gone", true).await).await.expect("shuts out");
    set(&store, &mia, number, &[deadline("a", after(-1))]).await;
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(2))]);
    for (who, n) in [(&mia, 1), (&vera, 1), (&dana, 0), (&gone, 0)] {
        assert_eq!(told(&store, who).await.len(), n, "{}", who.name);
    }
    // Where nobody is named any more, those who may write are told; and not of what others were told before.
    tamper(&store, "DELETE FROM incident_person").await;
    assert_eq!(jobs::take(&store, 1, now()).await.expect("answers"), None);
    set(&store, &mia, number, &[deadline("b", after(-1))]).await;
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(2))]);
    for (who, n) in [(&mia, 2), (&vera, 1), (&dana, 1), (&gone, 0)] {
        assert_eq!(told(&store, who).await.len(), n, "{}", who.name);
    }
}

pub async fn of_an_action_tell_its_owner(store: Store) {
    let dana = dana(&store).await;
    let elodie = person(&store, "Élodie Strauß", Role::Responder).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let number = drafted(&store, &dana, "{}").await;
    let owned = |id: &str, owner: &str| ActionItem {
        owner: Some(owner.to_owned()),
        ..crate::actions::item(id, Some("2026-11-25"))
    };
    let items = [owned("a1", "ÉLODIE STRAUSS"), owned("a2", "Mia@Example.com"), owned("a3", "somebody else")];
    change(&store, async |tx| actions::follow(tx, act(&dana), number, &items).await).await.expect("follows");
    for (id, who) in [("a1", &elodie), ("a2", &mia), ("a3", &dana)] {
        change(&store, async |tx| plan_action(tx, &dana, number, id, "2026-11-25").await).await.expect("plans");
        assert_eq!(run(&store, now()).await, [Some(Ended::Sent(1))], "{id}");
        let told = told(&store, who).await;
        assert_eq!((told[0].subject.as_str(), told[0].action.clone()), (id, Some(format!("do {id}"))));
        assert_eq!((told[0].due.as_str(), told[0].urgency), ("2026-11-25", Some(Urgency::Soon)));
    }
    // The owner may not know of the incident any more: those who are named are told.
    change(&store, async |tx| incidents::set_restricted(tx, act(&dana), number, None, true).await)
        .await
        .expect("restricts");
    change(&store, async |tx| plan_action(tx, &dana, number, "a1", "2026-11-25").await).await.expect("plans");
    assert_eq!(run(&store, after(DAY)).await, [Some(Ended::Sent(1))]);
    assert_eq!(told(&store, &elodie).await.len(), 0, "what was told before is hidden as well");
    assert_eq!(told(&store, &dana).await[0].subject, "a1");
    let a1 = read(&store, async |c| actions::find(c, &dana, number, "a1").await).await;
    change(&store, async |tx| actions::set_state(tx, act(&dana), &a1, ActionState::Dropped, None, Some("x")).await)
        .await
        .expect("drops");
    assert!(told(&store, &dana).await[0].settled);
}

pub async fn of_a_restricted_incident_tell_nobody_who_is_not_named(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let number = incident(&store, &mia, "one").await;
    change(&store, async |tx| incidents::set_person(tx, act(&mia), number, "dana", Duty::Informed).await)
        .await
        .expect("names");
    set(&store, &mia, number, &[deadline("a", after(-1)), deadline("b", after(DAY))]).await;
    assert_eq!(run(&store, now()).await.len(), 2);
    let id = told(&store, &dana).await[0].id;
    change(&store, async |tx| {
        incidents::set_restricted(tx, act(&mia), number, None, true).await?;
        incidents::remove_person(tx, act(&mia), number, "dana", Duty::Informed).await
    })
    .await
    .expect("restricts");
    assert_eq!(told(&store, &dana).await, [], "what was told before is hidden");
    let read_it = change(&store, async |tx| notices::mark_read(tx, act(&dana), id).await).await;
    assert!(is_missing(&read_it), "{read_it:?}");
    assert_eq!(run(&store, after(DAY)).await, [Some(Ended::Sent(1))]);
    change(&store, async |tx| incidents::set_restricted(tx, act(&mia), number, None, false).await)
        .await
        .expect("opens it");
    assert_eq!(told(&store, &dana).await.len(), 2, "and is there again, without what was told meanwhile");
    assert_eq!(told(&store, &mia).await.len(), 3);
}

pub async fn of_near_misses_tell_approvers_who_may_know_of_one(store: Store) {
    let dana = dana(&store).await;
    let ravi = person(&store, "ravi", Role::Approver).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let review = reminder::review(&Policy::builtin(), now()).expect("a review");
    let log = async |restricted: bool| {
        let new = New { severity: Some(4), restricted, ..titled("near") };
        change(&store, async |tx| {
            incidents::create(tx, act(&ravi), &new).await?;
            jobs::enqueue(tx, act(&ravi), &Planned::review(&review)).await
        })
        .await
        .expect("logs");
    };
    log(true).await;
    log(true).await;
    assert_eq!(all(&store, &dana, State::Waiting).await.len(), 1, "one a month");
    assert_eq!(run(&store, review.until).await, [Some(Ended::Sent(1))]);
    assert_eq!((told(&store, &ravi).await.len(), told(&store, &dana).await.len()), (1, 0), "dana knows of none");
    assert_eq!(told(&store, &ravi).await[0].subject, "2026-11");
    log(true).await;
    assert_eq!(all(&store, &dana, State::Waiting).await, [], "what was sent is not sent again");
    // Another month, in which one is logged that everybody may know of.
    let december = reminder::review(&Policy::builtin(), review.until).expect("a review");
    let new = New { severity: Some(4), ..titled("near") };
    let later = Act { by: &mia, at: review.until };
    change(&store, async |tx| {
        incidents::create(tx, later, &new).await?;
        jobs::enqueue(tx, later, &Planned::review(&december)).await
    })
    .await
    .expect("logs");
    assert_eq!(run(&store, december.at).await, [Some(Ended::Sent(2))]);
    assert_eq!(told(&store, &mia).await, []);
    // And one in which that was long ago.
    let january = reminder::review(&Policy::builtin(), december.until).expect("a review");
    change(&store, async |tx| jobs::enqueue(tx, later, &Planned::review(&january)).await).await.expect("plans");
    assert_eq!(run(&store, january.at).await, [Some(Ended::NotNeeded)]);
}

pub async fn that_fail_are_put_off_and_then_wait_for_a_person(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    set(&store, &dana, number, &[deadline("a", after(-2)), deadline("b", after(-1))]).await;
    tamper(&store, "UPDATE job SET data = '{\"due\":\"secret\"}' WHERE subject = 'a'").await;
    let kind = "unreadable";
    assert_eq!(run(&store, now()).await, [Some(Ended::Postponed(kind)), Some(Ended::Sent(1))], "others go on");
    let waiting = all(&store, &dana, State::Waiting).await;
    assert_eq!((waiting[0].attempts, waiting[0].last_error.as_str(), waiting[0].run_at), (1, kind, after(60)));
    assert_eq!(run(&store, after(59)).await, []);
    let mut at = after(60);
    for attempt in 2..=MOST_ATTEMPTS {
        let ended = run(&store, at).await;
        if attempt == MOST_ATTEMPTS {
            assert_eq!(ended, [Some(Ended::Failed(kind))]);
            break;
        }
        assert_eq!(ended, [Some(Ended::Postponed(kind))]);
        let next = all(&store, &dana, State::Waiting).await[0].run_at;
        let pause = (60 << (attempt - 1)).min(3600);
        assert_eq!(next.duration_since(at).as_secs(), pause, "attempt {attempt}");
        at = next;
    }
    assert_eq!(run(&store, after(30 * DAY)).await, []);
    let failed = all(&store, &dana, State::Failed).await;
    assert_eq!((failed.len(), failed[0].attempts, failed[0].finished_at), (1, MOST_ATTEMPTS, Some(at)));
    let counts = read(&store, jobs::counts).await;
    assert_eq!((counts.states, counts.first), ([0, 1, 0, 1], None));
    tamper(&store, "UPDATE job SET data = replace(data, 'secret', '2026-11-25T09:59:58.000Z\",\"until\":\"2026-11-25T09:59:58.000Z')")
        .await;
    let again = async |id| change(&store, async |tx| jobs::retry(tx, act(&dana), id).await).await;
    assert_eq!(again(failed[0].id).await.expect("is tried again").state, State::Waiting);
    assert!(is_conflict(&again(failed[0].id).await));
    assert!(is_missing(&again(4711).await));
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(1))]);
    assert_eq!(sent(&store, &dana, number).await, 2);
}

pub async fn given_up_with_their_change_are_not_there(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let mut tx = store.begin().await.expect("begins");
    incidents::set_deadlines(&mut tx, act(&dana), number, &[deadline("a", now())]).await.expect("sets");
    drop(tx);
    assert_eq!(all(&store, &dana, State::Waiting).await, []);
}

/// Two servers on one database, and people who meet the deadlines that are being told of.
pub async fn taken_by_two_at_once_are_done_once(store: Store) {
    const MANY: i64 = 60;
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let due: Vec<DueDate> = (0..MANY).map(|n| deadline(&format!("d{n}"), after(-n))).collect();
    set(&store, &dana, number, &due).await;
    let worker = || {
        let store = store.clone();
        tokio::spawn(async move { run(&store, now()).await })
    };
    let workers = [worker(), worker(), worker()];
    // In the order of the workers, so that both are after the same job again and again; the last ones are left to them.
    for n in (10..MANY).rev() {
        let what = format!("d{n}");
        change(&store, async |tx| incidents::lift(tx, act(&dana), number, &what).await).await.expect("nobody waits");
    }
    let mut ended = Vec::new();
    for worker in workers {
        ended.extend(worker.await.expect("nobody waits for ever").into_iter().flatten());
    }
    let told = told(&store, &dana).await.len();
    assert!(told >= 10 && ended.iter().filter(|e| **e == Ended::Sent(1)).count() == told, "{told} of {ended:?}");
    assert_eq!(sent(&store, &dana, number).await, told);
    let counts = read(&store, jobs::counts).await;
    let over = i64::try_from(told).expect("few");
    assert_eq!(counts.states, [0, over, MANY - over, 0]);
    assert_eq!(read(&store, chain::verify).await.faults, Vec::<String>::new());
}

pub async fn tell_people_who_read_it_themselves(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let number = incident(&store, &mia, "one").await;
    let due: Vec<DueDate> = (0..4).map(|n| deadline(&format!("d{n}"), after(-n))).collect();
    set(&store, &mia, number, &due).await;
    run(&store, now()).await;
    let ids: Vec<i64> = told(&store, &mia).await.iter().map(|n| n.id).collect();
    assert!(ids.len() == 4 && ids.is_sorted_by(|a, b| a > b), "{ids:?}");
    let mark =
        async |by: &Viewer, id, at| change(&store, async |tx| notices::mark_read(tx, Act { by, at }, id).await).await;
    assert!(is_missing(&mark(&dana, ids[2], now()).await), "somebody else's");
    mark(&mia, ids[2], after(1)).await.expect("marks");
    mark(&mia, ids[2], after(2)).await.expect("marks again");
    let filter = |read, before| notices::Filter { read, before };
    let of = async |filter| read(&store, async |c| notices::of(c, &mia, filter, 100).await).await;
    let listed = async |filter| of(filter).await.iter().map(|n| n.id).collect::<Vec<_>>();
    assert_eq!(of(filter(Some(true), None)).await[0].read_at, Some(after(1)), "the first time counts");
    assert_eq!(listed(filter(Some(false), None)).await, [ids[0], ids[1], ids[3]]);
    assert_eq!(listed(filter(None, Some(ids[1]))).await, [ids[2], ids[3]]);
    change(&store, async |tx| notices::mark_read_up_to(tx, act(&dana), i64::MAX).await).await.expect("marks none");
    change(&store, async |tx| notices::mark_read_up_to(tx, act(&mia), ids[1]).await).await.expect("marks");
    assert_eq!(listed(filter(Some(false), None)).await, [ids[0]], "what came after it was looked at stays");
}

pub async fn are_listed_page_by_page(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    set(&store, &dana, number, &[deadline("a", after(-1)), deadline("b", after(3 * DAY))]).await;
    run(&store, now()).await;
    let page = async |state, before, most| {
        let jobs = read(&store, async |c| jobs::page(c, &dana, state, before, most).await).await;
        jobs.iter().map(|j| j.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 10).await, [3, 2, 1]);
    assert_eq!(page(None, Some(3), 1).await, [2]);
    assert_eq!(page(Some(State::Done), None, 10).await, [1]);
    assert_eq!(page(Some(State::Failed), None, 10).await, Vec::<i64>::new());
    let counts = read(&store, jobs::counts).await;
    assert_eq!((counts.states, counts.first), ([2, 1, 0, 0], Some(after(2 * DAY))));
}

/// The record outlives the policy that a reminder was planned by.
pub async fn follow_a_policy_whose_day_begins_at_another_time(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let west = include_str!("../../../retro/data/policy.yaml").replace("zone: UTC", "zone: Etc/GMT+5");
    let west = Policy::parse(&west).expect("a policy");
    let plan = async |policy: &Policy| {
        let all = reminder::of_action(policy, "2026-12-03", now()).into_iter();
        let all: Vec<Planned> = all.map(|r| Planned::action(number, "a1", "2026-12-03", 0, r)).collect();
        change(&store, async |tx| jobs::follow(tx, act(&dana), number, Kind::Action, &all).await).await.expect("plans");
        all_at(&store, &dana).await
    };
    let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
    assert_eq!(plan(&Policy::builtin()).await, [at("2026-12-02T00:00:00Z"), at("2026-12-04T00:00:00Z")]);
    assert_eq!(plan(&west).await, [at("2026-12-02T05:00:00Z"), at("2026-12-04T05:00:00Z")]);
    let jobs = all(&store, &dana, State::Waiting).await;
    assert_eq!(jobs.len(), 2, "the same two");
}

async fn all_at(store: &Store, by: &Viewer) -> Vec<Timestamp> {
    all(store, by, State::Waiting).await.iter().map(|j| j.run_at).collect()
}

/// Whoever owns an action that is overdue was told so; when the failure comes back, they are told anew.
pub async fn of_an_action_that_was_opened_again_are_sent_again(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = (incident(&store, &dana, "one").await, incident(&store, &dana, "two").await);
    let items = [crate::actions::item("a1", Some("2026-11-20"))];
    change(&store, async |tx| actions::follow(tx, act(&dana), one, &items).await).await.expect("follows");
    let find = async || read(&store, async |c| actions::find(c, &dana, one, "a1").await).await;
    let plan = async || {
        let returned = find().await.returned;
        let all = reminder::of_action(&Policy::builtin(), "2026-11-20", now()).into_iter();
        let all: Vec<Planned> = all.map(|r| Planned::action(one, "a1", "2026-11-20", returned, r)).collect();
        change(&store, async |tx| jobs::follow(tx, act(&dana), one, Kind::Action, &all).await).await.expect("plans");
    };
    plan().await;
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(1))]);
    let open = find().await;
    let close =
        async |tx: &mut Tx| actions::set_state(tx, act(&dana), &open, ActionState::Closed, None, Some("done")).await;
    change(&store, close).await.expect("closes");
    change(&store, async |tx| recurrences::tell(tx, act(&dana), two, one, "").await).await.expect("tells");
    plan().await;
    assert_eq!(run(&store, now()).await, [Some(Ended::Sent(1))]);
    plan().await;
    assert_eq!(run(&store, now()).await, [], "once for each time that it came back");
}
