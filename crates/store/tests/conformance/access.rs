//! The sessions and tokens of all people, as administrators see and end them.

use crate::support::{act, after, browser, change, dana, is_missing, now, person, read, tamper};
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::access::all;
use hindcast_store::{Act, Store, Viewer, accounts, chain, logins, tokens};

/// A session and a token that somebody begins some seconds from now.
async fn begin(store: &Store, by: &Viewer, id: &str, seconds: i64) {
    let act = Act { by, at: after(seconds) };
    let (login, token) = (format!("l-{id}"), format!("t-{id}"));
    change(store, async |tx| {
        logins::create(tx, act, &browser(&login, &format!("hash of {login}"))).await?;
        tokens::create(tx, act, &token, "for CI", &format!("hash of {token}"), &[Permission::Read], Some(after(3600)))
            .await
    })
    .await
    .expect("begins");
}

async fn ids(store: &Store, account: Option<&str>, at: i64) -> (Vec<String>, Vec<String>) {
    let sessions = read(store, async |c| all::sessions(c, account, after(at), None, 100).await).await;
    let tokens = read(store, async |c| all::tokens(c, account, after(at), None, 100).await).await;
    (sessions.into_iter().map(|s| s.what.id).collect(), tokens.into_iter().map(|t| t.what.id).collect())
}

fn of(ids: &[&str]) -> (Vec<String>, Vec<String>) {
    let each = |kind: &str| ids.iter().map(|id| format!("{kind}-{id}")).collect();
    (each("l"), each("t"))
}

pub async fn is_listed_by_person_while_it_is_good(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    begin(&store, &dana, "1", 0).await;
    begin(&store, &ana, "2", 10).await;
    begin(&store, &ana, "3", 10).await;
    assert_eq!(ids(&store, None, 20).await, of(&["2", "3", "1"]));
    assert_eq!(ids(&store, Some("ana"), 20).await, of(&["2", "3"]));
    assert_eq!(ids(&store, None, 3600).await.1, Vec::<String>::new(), "expired");
    let behind = read(&store, async |c| all::sessions(c, None, after(20), Some((after(10), "l-2")), 1).await).await;
    assert_eq!(behind.iter().map(|s| (s.what.id.as_str(), s.person.as_str())).collect::<Vec<_>>(), [("l-3", "ana")]);
    let behind = read(&store, async |c| all::tokens(c, None, after(20), Some((after(10), "t-3")), 9).await).await;
    assert_eq!(behind.iter().map(|t| (t.what.id.as_str(), t.account.as_str())).collect::<Vec<_>>(), [("t-1", "dana")]);
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", true).await).await.expect("disables");
    assert_eq!(ids(&store, None, 20).await, of(&["1"]));
}

pub async fn is_ended_one_by_one_or_all_of_a_person(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    for id in ["1", "2", "3"] {
        begin(&store, &ana, id, 0).await;
    }
    begin(&store, &dana, "9", 0).await;
    // An ID belongs to its person only.
    assert!(is_missing(&change(&store, async |tx| all::end_session(tx, act(&dana), "dana", "l-1").await).await));
    assert!(is_missing(&change(&store, async |tx| all::revoke_token(tx, act(&dana), "dana", "t-1").await).await));
    change(&store, async |tx| all::end_session(tx, act(&dana), "ana", "l-1").await).await.expect("ends");
    change(&store, async |tx| all::revoke_token(tx, act(&dana), "ana", "t-1").await).await.expect("revokes");
    assert!(is_missing(&change(&store, async |tx| all::end_session(tx, act(&dana), "ana", "l-1").await).await));
    assert!(is_missing(&change(&store, async |tx| all::revoke_token(tx, act(&dana), "ana", "t-1").await).await));
    assert_eq!(ids(&store, Some("ana"), 1).await, of(&["2", "3"]));
    change(&store, async |tx| all::end_sessions_and_tokens(tx, act(&dana), "ana").await).await.expect("ends");
    assert_eq!(ids(&store, None, 1).await, of(&["9"]));
    assert!(is_missing(&change(&store, async |tx| all::end_sessions_and_tokens(tx, act(&dana), "nobody").await).await));
    let kinds = read(&store, async |c| {
        let sql = "SELECT kind FROM event WHERE subject = 'ana' AND kind <> 'account.created' ORDER BY seq";
        Ok(sqlx::query_scalar::<_, String>(sql).fetch_all(c).await?)
    });
    let expected =
        ["account.session_ended", "account.token_revoked", "account.sessions_ended", "account.tokens_revoked"];
    assert_eq!(kinds.await, expected);
    // The log covers tokens, and not when they were used.
    change(&store, async |tx| tokens::used(tx, "t-9", after(61)).await).await.expect("puts down");
    let verify = async || read(&store, async |c| chain::verify(c).await).await.faults;
    assert_eq!(verify().await, Vec::<String>::new());
    tamper(&store, "UPDATE api_token SET revoked_at = NULL WHERE id = 't-2'").await;
    let faults = verify().await;
    assert!(faults.iter().any(|f| f.contains("account ana: API tokens changed")), "{faults:?}");
}

pub async fn tells_when_a_token_was_last_used(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    begin(&store, &ana, "1", 0).await;
    let stale =
        async |at| read(&store, async |c| tokens::find(c, "hash of t-1", after(at)).await).await.map(|f| f.stale);
    assert_eq!(stale(0).await, Some(true), "never used before");
    change(&store, async |tx| tokens::used(tx, "t-1", now()).await).await.expect("puts down");
    assert_eq!((stale(60).await, stale(61).await, stale(3600).await), (Some(false), Some(true), None));
    let all = read(&store, async |c| all::tokens(c, Some("ana"), now(), None, 9).await).await;
    assert_eq!(all[0].what.used_at, Some(now()));
}
