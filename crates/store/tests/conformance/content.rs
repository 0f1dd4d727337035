//! The record against the audit log: what somebody changes in the database itself is told.

use crate::actions::item;
use crate::support::{act, after, browser, change, damage, dana, incident, now, person, tamper};
use hindcast_retro::policy::DueDate;
use hindcast_retro::record::action::{ActionState, Proof, ProofKind};
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::gate::Fault;
use hindcast_retro::record::people::{Duty, Permission, Role};
use hindcast_store::chain::{self, Audit};
use hindcast_store::evidence::Kind;
use hindcast_store::retros::{Change, State};
use hindcast_store::{
    Store, Viewer, actions, affected, evidence, incidents, invitations, logins, near_misses, retros, settings, tokens,
};
use hindcast_trace::Evidence;

async fn audit(store: &Store) -> Audit {
    chain::verify_with_evidence(store, None).await.expect("checks")
}

async fn faults(store: &Store) -> Vec<String> {
    audit(store).await.faults
}

/// A record with something of each kind in it; its incident is INC-1.
pub async fn filled(store: &Store) -> Viewer {
    let dana = dana(store).await;
    let ana = person(store, "ana", Role::Approver).await;
    let number = incident(store, &dana, "one").await;
    change(store, async |tx| {
        incidents::set_person(tx, act(&dana), number, "ana", Duty::Informed).await?;
        incidents::add_tag(tx, act(&dana), number, "voice").await?;
        incidents::set_restricted(tx, act(&dana), number, None, true).await?;
        invitations::create(tx, act(&dana), "h", Role::Viewer, 60).await?;
        tokens::create(tx, act(&ana), "t1", "script", "th", &[Permission::Read], None).await?;
        retros::create(tx, act(&dana), number, "first").await?;
        let due = DueDate { what: "response".to_owned(), at: Some(after(60)), text: None, explanation: String::new() };
        incidents::set_deadlines(tx, act(&dana), number, &[due]).await?;
        logins::create(tx, act(&ana), &browser("l1", "lh")).await?;
        actions::follow(tx, act(&dana), number, &[item("a1", None), item("a2", None)]).await
    })
    .await
    .expect("fills");
    change(store, async |tx| {
        let retro = retros::lock(tx, act(&dana), number).await?;
        let saved = Change { what: "redrafted", reason: "", sections: &[] };
        retros::save(tx, act(&dana), &retro, "second", saved).await?;
        let fault = Fault { section: Section::ALL[0], id: None, what: "no answer".to_owned() };
        retros::waive(tx, act(&dana), number, "answers", "nobody knows", &[fault]).await?;
        for (to, by) in [(State::InReview, &dana), (State::Approved, &ana)] {
            let retro = retros::lock(tx, act(by), number).await?;
            retros::set_state(tx, act(by), &retro, to, "").await?;
        }
        let action = actions::find(tx, &dana, number, "a1").await?;
        let proof = Proof { kind: ProofKind::Link, reference: "https://example.com/1".to_owned(), by: None };
        actions::set_state(tx, act(&dana), &action, ActionState::Closed, Some(&proof), None).await?;
        settings::set(tx, settings::MASKING_KEY, "k1").await?;
        for name in settings::VOUCHED {
            settings::vouch(tx, act(&dana), name).await?;
        }
        let file = Evidence::new("trace.json", b"{}".to_vec());
        evidence::add(store, tx, act(&dana), number, Kind::Trace, &file, "").await?;
        near_misses::mark_month(tx, act(&dana), "2026-11", (now(), after(60)), "seen").await
    })
    .await
    .expect("fills");
    assert_eq!(faults(store).await, Vec::<String>::new());
    dana
}

