//! What the log tells: kinds of addresses, statuses, times. No words, no names, no secrets.

use crate::support::client::send;
use crate::support::people::{PASSWORD, invite, link};
use crate::support::smtp::{self, Manner, Smtp};
use crate::support::{App, People};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_no_secrets_and_no_words() {
    let lines = Lines::default();
    let log = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG);
    // For the whole process: the server's threads are not this one.
    log.with_writer(lines.clone()).with_ansi(false).init();
    let app = App::sqlite().await;
    let people = People::arrive(&app).await;
    let quill = invite(&app, &people.dana, "responder", "Quillon Xanthe", "quillon@xanthe.example").await;
    let token = quill.token(&["read"]).await;
    let unused = link(&people.dana, "viewer").await;
    app.browser().get(&unused).await.is(200);
    let words = [("summary", "Wombats everywhere"), ("agent", "Quokka bot")];
    let number = quill.open_with_retro("Kakapo refund of Jane Roe", &words).await;
    quill.client.get("/incidents?q=Kakapo").await.is(200);
    quill.client.get("/Numbat").await.is(404);
    quill.client.post(&format!("/incidents/{number}/details"), &[("title", "")]).await.is(422);
    app.browser().post("/sign-in", &[("email", &quill.email), ("password", "Bilby bilby bilby")]).await.is(422);
    let again = app.browser().post("/sign-in", &[("email", &quill.email), ("password", PASSWORD)]).await.is(303);
    let cookie = again.header("set-cookie").split(['=', ';']).nth(1).expect("a secret").to_owned();
    let program = app.browser().request("GET", "/").header("authorization", format!("Bearer {token}"));
    send(program).await.is(200);
    quill.client.get(&format!("/setup/{token}")).await.is(404);
    let asked = quill.client.get("/people").await.is(403);
    let mut smtp = Smtp::start(Manner::Kind).await;
    let mails = app.sharing(|config| smtp.configure(config)).await;
    mails.browser().post("/sign-in/forgot", &[("email", &quill.email)]).await.is(303);
    let reset = smtp.next().await.link();
    mails.browser().get(&reset).await.is(200);
    // One that nobody takes is told of, and not to whom it was.
    let refusing = Smtp::start(Manner::Refuses).await;
    let mails = app.sharing(|config| refusing.configure(config)).await;
    mails.browser().post("/sign-in/forgot", &[("email", &people.mia.email)]).await.is(303);
    for _ in 0..200 {
        if String::from_utf8_lossy(&lines.0.lock().expect("the log")).contains("a letter was not sent") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let log = String::from_utf8(lines.0.lock().expect("the log").clone()).expect("text");
    assert!(log.contains("/incidents/{number}/details") && log.contains("status=422"), "{log}");
    // Whoever has the response finds its line, with where it came from and whose account asked.
    let id = asked.header("x-request-id");
    assert_eq!(id.len(), 32, "{id}");
    let line = log.lines().find(|l| l.contains(id) && l.contains("status=403")).expect("a line");
    assert!(line.contains("source=127.0.0.1") && line.contains(&quill.id), "{line}");
    assert!(log.contains("a letter was not sent") && log.contains("code 550"), "{log}");
    let ends = |link: &str| link.rsplit('/').next().expect("a token").to_owned();
    let (unused, reset) = (ends(&unused), ends(&reset));
    let secrets = [token.as_str(), &cookie, PASSWORD, smtp::PASSWORD, &unused, &reset, "mia@example"];
    let first = app.first_link();
    let first = first.rsplit('/').next().expect("a token");
    let told = ["Quillon", "xanthe", "Wombats", "Quokka", "Kakapo", "Numbat", "Bilby", "Jane Roe", first];
    for word in secrets.iter().chain(&told) {
        // Requests of the test's own client may be logged by its library; the server's lines are what counts.
        let line =
            log.lines().find(|l| l.contains(word) && !l.contains("reqwest") && !l.contains("hyper_util::client"));
        assert_eq!(line, None, "{word}");
    }
}
