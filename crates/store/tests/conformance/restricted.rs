//! Restricted incidents: no read shows one to those who are not named, no write of theirs reaches it.
//!
//! The reads and writes are taken from the source: one that is new and not told here how to call fails the check.

use crate::support::{act, change, dana, person, read, tamper, titled};
use hindcast_retro::policy::DueDate;
use hindcast_retro::record::action::ActionState;
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::incident::{Moment, Point, Status};
use hindcast_retro::record::people::{Duty, Role};
use hindcast_store::evidence::{Kind, NewFile};
use hindcast_store::incidents::{Details, Filter, New, Whose};
use hindcast_store::{
    Conn, Store, StoreError, Tx, Viewer, actions, affected, chain, emergency, erasure, evidence, incidents, jobs,
    near_misses, notices, recurrences, retros, unmasked,
};
use hindcast_trace::{Evidence, Stop};
use std::path::Path;

/// Reads that are not about an incident.
const OF_NO_INCIDENT: &[&str] = &[
    "access::links",
    "access::sessions",
    "access::tokens",
    "accounts::administrators",
    "accounts::all",
    "accounts::by_email",
    "accounts::find",
    "accounts::none_yet",
    "accounts::page",
    "anchor::find",
    "chain::head",
    "chain::verify",
    "chain::verify_against",
    "check::all_evidence",
    "check::database",
    "check::evidence",
    // With emergency access only: its own checks call them.
    "emergency::begin",
    "emergency::is_recorded",
    // For administrators, who oversee each other: numbers and reasons, and nothing that the incidents hold.
    "emergency::page",
    "idempotency::find",
    "identities::find",
    "identities::linked_at",
    "identities::made",
    "invitations::find",
    "invitations::may_reset",
    "invitations::page",
    "jobs::counts",
    "jobs::due",
    "known_sources::is_known",
    "logins::find",
    "logins::of",
    "logins::page",
    "mails::find",
    "near_misses::month",
    "pending_sign_ins::find",
    "second_factors::find",
    "second_factors::holders",
    "second_factors::unconfirmed",
    "settings::find",
    "settings::is_vouched",
    "tokens::find",
    "tokens::of",
    "tokens::page",
];

/// Writes that are not about an incident, and those that are one half of a change whose other half asks for rights.
const WITHOUT_INCIDENT: &[&str] = &[
    "access::end_all",
    "access::end_links",
    "access::end_logins",
    "access::end_session",
    "access::end_sessions_and_tokens",
    "access::revoke_token",
    "accounts::create",
    "accounts::find_held",
    "accounts::set_disabled",
    "accounts::set_password",
    "accounts::set_role",
    "actions::follow",
    "anchor::begin",
    "anchor::forget",
    "anchor::set",
    "chain::begin_coverage",
    // It is what opens a restricted incident; the checks of emergency access hold it to its own rules.
    "emergency::open",
    "emergency::record",
    "attempts::count",
    "attempts::forgive",
    "attempts::sweep",
    "attempts::take_turn",
    "known_sources::forget",
    "known_sources::remember",
    "look_alike::distinct",
    "idempotency::keep",
    "incidents::create",
    "incidents::lift",
    "incidents::set_deadlines",
    "access::withdraw_invitations",
    "identities::complete",
    "identities::keep_role",
    "identities::link",
    "identities::unlink",
    "invitations::create",
    "invitations::create_first",
    "invitations::create_recovery",
    "invitations::create_reset",
    "invitations::use_up",
    "invitations::withdraw",
    "jobs::enqueue",
    "jobs::follow",
    "logins::create",
    "logins::end",
    "logins::seen",
    "logins::sweep",
    "mails::forget",
    "mails::set",
    "near_misses::mark_month",
    "notices::mark_read_up_to",
    "pending_sign_ins::create",
    "pending_sign_ins::end",
    "recurrences::set_kinds",
    "refusals::record",
    "retros::save",
    "retros::set_state",
    "second_factors::accept",
    "second_factors::begin",
    "second_factors::recover",
    "second_factors::renew_codes",
    "second_factors::reset",
    "second_factors::turn_off",
    "second_factors::turn_on",
    "second_factors::use_code",
    "settings::get_or",
    "settings::remove",
    "settings::set",
    "settings::vouch",
    // By whoever administers, who lets nobody in but the successor, and not themselves.
    "succession::hand_over",
    "tokens::create",
    "tokens::revoke",
    "tokens::used",
];

