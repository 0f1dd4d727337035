//! `--demo` keeps to its own record and its own accounts, and what it let in ends with it.

use crate::support::app::path_of;
use crate::support::client::send;
use crate::support::{App, Client, People, html};
use hindcast_server::{Clock, Config, Server, StartError};
use hindcast_store::{Place, Store, accounts, chain, settings};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::oneshot;

fn config(place: &Place, demo: bool) -> Config {
    Config { demo, ..Config::new(place.clone(), "127.0.0.1:0".parse().expect("an address")) }
}

fn clock() -> Clock {
    Clock::Fixed(Arc::new(Mutex::new("2026-11-25T10:00:00Z".parse().expect("a time"))))
}

/// A server that answers until it is stopped.
struct Running {
    base: String,
    link: Option<String>,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(place: &Place, demo: bool) -> Running {
        let server = Server::bind(config(place, demo), clock()).await.expect("starts");
        let (base, link) = (format!("http://{}", server.address()), server.link().map(path_of));
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(async move {
            let stopped = async move { stopped.await.unwrap_or(()) };
            server.run(stopped).await.expect("stops");
        });
        Running { base, link, stop, ended }
    }

    async fn stop(self) {
        self.stop.send(()).expect("runs");
        self.ended.await.expect("ends");
    }
}

/// A place in a folder, and one in a database of its own where there is a server.
async fn places(name: &str) -> Vec<(Place, Option<TempDir>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = vec![(Place::Folder(folder.path().join("data")), Some(folder))];
    all.extend(hindcast_testdb::database(name).await.map(|url| (Place::Postgres(url), None)));
    all
}

async fn rows(place: &Place) -> i64 {
    let store = Store::open(place).await.expect("opens");
    let rows = chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks").rows;
    store.close().await;
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_with_accounts_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::in_folder(&folder.path().join("data")).await;
    // Among them is one with the address of an account of the examples.
    let people = People::arrive(&app).await;
    assert_eq!(people.dana.email, "dana@example.com");
    let place = Place::Folder(folder.path().join("data"));
    let before = rows(&place).await;
    let refused = Server::bind(config(&place, true), clock()).await.err().expect("is refused");
    assert!(matches!(refused, StartError::NotEmpty), "{refused}");
    assert!(refused.to_string().contains("Choose another folder with --data"), "{refused}");
    assert_eq!(rows(&place).await, before);
    people.dana.client.get("/").await.is(200);
}

/// Earlier versions put the examples beside accounts of people, and noted only when.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_whose_examples_stand_beside_accounts_of_people_is_refused() {
    for (place, _folder) in places("demo_mixed").await {
        Running::start(&place, true).await.stop().await;
        let store = Store::open(&place).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        settings::set(&mut tx, "demo_accounts", "").await.expect("is set");
        tx.commit().await.expect("commits");
        store.close().await;
        let refused = Server::bind(config(&place, true), clock()).await.err().expect("is refused");
        assert!(matches!(refused, StartError::NotEmpty), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_let_in_ends_with_it() {
    for (place, _folder) in places("demo_ends").await {
        let demo = Running::start(&place, true).await;
        let link = demo.link.clone().expect("a link");
        let browser = Client::new(&demo.base);
        let cookie = browser.get(&link).await.is(303).header("set-cookie").split(';').next().expect("one").to_owned();
        let made = serde_json::json!({ "name": "test", "scopes": ["read"], "days": 30 });
        let made = send(browser.request("POST", "/api/v1/account/tokens").json(&made)).await.is(201);
        let made: serde_json::Value = serde_json::from_str(&made.body).expect("JSON");
        let token = made["secret"].as_str().expect("a secret").to_owned();
        let page = browser.fill("/people", "/people", &[("role", "viewer")]).await.is(200).body;
        let invitation = path_of(&html::all(&page, ".secret")[0]);
        demo.stop().await;

        let with_cookie = async |base: &str| {
            let request = Client::new(base).request("GET", "/incidents").header("cookie", &cookie);
            send(request).await.status
        };
        let with_token = async |base: &str| Client::with_token(base, &token).get("/api/v1/incidents").await.status;

        // The next demo has a link of its own; the old one and its sessions are over, tokens and invitations are not.
        let again = Running::start(&place, true).await;
        assert_eq!(Client::new(&again.base).get(&link).await.status, 404);
        assert_eq!(with_cookie(&again.base).await, 303);
        assert_eq!(with_token(&again.base).await, 200);
        Client::new(&again.base).get(&invitation).await.is(200);
        Client::new(&again.base).get(&again.link.clone().expect("a link")).await.is(303);
        again.stop().await;

        let without = Running::start(&place, false).await;
        assert_eq!(without.link, None);
        Client::new(&without.base).get(&link).await.is(404);
        assert_eq!(with_cookie(&without.base).await, 303);
        assert_eq!(with_token(&without.base).await, 401);
        Client::new(&without.base).get(&invitation).await.is(404);
        without.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_signs_in_to_an_account_that_the_examples_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().join("data"));
    Running::start(&place, true).await.stop().await;
    let store = Store::open(&place).await.expect("opens");
    let mut conn = store.reader().await.expect("reads");
    let own = settings::find(&mut conn, "demo_accounts").await.expect("reads").expect("is there");
    let dana = accounts::by_email(&mut conn, "dana@example.com").await.expect("reads").expect("is there");
    assert_eq!(own.split_whitespace().count(), 5);
    assert!(own.starts_with(&dana.id));
    drop(conn);
    store.close().await;
    let demo = Running::start(&place, true).await;
    let browser = Client::new(&demo.base);
    browser.get(&demo.link.clone().expect("a link")).await.is(303);
    browser.get("/account").await.is(200).says("Dana Osei, Administrator");
    demo.stop().await;
}
