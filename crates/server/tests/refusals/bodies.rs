//! Bodies that take too long, and more of them than are held at once.

use crate::support::client::send;
use crate::support::{App, Client, People};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A body that says that it is longer than what has arrived of it.
fn begin(app: &App, path: &str, token: &str, said: usize, sent: usize) -> TcpStream {
    let host = app.base().trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).expect("connects");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("waits");
    let kind = if path.starts_with("/api/") { "application/json" } else { "application/x-www-form-urlencoded" };
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: {kind}\r\n");
    write!(socket, "{head}content-length: {said}\r\n\r\n").expect("writes");
    socket.write_all(&vec![b'x'; sent]).expect("writes");
    socket
}

async fn answer(mut socket: TcpStream) -> String {
    let read = move || {
        let mut answer = String::new();
        socket.read_to_string(&mut answer).map(|_| answer)
    };
    tokio::task::spawn_blocking(read).await.expect("runs").expect("an answer, and then the end")
}

/// Asks for a change until it is done, for a while.
async fn done_soon(client: &Client, body: &str) {
    for _ in 0..100 {
        let request = client.request("POST", "/api/v1/incidents").header("content-type", "application/json");
        if send(request.body(body.to_owned())).await.status == 201 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("what was held was not given back");
}

fn incident(summary: usize) -> String {
    format!(r#"{{"title":"one","summary":"{}"}}"#, "x".repeat(summary))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_takes_too_long_is_refused() {
    let app = App::sqlite_with(|c| c.body_time = Duration::from_millis(300)).await;
    let mia = People::arrive(&app).await.mia;
    let token = mia.token(&["read", "write"]).await;
    let before = app.changes().await;
    let told = answer(begin(&app, "/api/v1/incidents", &token, 1000, 10)).await;
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("application/problem+json"), "{told}");
    assert!(told.contains(r#""status":408"#), "{told}");
    let told = answer(begin(&app, "/incidents", &token, 1000, 10)).await;
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("Too slow"), "{told}");
    // Who is nobody is told before anything is waited for.
    let told = answer(begin(&app, "/api/v1/incidents", "hcast_wrong", 1000, 10)).await;
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    // The part of a body that is thrown away is waited for no longer.
    let told = answer(begin(&app, "/sign-in", "", 6 << 20, 10)).await;
    assert!(told.starts_with("HTTP/1.1 408 "), "{told}");
    assert_eq!(app.changes().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_held_at_once_than_there_is_room_for() {
    let room = 64 << 10;
    let app = App::sqlite_with(|c| c.body_room = room).await;
    let mia = People::arrive(&app).await.mia;
    let token = mia.token(&["read", "write"]).await;
    let program = Client::with_token(app.base(), &token);
    done_soon(&program, &incident(19_000)).await;
    let before = app.changes().await;
    // Somebody sends the most of a body and then nothing: what arrived is held.
    let slow = begin(&app, "/api/v1/incidents", &token, room, room - 8000);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let request = program.request("POST", "/api/v1/incidents").header("content-type", "application/json");
    let refused = send(request.body(incident(19_000))).await.is(503);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("retry-after"), "2");
    let form = [("title", "one"), ("summary", &"x".repeat(19_000))];
    mia.client.post("/incidents", &form).await.is(503).says("than the server holds at once");
    assert_eq!(app.changes().await, before);
    // A small one finds room beside it.
    done_soon(&program, &incident(10)).await;
    // What the slow one held is given back when it goes.
    drop(slow);
    done_soon(&program, &incident(19_000)).await;
    // What is thrown away is not held, so that far more than there is room for is still told why.
    let form = [("title", "x".repeat(6 << 20))];
    send(mia.client.request("POST", "/incidents").form(&form)).await.is(413).says("larger than 4 MiB");
    done_soon(&program, &incident(19_000)).await;
}

/// Whoever is not signed in may fill the door, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_the_room_of_those_who_are_signed_in() {
    // More than one address may send within a minute.
    let app = App::sqlite_with(|c| c.rates = false).await;
    let mia = People::arrive(&app).await.mia;
    let program = Client::with_token(app.base(), &mia.token(&["read", "write"]).await);
    let slow: Vec<TcpStream> = (0..600).map(|_| begin(&app, "/sign-in", "", 100, 1)).collect();
    // Until the door is full.
    for _ in 0..100 {
        if app.browser().post("/sign-in", &[("email", "x"), ("password", "x")]).await.status == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.browser().post("/sign-in", &[("email", "x"), ("password", "x")]).await.is(503);
    let request = program.request("POST", "/api/v1/incidents").header("content-type", "application/json");
    send(request.body(incident(10))).await.is(201);
    mia.client.post("/incidents", &[("title", "one")]).await.is(303);
    drop(slow);
    for _ in 0..100 {
        if app.browser().post("/sign-in", &[("email", "x"), ("password", "x")]).await.status == 422 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the door did not open again");
}