/// The public functions whose parameters hold this one, as `module::name`.
fn functions(parameter: &str) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the source").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let inside = path.strip_prefix(&src).expect("inside").with_extension("");
            let module = inside.iter().next().expect("a name").to_string_lossy().into_owned();
            for function in text.split("\npub async fn ").skip(1) {
                let (name, rest) = function.split_once('(').expect("parameters");
                let parameters = rest.split_once(") ->").expect("a result").0;
                if parameters.contains(parameter) {
                    found.push(format!("{module}::{name}"));
                }
            }
        }
    }
    found.sort();
    found
}

/// The incident of mia's in which the same was found, and the one that the restricted one is the return of.
const LIKE: i64 = 1;
const BEFORE: i64 = 2;

fn kinds() -> Vec<(String, String)> {
    vec![("wrong-count".to_owned(), String::new())]
}

/// Two incidents before it, both of them restricted as well: one is like it, with an action that is closed.
async fn earlier(store: &Store, mia: &Viewer, new: &New) -> (i64, i64) {
    let open = async || change(store, async |tx| incidents::create(tx, act(mia), new).await).await.expect("opens");
    let (like, before) = (open().await, open().await);
    change(store, async |tx| {
        recurrences::set_kinds(tx, like, &kinds()).await?;
        actions::follow(tx, act(mia), like, &[crate::actions::item("a1", None)]).await?;
        let action = actions::find(tx, mia, like, "a1").await?;
        actions::set_state(tx, act(mia), &action, ActionState::Closed, None, Some("a reason")).await
    })
    .await
    .expect("fills");
    (like, before)
}

/// A restricted incident of mia's with everything in it that there can be.
async fn filled(store: &Store) -> (Viewer, i64) {
    let mia = person(store, "mia", Role::Responder).await;
    let new = New { restricted: true, ..titled("secret") };
    let (like, before) = earlier(store, &mia, &new).await;
    let number = change(store, async |tx| incidents::create(tx, act(&mia), &new).await).await.expect("opens");
    let moment = Moment { point: Point::Aware, at: crate::support::now(), source: String::new(), by: String::new() };
    let due = DueDate {
        what: "response".to_owned(),
        at: Some(crate::support::after(60)),
        text: None,
        explanation: String::new(),
    };
    change(store, async |tx| {
        incidents::set_moments(tx, act(&mia), number, None, &[moment]).await?;
        incidents::set_deadlines(tx, act(&mia), number, &[due]).await?;
        incidents::add_tag(tx, act(&mia), number, "voice").await?;
        evidence::add(store, tx, act(&mia), number, Kind::Trace, &file(), "").await?;
        affected::import(tx, act(&mia), number, &[crate::affected::reached("s1", "q")], "").await?;
        retros::create(tx, act(&mia), number, "{}").await?;
        retros::waive(tx, act(&mia), number, "rule", "reason", &[]).await?;
        recurrences::set_kinds(tx, number, &kinds()).await?;
        recurrences::tell(tx, act(&mia), number, before, "").await?;
        // Of severity 4, so that everything about near-misses is there as well.
        incidents::set_severity(tx, act(&mia), number, None, Some(4), "reason").await?;
        near_misses::mark(tx, act(&mia), number, "seen").await?;
        actions::follow(tx, act(&mia), number, &[crate::actions::item("a1", Some("2026-12-01"))]).await
    })
    .await
    .expect("fills");
    assert_eq!((like, before), (LIKE, BEFORE));
    assert_eq!(crate::jobs::run(store, crate::support::now()).await, [Some(jobs::Ended::Sent(1))]);
    tamper(store, "UPDATE job SET state = 'failed' WHERE id = 2").await;
    let ada = person(store, "ada", Role::Administrator).await;
    change(store, async |tx| emergency::open(tx, act(&ada), number, "a reason").await).await.expect("opens");
    (mia, number)
}

fn file() -> Evidence {
    Evidence::new("trace.json", b"secret".to_vec())
}