/// What is done to the database, how it is undone, and what is told: where and what, and the kind of the event since which.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        "UPDATE retro SET draft = 'x'",
        "UPDATE retro SET draft = 'second'",
        "INC-1: approved text changed",
        "retro.approved",
    ),
    (
        "UPDATE retro SET approved_by = 'dana'",
        "UPDATE retro SET approved_by = 'ana'",
        "INC-1: retro state, reviewer or approver changed",
        "retro.approved",
    ),
    (
        "UPDATE waiver SET reason = 'x'",
        "UPDATE waiver SET reason = 'nobody knows'",
        "INC-1: waivers changed",
        "retro.waived",
    ),
    ("UPDATE waiver SET rule = 'x'", "UPDATE waiver SET rule = 'answers'", "INC-1: waivers changed", "retro.waived"),
    (
        "UPDATE account SET role = 'administrator' WHERE id = 'ana'",
        "UPDATE account SET role = 'approver' WHERE id = 'ana'",
        "account ana: role changed",
        "account.created",
    ),
    (
        "UPDATE account SET password_hash = 'y' WHERE id = 'dana'",
        "UPDATE account SET password_hash = 'x'",
        "account dana: password changed",
        "account.created",
    ),
    (
        "UPDATE account SET email = 'e' WHERE id = 'ana'",
        "UPDATE account SET email = 'ana@example.com' WHERE id = 'ana'",
        "account ana: name or email address changed",
        "account.created",
    ),
    (
        "UPDATE account SET disabled_at = '2026-11-25T10:00:00.000Z' WHERE id = 'ana'",
        "UPDATE account SET disabled_at = NULL",
        "account ana: deactivation changed",
        "account.created",
    ),
    (
        "UPDATE incident SET severity = 4",
        "UPDATE incident SET severity = 2",
        "INC-1: severity changed",
        "incident.opened",
    ),
    (
        "UPDATE incident_severity SET reason = 'x'",
        "UPDATE incident_severity SET reason = 'reason'",
        "INC-1: decisions on severity changed",
        "incident.opened",
    ),
    (
        "UPDATE incident SET status = 'closed'",
        "UPDATE incident SET status = 'open'",
        "INC-1: status changed",
        "incident.opened",
    ),
    (
        "UPDATE incident SET title = 'x'",
        "UPDATE incident SET title = 'one'",
        "INC-1: title, agent, summary, ticket or origin changed",
        "incident.opened",
    ),
    (
        "UPDATE incident SET first_response_by = 'x'",
        "UPDATE incident SET first_response_by = NULL",
        "INC-1: first response changed",
        "incident.opened",
    ),
    (
        "UPDATE incident_person SET account = 'ana' WHERE duty = 'lead'",
        "UPDATE incident_person SET account = 'dana' WHERE duty = 'lead'",
        "INC-1: lead or other people changed",
        "incident.restricted",
    ),
    (
        "UPDATE incident SET restricted = 0",
        "UPDATE incident SET restricted = 1",
        "INC-1: restriction changed",
        "incident.restricted",
    ),
    (
        "UPDATE incident_tag SET tag = 'x'",
        "UPDATE incident_tag SET tag = 'voice'",
        "INC-1: tags changed",
        "incident.tagged",
    ),
    (
        "DELETE FROM incident_tag",
        "INSERT INTO incident_tag (incident, tag) VALUES (1, 'voice')",
        "INC-1: tags removed",
        "incident.tagged",
    ),
    (
        "UPDATE action SET state = 'open' WHERE id = 'a1'",
        "UPDATE action SET state = 'closed' WHERE id = 'a1'",
        "INC-1: states of action items changed",
        "action.state",
    ),
    ("UPDATE action SET owner = 'x'", "UPDATE action SET owner = ''", "INC-1: action items changed", "retro.redrafted"),
    (
        "UPDATE retro_revision SET draft = 'x' WHERE revision = 1",
        "UPDATE retro_revision SET draft = 'first' WHERE revision = 1",
        "INC-1: revision 1 changed",
        "retro.drafted",
    ),
    (
        "UPDATE retro_revision SET revision = 99 WHERE revision = 1",
        "UPDATE retro_revision SET revision = 1 WHERE revision = 99",
        "INC-1: revision 1 removed",
        "retro.drafted",
    ),
    (
        "UPDATE evidence SET name = 'x'",
        "UPDATE evidence SET name = 'trace.json'",
        "INC-1: list of evidence changed",
        "evidence.added",
    ),
    (
        "UPDATE evidence SET erased_at = '2026-11-25T10:00:00.000Z'",
        "UPDATE evidence SET erased_at = NULL",
        "INC-1: list of evidence changed",
        "evidence.added",
    ),
    (
        "UPDATE api_token SET scopes = 'read write'",
        "UPDATE api_token SET scopes = 'read'",
        "account ana: API tokens changed",
        "token.created",
    ),
    (
        "UPDATE api_token SET account = 'dana'",
        "UPDATE api_token SET account = 'ana'",
        "account dana: API tokens added",
        "account.created",
    ),
    (
        "UPDATE invitation SET role = 'administrator'",
        "UPDATE invitation SET role = 'viewer'",
        "the record: invitations changed",
        "invitation.created",
    ),
    (
        "UPDATE setting SET value = 'x' WHERE name = 'redaction_key'",
        "UPDATE setting SET value = 'k1' WHERE name = 'redaction_key'",
        "the record: masking key changed",
        "setting.redaction_key",
    ),
    (
        "DELETE FROM setting WHERE name = 'redaction_key'",
        "INSERT INTO setting (name, value) VALUES ('redaction_key', 'k1')",
        "the record: masking key removed",
        "setting.redaction_key",
    ),
    (
        "INSERT INTO setting (name, value) VALUES ('demo_accounts', 'ana')",
        "DELETE FROM setting WHERE name = 'demo_accounts'",
        "the record: accounts of the examples added",
        "setting.demo_accounts",
    ),
    (
        "UPDATE action SET proof_kind = 'link', proof_reference = 'https://evil.test' WHERE id = 'a2'",
        "UPDATE action SET proof_kind = NULL, proof_reference = NULL WHERE id = 'a2'",
        "INC-1: states of action items changed",
        "action.state",
    ),
    (
        "UPDATE action SET waiver = 'x' WHERE id = 'a2'",
        "UPDATE action SET waiver = NULL WHERE id = 'a2'",
        "INC-1: states of action items changed",
        "action.state",
    ),
    (
        "UPDATE action SET closed_by = 'x', closed_at = '2026-11-25T10:00:00.000Z' WHERE id = 'a2'",
        "UPDATE action SET closed_by = NULL, closed_at = NULL WHERE id = 'a2'",
        "INC-1: states of action items changed",
        "action.state",
    ),
    (
        "UPDATE deadline SET met_at = '2026-11-25T10:00:00.000Z'",
        "UPDATE deadline SET met_at = NULL",
        "INC-1: deadlines changed",
        "login.created",
    ),
    (
        "UPDATE deadline SET explanation = 'x'",
        "UPDATE deadline SET explanation = ''",
        "INC-1: deadlines changed",
        "login.created",
    ),
    (
        "INSERT INTO login (id, token_hash, account, device, created_at, seen_at, expires_at, means) VALUES ('e', 'eh', 'dana', '', '', '', '', 'link')",
        "DELETE FROM login WHERE id = 'e'",
        "account dana: browser sessions added",
        "account.created",
    ),
    (
        "UPDATE login SET token_hash = 'x'",
        "UPDATE login SET token_hash = 'lh'",
        "account ana: browser sessions changed",
        "login.created",
    ),
    (
        "UPDATE near_miss_month SET note = 'x'",
        "UPDATE near_miss_month SET note = 'seen'",
        "the record: near-miss reviews by month changed",
        "near_miss.month_reviewed",
    ),
];

