//! Second factors: when they count, and that every code counts once.

use crate::support::{act, after, browser, change, dana, is_conflict, now, person, read, tamper};
use hindcast_retro::record::people::Role;
use hindcast_retro::record::reminder::Kind;
use hindcast_store::logins::Proof;
use hindcast_store::notices::{self, Filter};
use hindcast_store::{
    Act, Store, StoreError, Viewer, accounts, attempts, chain, logins, pending_sign_ins, second_factors,
};

const CODES: [&str; 2] = ["code a", "code b"];

fn codes() -> Vec<String> {
    CODES.map(str::to_owned).to_vec()
}

async fn begin(store: &Store, by: &Viewer, secret: &str) -> Result<(), StoreError> {
    change(store, async |tx| second_factors::begin(tx, act(by), secret).await).await
}

async fn confirm(store: &Store, act: Act<'_>, secret: &str, step: i64) -> Result<(), StoreError> {
    change(store, async |tx| second_factors::turn_on(tx, act, secret, step, &codes()).await).await
}

async fn turned_on(store: &Store, by: &Viewer) {
    begin(store, by, "secret").await.expect("begins");
    confirm(store, act(by), "secret", 100).await.expect("confirms");
}

async fn secret(store: &Store, account: &str) -> Option<(String, i64)> {
    read(store, async |c| second_factors::find(c, account).await).await.map(|f| (f.secret, f.codes_left))
}

pub async fn count_once_they_are_confirmed_in_time(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    begin(&store, &ana, "first").await.expect("begins");
    begin(&store, &ana, "secret").await.expect("begins again");
    assert_eq!(secret(&store, "ana").await, None);
    let unconfirmed = async |at| read(&store, async |c| second_factors::unconfirmed(c, "ana", after(at)).await).await;
    assert_eq!(unconfirmed(899).await.as_deref(), Some("secret"));
    assert_eq!(unconfirmed(900).await, None);
    let late = Act { by: &ana, at: after(900) };
    for refused in [confirm(&store, act(&ana), "first", 1).await, confirm(&store, late, "secret", 1).await] {
        assert!(is_conflict(&refused), "{refused:?}");
    }
    confirm(&store, act(&ana), "secret", 1).await.expect("confirms");
    assert_eq!(secret(&store, "ana").await, Some(("secret".to_owned(), 2)));
    assert!(is_conflict(&begin(&store, &ana, "third").await), "nobody replaces one that counts");
    assert!(is_conflict(&confirm(&store, act(&ana), "secret", 2).await));
    let holders = read(&store, async |c| second_factors::holders(c).await).await;
    assert_eq!(holders.into_iter().collect::<Vec<_>>(), ["ana"]);
}

pub async fn a_step_is_accepted_once_by_whichever_server(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    turned_on(&store, &ana).await;
    let accept = async |step| change(&store, async |tx| second_factors::accept(tx, "ana", step).await).await;
    assert!(!accept(100).await.expect("answers"), "it confirmed the setup");
    let at_once = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { change(&store, async |tx| second_factors::accept(tx, "ana", 101).await).await })
    });
    let mut accepted = 0;
    for one in at_once.collect::<Vec<_>>() {
        accepted += i32::from(one.await.expect("ends").expect("answers"));
    }
    assert_eq!(accepted, 1);
    assert!(!accept(99).await.expect("answers"), "an earlier one counts no more");
    assert!(accept(102).await.expect("answers"));
    assert!(!change(&store, async |tx| second_factors::accept(tx, "nobody", 1).await).await.expect("answers"));
}

pub async fn a_recovery_code_is_good_once_and_for_its_own_account(store: Store) {
    let (ana, bob) = (person(&store, "ana", Role::Viewer).await, person(&store, "bob", Role::Viewer).await);
    turned_on(&store, &ana).await;
    let take =
        async |by: &Viewer, code| change(&store, async |tx| second_factors::use_code(tx, act(by), code).await).await;
    assert!(!take(&bob, "code a").await.expect("answers"));
    assert!(take(&ana, "code a").await.expect("answers"));
    assert!(!take(&ana, "code a").await.expect("answers"));
    assert_eq!(secret(&store, "ana").await.map(|(_, left)| left), Some(1));
    let renewed = vec!["code c".to_owned(), "code d".to_owned(), "code e".to_owned()];
    change(&store, async |tx| second_factors::renew_codes(tx, act(&ana), &renewed).await).await.expect("renews");
    assert!(!take(&ana, "code b").await.expect("answers"), "those before are gone");
    assert!(take(&ana, "code c").await.expect("answers"));
    let refused = change(&store, async |tx| second_factors::renew_codes(tx, act(&bob), &renewed).await).await;
    assert!(is_conflict(&refused));
}