/// What a read found; a refusal because there is none is nothing found.
fn found<T>(result: Result<T, StoreError>, any: impl FnOnce(T) -> bool) -> Result<bool, StoreError> {
    match result {
        Ok(value) => Ok(any(value)),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether a read shows anything of the incident to somebody.
async fn shows(read: &str, store: &Store, c: &mut Conn, v: &Viewer, n: i64) -> Result<bool, StoreError> {
    let id = file().id.to_string();
    match read {
        "actions::part" => {
            let part = actions::Part { over: false, owner: "", from: 0, most: 9 };
            found(actions::part(c, v, part).await, |l| !l.is_empty())
        }
        "actions::due" => found(actions::due(c, v, Whose::Everybody, None, 9).await, |l| !l.is_empty()),
        "actions::find" => found(actions::find(c, v, n, "a1").await, |_| true),
        "actions::of" => found(actions::of(c, v, n).await, |l| !l.is_empty()),
        "actions::page" => found(actions::page(c, v, &actions::Filter::default(), 9).await, |l| !l.is_empty()),
        "affected::counts" => found(affected::counts(c, v, n).await, |l| l.iter().any(|(_, n)| *n > 0)),
        "affected::of" => found(affected::of(c, v, n, None, 0, 9).await, |l| !l.is_empty()),
        "affected::one" => found(affected::one(c, v, n, 1).await, |_| true),
        "chain::of_incident" => found(chain::of_incident(c, v, n, 9).await, |l| !l.is_empty()),
        "chain::of_incident_before" => found(chain::of_incident_before(c, v, n, None, 9).await, |l| !l.is_empty()),
        "emergency::of" => found(emergency::of(c, v, n).await, |l| !l.is_empty()),
        "evidence::all_stored" => found(evidence::all_stored(store, c, v, n).await, |l| !l.is_empty()),
        "evidence::stored" => found(evidence::stored(store, c, v, n, &id).await, |b| b.is_some()),
        "evidence::bytes" => found(evidence::bytes(store, c, v, n, &id).await, |b| b.is_some()),
        "evidence::held_bytes" => found(evidence::held_bytes(store, c, v, n, &id).await, |_| true),
        "evidence::of" => found(evidence::of(c, v, n).await, |l| !l.is_empty()),
        "evidence::page" => found(evidence::page(c, v, n, None, 9).await, |l| !l.is_empty()),
        "incidents::brief" => found(incidents::brief(c, v, &Filter::default(), 9).await, |l| !l.is_empty()),
        "incidents::deadlines" => found(incidents::deadlines(c, v, n).await, |l| !l.is_empty()),
        "incidents::due" => found(incidents::due(c, v, Whose::Everybody, None, 9).await, |l| !l.is_empty()),
        "incidents::due_after" => found(incidents::due_after(c, v, None, 9).await, |l| !l.is_empty()),
        "incidents::find" => found(incidents::find(c, v, n).await, |_| true),
        "incidents::list" => found(incidents::list(c, v, &Filter::default(), 9).await, |l| !l.is_empty()),
        "incidents::mix" => found(incidents::mix(c, v, store.counted()).await, |m| m != incidents::Mix::default()),
        "incidents::moments" => found(incidents::moments(c, v, n).await, |l| !l.is_empty()),
        "incidents::people" => found(incidents::people(c, v, n).await, |l| !l.is_empty()),
        "incidents::severities" => found(incidents::severities(c, v, n).await, |l| !l.is_empty()),
        "incidents::tags" => found(incidents::tags(c, v, n).await, |l| !l.is_empty()),
        "jobs::by_time" => found(jobs::by_time(c, v, jobs::State::Failed, 9).await, |l| !l.is_empty()),
        "jobs::page" => found(jobs::page(c, v, None, None, 9).await, |l| !l.is_empty()),
        "notices::of" => found(notices::of(c, v, notices::Filter::default(), 9).await, |l| !l.is_empty()),
        "recurrences::likely" => found(recurrences::likely(c, v, n, 9).await, |l| !l.is_empty()),
        "recurrences::of" => found(recurrences::of(c, v, n).await, |l| !l.is_empty()),
        "near_misses::counts" => found(near_misses::counts(c, v, &crate::near_misses::spans()).await, |all| {
            all.iter().any(|count| *count != near_misses::Count::default())
        }),
        "near_misses::list" => {
            let (from, before) = (crate::support::after(-60), crate::support::after(60));
            found(near_misses::list(c, v, from, before, 9).await, |l| !l.is_empty())
        }
        "near_misses::of" => found(near_misses::of(c, v, n).await, |r| r.is_some()),
        "retros::last_editors" => found(retros::last_editors(c, v, n).await, |e| e.is_some()),
        "retros::find" => found(retros::find(c, v, n).await, |r| r.is_some()),
        "retros::revision" => found(retros::revision(c, v, n, 1).await, |_| true),
        "retros::revisions" => found(retros::revisions(c, v, n).await, |l| !l.is_empty()),
        "retros::revisions_before" => found(retros::revisions_before(c, v, n, None, 9).await, |l| !l.is_empty()),
        "retros::waivers" => found(retros::waivers(c, v, n).await, |l| !l.is_empty()),
        other => panic!("{other} is a new read: say here how it is called, so that it is held to the rights"),
    }
}

pub async fn no_read_shows_one_to_others(store: Store) {
    let dana = dana(&store).await;
    let (mia, number) = filled(&store).await;
    let reads = functions("conn: &mut Conn");
    assert!(OF_NO_INCIDENT.iter().all(|r| reads.contains(&(*r).to_owned())), "{reads:?}");
    let reads: Vec<_> = reads.iter().filter(|r| !OF_NO_INCIDENT.contains(&r.as_str())).collect();
    assert!(reads.len() >= 20, "{reads:?}");
    for name in reads {
        let see = async |v: &Viewer| read(&store, async |c| shows(name, &store, c, v, number).await).await;
        assert!(see(&mia).await, "{name} shows it to one who is named");
        assert!(!see(&dana).await, "{name} shows it to one who is not named");
        assert!(!see(&Viewer::system()).await, "{name} shows it to the program");
    }
}

async fn write(name: &str, store: &Store, tx: &mut Tx, v: &Viewer, n: i64) -> Result<(), StoreError> {
    let (act, details) = (act(v), Details { title: "known".to_owned(), ..Details::default() });
    match name {
        "actions::set_state" => {
            let mia = Viewer { account: "mia".to_owned(), ..Viewer::system() };
            let action = actions::find(tx, &mia, n, "a1").await.expect("an action");
            let state = ActionState::InProgress;
            actions::set_state(tx, act, &action, state, None, None).await
        }
        "affected::import" => {
            let list = [crate::affected::reached("s9", "")];
            affected::import(tx, act, n, &list, "").await.map(|_| ())
        }
        "affected::set" => {
            let done = affected::Done { remedy: Remedy::Told, owner: "", note: "" };
            affected::set(tx, act, n, 1, 1, &done).await
        }
        "emergency::end" => emergency::end(tx, act, n, 1).await,
        "erasure::erase" => erasure::erase(tx, act, n, &file().id.to_string(), "reason").await,
        "evidence::add" => evidence::add(store, tx, act, n, Kind::Facts, &file(), "").await,
        "evidence::add_all" => {
            let file = NewFile::pack(&file(), String::new(), &Stop::default())?;
            evidence::add_all(store, tx, act, n, Kind::Facts, &[file]).await
        }
        "incidents::hold" => incidents::hold(tx, act, n).await.map(|_| ()),
        "incidents::hold_whole" => incidents::hold_whole(tx, act, n).await.map(|_| ()),
        "incidents::add_tag" => incidents::add_tag(tx, act, n, "x").await,
        "incidents::edit" => incidents::edit(tx, act, n, None, &details).await,
        "incidents::first_response" => incidents::first_response(tx, act, n).await,
        "incidents::remove_person" => incidents::remove_person(tx, act, n, "mia", Duty::Author).await,
        "incidents::remove_tag" => incidents::remove_tag(tx, act, n, "voice").await,
        "incidents::set_moments" => incidents::set_moments(tx, act, n, None, &[]).await,
        "incidents::confirm_severity" => incidents::confirm_severity(tx, act, n, None, "").await,
        "incidents::set_person" => incidents::set_person(tx, act, n, &v.account, Duty::Informed).await,
        "incidents::set_restricted" => incidents::set_restricted(tx, act, n, None, true).await,
        "incidents::set_severity" => incidents::set_severity(tx, act, n, None, None, "").await,
        "incidents::set_status" => incidents::set_status(tx, act, n, None, Status::Closed).await,
        // The first job told mia, the second one failed.
        "jobs::retry" => jobs::retry(tx, act, 2).await.map(|_| ()),
        "notices::mark_read" => notices::mark_read(tx, act, 1).await,
        "recurrences::tell" => recurrences::tell(tx, act, n, LIKE, "").await.map(|_| ()),
        "recurrences::withdraw" => recurrences::withdraw(tx, act, n, BEFORE).await,
        "near_misses::mark" => near_misses::mark(tx, act, n, "").await,
        "near_misses::take_back" => near_misses::take_back(tx, act, n).await,
        "retros::create" => retros::create(tx, act, n, "{}").await,
        "retros::lock" => retros::lock(tx, act, n).await.map(|_| ()),
        "retros::waive" => retros::waive(tx, act, n, "rule", "", &[]).await,
        "unmasked::record" => unmasked::record(tx, act, Some(n), "", &Default::default()).await,
        other => panic!("{other} is a new write: say here how it is called, so that it is held to the rights"),
    }
}

pub async fn no_write_reaches_one_of_others(store: Store) {
    let dana = dana(&store).await;
    let (mia, number) = filled(&store).await;
    let writes = functions("tx: &mut Tx");
    assert!(WITHOUT_INCIDENT.iter().all(|w| writes.contains(&(*w).to_owned())), "{writes:?}");
    let writes: Vec<_> = writes.iter().filter(|w| !WITHOUT_INCIDENT.contains(&w.as_str())).collect();
    assert!(writes.len() >= 15, "{writes:?}");
    for name in writes {
        let done = change(&store, async |tx| write(name, &store, tx, &dana, number).await).await;
        assert!(matches!(done, Err(StoreError::NotFound(_))), "{name}: {done:?}");
        let mut tx = store.begin().await.expect("begins");
        let own = write(name, &store, &mut tx, &mia, number).await;
        assert!(matches!(own, Ok(()) | Err(StoreError::Conflict(_))), "{name}: {own:?}");
    }
    assert_eq!(read(&store, async |c| incidents::find(c, &mia, number).await).await.title, "secret");
}

/// Reads of several incidents, and those of others beside one.
const GATHERING: &[&str] = &[
    "actions::part",
    "actions::due",
    "actions::page",
    "incidents::brief",
    "incidents::due",
    "incidents::due_after",
    "incidents::list",
    "incidents::mix",
    "jobs::by_time",
    "jobs::page",
    "near_misses::counts",
    "near_misses::list",
    "notices::of",
    // The other incidents are restricted as well, and not opened.
    "recurrences::likely",
    "recurrences::of",
];

pub async fn emergency_access_reads_one_by_its_number_and_changes_nothing(store: Store) {
    let (_, number) = filled(&store).await;
    let dana = dana(&store).await;
    change(&store, async |tx| emergency::open(tx, act(&dana), number, "a reason").await).await.expect("opens");
    let begun = read(&store, async |c| emergency::begin(c, &dana, number, crate::support::now()).await).await;
    let reads = begun.expect("has access");
    let names = functions("conn: &mut Conn");
    let names: Vec<_> = names.iter().filter(|r| !OF_NO_INCIDENT.contains(&r.as_str())).collect();
    assert!(GATHERING.iter().all(|g| names.iter().any(|n| n == g)));
    for name in names {
        let shown = read(&store, async |c| shows(name, &store, c, &reads, number).await).await;
        assert_eq!(shown, !GATHERING.contains(&name.as_str()), "{name}");
        // Without being put down as a reading, nothing is shown; neither is any other incident.
        assert!(!read(&store, async |c| shows(name, &store, c, &dana, number).await).await, "{name}");
        assert!(!read(&store, async |c| shows(name, &store, c, &reads, LIKE).await).await, "{name}");
    }
    for name in functions("tx: &mut Tx").iter().filter(|w| !WITHOUT_INCIDENT.contains(&w.as_str())) {
        // The access of somebody else is not the actor's to end.
        let done = change(&store, async |tx| write(name, &store, tx, &reads, number).await).await;
        assert!(matches!(done, Err(StoreError::NotFound(_))), "{name}: {done:?}");
    }
}