pub async fn an_edit_in_the_database_is_told_with_what_and_where_and_since_when(store: Store) {
    filled(&store).await;
    for (edit, undo, what, since) in CASES {
        tamper(&store, edit).await;
        let told = faults(&store).await;
        let expected = |fault: &String| {
            fault.starts_with(&format!("{what} without an event since event "))
                && fault.contains(&format!("({since} at 2026-"))
        };
        assert!(told.iter().any(expected), "{edit}: {told:?}");
        tamper(&store, undo).await;
        assert_eq!(faults(&store).await, Vec::<String>::new(), "{undo}");
    }
    // Of whom no event tells at all.
    tamper(&store, "INSERT INTO account SELECT 'eve', 'eve', 'Eve', role, password_hash, created_at, disabled_at, version FROM account WHERE id = 'dana'").await;
    assert_eq!(faults(&store).await, ["account eve added without an event"]);
    tamper(&store, "DELETE FROM account WHERE id = 'eve'").await;
    tamper(&store, "INSERT INTO retro_revision SELECT incident, 99, change, reason, account, at, draft FROM retro_revision WHERE revision = 1").await;
    assert_eq!(faults(&store).await, ["INC-1: revision 99 added without an event"]);
    tamper(&store, "DELETE FROM retro_revision WHERE revision = 99").await;
    tamper(&store, "INSERT INTO affected (incident, nth, session, customer, at, quote, status, owner, note, version) VALUES (1, 1, '', 'c', '', '', 'to_tell', '', '', 1)").await;
    assert_eq!(faults(&store).await, ["INC-1: affected customers added without an event"]);
    tamper(&store, "DELETE FROM affected").await;
    tamper(&store, "UPDATE event SET account = 'ana' WHERE seq = 3").await;
    assert_eq!(faults(&store).await, ["the event of row 3 is not the one that was put down"]);
}