pub async fn end_with_their_codes_when_they_are_turned_off(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    turned_on(&store, &ana).await;
    change(&store, async |tx| second_factors::turn_off(tx, act(&ana)).await).await.expect("turns it off");
    assert_eq!(secret(&store, "ana").await, None);
    assert!(
        !change(&store, async |tx| second_factors::use_code(tx, act(&ana), "code a").await).await.expect("answers")
    );
    let again = change(&store, async |tx| second_factors::turn_off(tx, act(&ana)).await).await;
    assert!(is_conflict(&again));
    turned_on(&store, &ana).await;
    change(&store, async |tx| second_factors::recover(tx, act(&ana)).await).await.expect("recovers");
    assert_eq!(secret(&store, "ana").await, None);
    change(&store, async |tx| second_factors::recover(tx, act(&ana)).await).await.expect("has nothing to do");
}

pub async fn a_reset_ends_sessions_and_tells_its_person(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Viewer).await);
    turned_on(&store, &ana).await;
    let login = logins::New { proof: Proof::Code, ..browser("l", "hash") };
    change(&store, async |tx| logins::create(tx, act(&ana), &login).await).await.expect("signs in");
    change(&store, async |tx| second_factors::reset(tx, act(&dana), "ana").await).await.expect("resets");
    assert_eq!(secret(&store, "ana").await, None);
    assert_eq!(read(&store, async |c| logins::find(c, "hash", now()).await).await, None);
    let told = read(&store, async |c| notices::of(c, &ana, Filter::default(), 9).await).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].by.as_deref(), told[0].until), (Kind::SecondFactorReset, Some("dana"), now()));
    assert_eq!(read(&store, async |c| notices::of(c, &dana, Filter::default(), 9).await).await, []);
    let again = change(&store, async |tx| second_factors::reset(tx, act(&dana), "ana").await).await;
    assert!(is_conflict(&again));
}

pub async fn a_pending_sign_in_ends_once_and_with_the_password_or_the_account(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Viewer).await);
    let begin = async || {
        let account = read(&store, async |c| accounts::find(c, "ana").await).await;
        change(&store, async |tx| pending_sign_ins::create(tx, &account, "p", now(), 300).await).await
    };
    let pending =
        async |at| read(&store, async |c| pending_sign_ins::find(c, "p", after(at)).await).await.map(|a| a.id);
    let end = async |at| change(&store, async |tx| pending_sign_ins::end(tx, "p", after(at)).await).await;
    begin().await.expect("begins");
    assert_eq!((pending(299).await.as_deref(), pending(300).await), (Some("ana"), None));
    assert!(is_conflict(&end(300).await));
    assert_eq!(end(299).await.expect("ends"), "ana");
    assert!(is_conflict(&end(1).await), "it was ended before");
    begin().await.expect("begins");
    change(&store, async |tx| accounts::set_password(tx, act(&ana), "ana", "y").await).await.expect("changes");
    assert_eq!(pending(1).await, None);
    begin().await.expect("begins");
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", true).await).await.expect("deactivates");
    assert!(is_conflict(&begin().await));
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", false).await).await.expect("reactivates");
    assert_eq!(pending(1).await, None);
    begin().await.expect("begins");
    let sweep = async |at| change(&store, async |tx| attempts::sweep(tx, after(at), 900).await).await.expect("sweeps");
    assert_eq!((sweep(299).await, sweep(300).await), (0, 1));
}

pub async fn are_covered_by_the_audit_log_which_does_not_hold_the_secret(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    let faults = async || read(&store, async |c| Ok(chain::verify(c).await?.faults)).await;
    let what = async |sql: &'static str, label: &str| {
        tamper(&store, sql).await;
        let told = faults().await;
        assert!(told.iter().any(|t| t.starts_with(&format!("account ana: {label}"))), "{sql}: {told:?}");
    };
    turned_on(&store, &ana).await;
    change(&store, async |tx| second_factors::accept(tx, "ana", 500).await).await.expect("accepts");
    change(&store, async |tx| second_factors::use_code(tx, act(&ana), "code a").await).await.expect("uses it up");
    assert_eq!(faults().await, Vec::<String>::new());
    for table in ["SELECT data FROM event", "SELECT state FROM audit", "SELECT data FROM job"] {
        let rows: Vec<String> = read(&store, async |c| Ok(sqlx::query_scalar(table).fetch_all(c).await?)).await;
        assert!(rows.iter().all(|r| !r.contains("secret") || r.contains("second_factor")), "{rows:?}");
        assert!(rows.iter().all(|r| !CODES.iter().any(|c| r.contains(c))), "{rows:?}");
    }
    what("UPDATE recovery_code SET used_at = NULL", "recovery codes changed").await;
    what("UPDATE second_factor SET secret = 'known to somebody else'", "second factor changed").await;
    what("DELETE FROM recovery_code", "recovery codes removed").await;
    what("DELETE FROM second_factor", "second factor removed").await;
}
