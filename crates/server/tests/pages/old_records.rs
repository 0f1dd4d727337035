//! Every page and every reading address of the API answers on a record that an earlier program wrote.

use crate::support::Client;
use crate::support::app::NOW;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::people::Permission;
use hindcast_server::routes::TABLE;
use hindcast_server::{Clock, Config, Server};
use hindcast_store::{Act, Place, Store, accounts, actions, affected, evidence, incidents, logins, retros, tokens};
use sha2::{Digest, Sha256};
use sqlx::any::AnyPoolOptions;
use sqlx::{AssertSqlSafe, Connection};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

const SECRET: &str = "a secret that only this test knows";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/fixtures/schema-3")
}

fn unpacked(path: &Path) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(path).expect("opens")).expect("unpacks")
}

/// What an incident of the record has, by the parameter of a path that names it.
struct Has {
    number: i64,
    evidence: Vec<String>,
    actions: Vec<String>,
    revisions: Vec<String>,
    affected: Vec<String>,
}

impl Has {
    /// The paths that ask for all of it.
    fn paths(&self, path: &str) -> Vec<String> {
        let path = path.replace("{number}", &self.number.to_string());
        let each = |name: &str, all: &[String]| all.iter().map(|one| path.replace(name, one)).collect();
        match path.as_str() {
            p if p.contains("/evidence/{id}") => each("{id}", &self.evidence),
            p if p.contains("/actions/{id}") => each("{id}", &self.actions),
            p if p.contains("{revision}") => each("{revision}", &self.revisions),
            p if p.contains("{nth}") => each("{nth}", &self.affected),
            // Without a retro there is none of these.
            p if p.contains("/retro") && self.revisions.is_empty() => Vec::new(),
            p if p.contains("{section}") => each("{section}", &Section::ALL.map(|s| s.name().to_owned())),
            _ => vec![path],
        }
    }
}

/// Lets a browser and a program of an administrator in, and tells what there is to ask for.
async fn enter(store: &Store) -> Vec<Has> {
    let mut reader = store.reader().await.expect("reads");
    let conn = &mut *reader;
    let dana = accounts::all(conn).await.expect("lists").into_iter().find(|a| a.name == "Dana Osei");
    let viewer = dana.expect("an account of the examples").viewer();
    let mut has = Vec::new();
    for number in 1..=6 {
        incidents::find(conn, &viewer, number).await.expect("is there");
        let evidence = evidence::of(conn, &viewer, number).await.expect("lists");
        let actions = actions::of(conn, &viewer, number).await.expect("lists");
        let revisions = retros::revisions(conn, &viewer, number).await.expect("lists");
        let affected = affected::of(conn, &viewer, number, None, 0, 100).await.expect("lists");
        has.push(Has {
            number,
            evidence: evidence.into_iter().map(|e| e.id).collect(),
            actions: actions.into_iter().map(|a| a.id).collect(),
            revisions: revisions.into_iter().map(|r| r.number.to_string()).collect(),
            affected: affected.into_iter().map(|a| a.nth.to_string()).collect(),
        });
    }
    let hash: String = Sha256::digest(SECRET.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let act = Act { by: &viewer, at: NOW.parse().expect("a time") };
    let mut tx = store.begin().await.expect("begins");
    let proof = logins::Proof::Link;
    let new = logins::New { id: "l", token_hash: &hash, device: "a browser", valid_seconds: 3600, proof };
    tokens::create(&mut tx, act, "t", "a program", &hash, &Permission::ALL, None).await.expect("makes a token");
    logins::create(&mut tx, act, &new).await.expect("signs in");
    tx.commit().await.expect("commits");
    has
}

async fn every_page_answers(place: Place) {
    let config = Config::new(place.clone(), "127.0.0.1:0".parse().expect("an address"));
    let clock = Clock::Fixed(Arc::new(Mutex::new(NOW.parse().expect("a time"))));
    let server = Server::bind(config, clock).await.expect("opens the record and brings it up to date");
    let base = format!("http://{}", server.address());
    let (_stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run(async move {
        stopped.await.ok();
    }));
    let has = enter(&Store::open(&place).await.expect("opens")).await;
    let (browser, program) = (Client::new(&base), Client::with_token(&base, SECRET));
    let mut asked = 0;
    for route in TABLE.iter().filter(|r| r.method == "GET") {
        // A way in is no part of a record.
        if route.path.starts_with("/sign-in") || ["/enter/{token}", "/setup/{token}"].contains(&route.path) {
            continue;
        }
        let paths = match route.path {
            p if p.contains("{number}") => has.iter().flat_map(|h| h.paths(p)).collect(),
            p => vec![p.replace("{file}", "style.css")],
        };
        assert!(!paths.is_empty() || route.path.contains("{nth}"), "{}: nothing of the record answers it", route.path);
        for path in paths {
            let answer = match path.starts_with("/api/") && !path.starts_with("/api/v1/account/") {
                true => program.get(&path).await,
                false => {
                    let request = browser.request("GET", &path).header("cookie", format!("hindcast={SECRET}"));
                    crate::support::client::send(request).await
                }
            };
            // The light form leads to the full one where the severity asks for that.
            let leads = answer.status == 303 && path.ends_with("/retro/light");
            assert!(answer.status == 200 || leads, "GET {path}: {}\n{}", answer.status, answer.body);
            asked += 1;
        }
    }
    assert!(asked > 150, "only {asked} addresses were asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_three_steps_on_sqlite() {
    let old = fixture().join("data");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hindcast.db"), unpacked(&old.join("hindcast.db.zst"))).expect("writes");
    let evidence = folder.path().join("evidence");
    std::fs::create_dir(&evidence).expect("makes");
    for file in std::fs::read_dir(old.join("evidence")).expect("lists") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), evidence.join(file.file_name())).expect("copies");
    }
    every_page_answers(Place::Folder(folder.path().to_owned())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_three_steps_on_postgresql() {
    let Some(url) = hindcast_testdb::database("pages_of_schema_3").await else { return };
    let sql = String::from_utf8(unpacked(&fixture().join("postgres.sql.zst"))).expect("text");
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("answers");
    // The dump sets up its connection in a way of its own.
    let mut conn = pool.acquire().await.expect("a connection").detach();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("is read in");
    conn.close().await.expect("closes");
    every_page_answers(Place::Postgres(url)).await;
}