/// Also where the head is put back, so that the log itself is whole.
pub async fn an_end_of_the_log_that_was_cut_off_shows_in_the_record(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    change(&store, async |tx| incidents::add_tag(tx, act(&dana), number, "voice").await).await.expect("tags");
    tamper(&store, "DELETE FROM event WHERE seq = 3").await;
    tamper(&store, "DELETE FROM audit WHERE seq = 3").await;
    assert_eq!(faults(&store).await[0], "the log ends at row 2, but 3 were written");
    tamper(&store, "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)").await;
    let told = faults(&store).await;
    assert_eq!(
        told,
        ["INC-1: tags added without an event since event 2 (incident.opened at 2026-11-25T10:00:00.000Z)"]
    );
    let emptied = ["DELETE FROM event", "DELETE FROM audit", "UPDATE audit_head SET seq = 0, hash = ''"];
    for sql in emptied {
        tamper(&store, sql).await;
    }
    assert_eq!(faults(&store).await, ["INC-1 added without an event", "account dana added without an event"]);
}

pub async fn evidence_that_is_deleted_or_altered_is_told(store: Store) {
    filled(&store).await;
    let seq = audit(&store).await.rows - 1;
    damage(&store).await;
    let told = faults(&store).await;
    let id = Evidence::new("trace.json", b"{}".to_vec()).id;
    let expected =
        |how| format!("INC-1: the bytes of evidence `trace.json` ({id}) are {how} since event {seq} (evidence.added)");
    assert_eq!(told, [expected("altered")]);
    crate::support::remove_evidence(&store).await;
    assert_eq!(faults(&store).await, [expected("missing")]);
}

pub async fn what_an_event_does_not_change_it_does_not_vouch_for(store: Store) {
    let dana = filled(&store).await;
    tamper(&store, "UPDATE incident SET severity = 4").await;
    tamper(&store, "UPDATE retro SET draft = 'x'").await;
    change(&store, async |tx| {
        incidents::add_tag(tx, act(&dana), 1, "more").await?;
        incidents::edit(tx, act(&dana), 1, None, &incidents::Details { title: "two".to_owned(), ..Default::default() })
            .await?;
        affected::import(tx, act(&dana), 1, &[], "list.csv").await?;
        Ok(())
    })
    .await
    .expect("goes on");
    let told = faults(&store).await;
    for what in ["INC-1: severity changed", "INC-1: retro text, findings or leads changed"] {
        assert!(told.iter().any(|fault| fault.starts_with(what)), "{what}: {told:?}");
    }
}

pub async fn no_digest_is_of_a_password_itself(store: Store) {
    dana(&store).await;
    let mut conn = store.reader().await.expect("reads");
    let row = sqlx::query("SELECT state FROM audit WHERE seq = 1").fetch_one(&mut *conn).await.expect("is there");
    let state: String = sqlx::Row::try_get(&row, "state").expect("a text");
    let state: std::collections::BTreeMap<String, String> = serde_json::from_str(&state).expect("JSON");
    let digest = state["account dana/password"].strip_prefix("->").expect("nothing was there before");
    assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
}
