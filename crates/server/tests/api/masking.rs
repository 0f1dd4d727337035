//! Secrets and personal data that come in by the API are masked before anything is stored.

use crate::harness::{Answer, Harness, send};
use hindcast_store::{Store, Viewer, chain, evidence};
use reqwest::Method;
use serde_json::json;

const EMAIL: &str = "quentin.okonkwo@mail.example.org";
const CARD: &str = "4111 1111 1111 1111";

fn trace() -> String {
    let said = format!("Write to {EMAIL}, and take {CARD}.");
    json!([{ "role": "user", "content": said }, { "role": "assistant", "content": "Done." }]).to_string()
}

fn facts() -> String {
    format!("title: A letter to {EMAIL}\n")
}

/// What the whole record holds, read as it is stored: its database where that is a file, and every file of evidence.
fn stored(server: &Harness) -> Vec<(String, Vec<u8>)> {
    let (mut folders, mut found) = (vec![server.folder()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the record").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push((path.display().to_string(), std::fs::read(&path).expect("bytes"))),
            }
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

/// Uploads a file with a choice about what would be masked in it.
async fn choose(server: &Harness, to: &str, kind: &str, text: &str, choice: &str) -> Answer {
    let request = server.request(&server.writer, Method::POST, to).header("Content-Type", kind);
    send(request.header("Hindcast-Typed-Text", choice).body(text.to_owned())).await
}

async fn is_masked(server: Harness) {
    let number = server.open(json!({ "title": "One" })).await;
    let to = format!("/incidents/{number}/evidence");
    let viewer = Viewer::system();
    let store = Store::open(&server.place).await.expect("opens");
    for (kind, text, end) in [("trace", trace(), ".json"), ("facts", facts(), "")] {
        let upload = format!("{to}?kind={kind}&name=letter to {EMAIL}{end}");
        let request = server.request(&server.writer, Method::POST, &upload);
        let request = request.header("Content-Type", "application/octet-stream").header("Idempotency-Key", kind);
        let request = request.header("Hindcast-Typed-Text", "mask");
        let added = send(request.body(text.clone())).await.is(201);
        assert!(added["masked"].as_str().is_some_and(|m| m.contains("email address")), "{added}");
        let name = added["name"].as_str().expect("a name");
        assert!(name.starts_with("letter to ") && name.ends_with(end) && !name.contains("quentin"), "{name}");
        let id = added["id"].as_str().expect("an id");
        let given = server.get(&server.reader, &format!("{to}/{id}/bytes")).await;
        let mut conn = store.reader().await.expect("reads");
        let kept = evidence::bytes(&store, &mut conn, &viewer, number, id).await.expect("reads").expect("is there");
        assert_eq!(given.text.as_bytes(), kept.bytes);
        for (secret, text) in [(EMAIL, &text), (CARD, &trace())] {
            assert!(text.contains(secret), "there is something to mask");
            assert!(!holds(&kept.bytes, secret), "{kind}: {}", given.text);
        }
        assert!(given.text.contains("email"), "the mask keeps the kind of what it hides: {}", given.text);
    }
    let list = format!("session,customer,quote\ns1,{EMAIL},\"take {CARD}\"\n");
    let imported = choose(&server, &format!("/incidents/{number}/affected"), "text/csv", &list, "mask").await.is(201);
    assert!(imported["masked"].as_str().is_some_and(|m| m.contains("email address")), "{imported}");
    let listed = server.get(&server.reader, &format!("/incidents/{number}/affected")).await.is(200).to_string();
    assert!(!listed.contains(EMAIL) && !listed.contains(CARD), "{listed}");
}

#[tokio::test]
async fn what_is_uploaded_is_stored_masked() {
    is_masked(Harness::new().await).await;
}

#[tokio::test]
async fn what_is_uploaded_is_stored_masked_on_postgres() {
    if let Some(server) = Harness::postgres("api_masking").await {
        is_masked(server).await;
    }
}

/// Names, facts files and lists are offered masks, as typed text is. The content of a trace is not.
async fn uploads_are_offered_masks(server: Harness) {
    let number = server.open(json!({ "title": "One" })).await;
    let (at, octets) = (format!("/incidents/{number}"), "application/octet-stream");
    let state = async || {
        let files = server.get(&server.reader, &format!("{at}/evidence")).await.is(200);
        let list = server.get(&server.reader, &format!("{at}/affected")).await.is(200);
        (files, list)
    };
    let before = state().await;
    let list = format!("session,customer\ns1,größe\ns2,{EMAIL}\n");
    let named = format!("{at}/evidence?name=for {EMAIL}.json");
    let (facts_to, list_to) = (format!("{at}/evidence?kind=facts&name=facts.yaml"), format!("{at}/affected"));
    let end = 4 + EMAIL.len();
    for (to, kind, text, place) in [
        (&named, octets, trace(), json!({ "field": "/name", "kind": "email", "from": 4, "to": end })),
        (&facts_to, octets, facts(), json!({ "field": "/file", "kind": "email", "from": 19, "to": 19 + EMAIL.len() })),
        (
            &list_to,
            "text/csv",
            list.clone(),
            json!({ "field": "/file", "kind": "email", "from": 29, "to": 29 + EMAIL.len() }),
        ),
    ] {
        let request = server.request(&server.writer, Method::POST, to).header("Content-Type", kind);
        let refused = send(request.body(text.clone())).await.refused(422);
        assert_eq!(refused["masking"], json!([place]), "{to}");
        let told = refused["detail"].as_str().expect("words");
        assert!(told.contains("Hindcast-Typed-Text") && !told.contains("quentin"), "{told}");
        choose(&server, to, kind, &text, "both").await.refused(422);
    }
    // What cannot be used is refused before anybody is asked.
    let broken = format!("colour: {EMAIL}\n");
    let request = server.request(&server.writer, Method::POST, &facts_to).header("Content-Type", octets);
    let refused = send(request.body(broken)).await.refused(422);
    assert!(refused.get("masking").is_none() && !refused.to_string().contains(EMAIL), "{refused}");
    assert_eq!(state().await, before, "nothing is stored");

    let kept = choose(&server, &named, octets, &trace(), "keep").await.is(201);
    assert_eq!(kept["name"], format!("for {EMAIL}.json"));
    let id = kept["id"].as_str().expect("an id");
    let bytes = server.get(&server.reader, &format!("{at}/evidence/{id}/bytes")).await.text;
    assert!(!bytes.contains(EMAIL) && !bytes.contains(CARD), "a trace is masked: {bytes}");
    let kept = choose(&server, &facts_to, octets, &facts(), "keep").await.is(201);
    assert_eq!(kept["masked"], "");
    let id = kept["id"].as_str().expect("an id");
    assert_eq!(server.get(&server.reader, &format!("{at}/evidence/{id}/bytes")).await.text, facts());
    choose(&server, &list_to, "text/csv", &list, "keep").await.is(201);
    assert_eq!(server.get(&server.reader, &list_to).await.is(200)["items"][1]["customer"], EMAIL);
    let events = server.get(&server.reader, &format!("{at}/events")).await.is(200);
    let events = events["items"].as_array().expect("events").iter().filter(|e| e["kind"] == "text.unmasked");
    let events: Vec<_> = events.map(|e| e.to_string()).collect();
    assert_eq!(events.len(), 3, "{events:?}");
    assert!(events.iter().all(|e| e.contains(r#""email":1"#) && !e.contains("quentin")), "{events:?}");
}

#[tokio::test]
async fn uploads_are_offered_masks_on_sqlite() {
    uploads_are_offered_masks(Harness::new().await).await;
}

#[tokio::test]
async fn uploads_are_offered_masks_on_postgres() {
    if let Some(server) = Harness::postgres("api_masking_offer").await {
        uploads_are_offered_masks(server).await;
    }
}

/// Not only where it is looked for: nowhere in the files of the record.
#[tokio::test]
async fn no_file_of_the_record_holds_what_was_masked() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "Zanzibar" })).await;
    let upload = |kind: &'static str, text: String| {
        let to = format!("/incidents/{number}/evidence?kind={kind}");
        let request = server.request(&server.writer, Method::POST, &to);
        let request = request.header("Hindcast-Typed-Text", "mask");
        send(request.header("Content-Type", "application/octet-stream").body(text))
    };
    upload("trace", trace()).await.is(201);
    upload("facts", facts()).await.is(201);
    let files = stored(&server);
    assert!(files.iter().any(|(_, bytes)| holds(bytes, "Zanzibar")), "what is not masked is found like this");
    for (name, bytes) in files {
        assert!(!holds(&bytes, EMAIL) && !holds(&bytes, CARD), "{name}");
    }
}

/// What cannot be read cannot be masked: it is refused, and nothing of it is stored.
#[tokio::test]
async fn what_cannot_be_read_is_refused_and_not_stored() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let store = Store::open(&server.place).await.expect("opens");
    let state = async || {
        let rows = chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks").rows;
        let files = stored(&server).into_iter().map(|(name, _)| name).filter(|name| name.ends_with(".zst"));
        (rows, files.collect::<std::collections::BTreeSet<_>>())
    };
    let before = state().await;
    let zeros = [trace().as_bytes(), b"\0"].concat();
    let cut = [b"\x1f\x8b\x08\x00".as_slice(), &[7; 40]].concat();
    let broken = [trace().as_bytes(), &[0xff; 200]].concat();
    for kind in ["trace", "facts", "contracts"] {
        for bytes in [&zeros, &cut, &broken] {
            let to = format!("/incidents/{number}/evidence?kind={kind}");
            let request = server.request(&server.writer, Method::POST, &to);
            let request = request.header("Content-Type", "application/octet-stream").body(bytes.clone());
            let told = send(request).await.refused(422);
            assert!(told["detail"].as_str().is_some_and(|d| d.contains("could be masked")), "{told}");
        }
    }
    for bytes in [zeros, cut, broken] {
        let request = server.request(&server.writer, Method::POST, &format!("/incidents/{number}/affected"));
        send(request.header("Content-Type", "text/csv").body(bytes)).await.refused(422);
    }
    assert_eq!(state().await, before);
}

#[tokio::test]
async fn typed_text_is_refused_with_its_places_until_the_request_says_what_to_do() {
    let server = Harness::new().await;
    let body = json!({ "title": format!("Löschung for {EMAIL}"), "summary": "Nothing here" });
    let events = async || server.get(&server.all, "/incidents").await.is(200)["items"].as_array().map(Vec::len);
    let before = events().await;
    let refused = server.post(&server.writer, "/incidents", body.clone()).await.refused(422);
    assert_eq!(refused["masking"], json!([{ "field": "/title", "kind": "email", "from": 13, "to": 13 + EMAIL.len() }]));
    assert!(refused["detail"].as_str().is_some_and(|d| d.contains("Hindcast-Typed-Text") && !d.contains("quentin")));
    assert_eq!(events().await, before, "nothing is stored");
    let choose = |choice: &str| {
        let request = server.request(&server.writer, Method::POST, "/incidents").json(&body);
        send(request.header("Hindcast-Typed-Text", choice))
    };
    choose("both").await.refused(422);
    let masked = choose("mask").await.is(201);
    assert!(masked["title"].as_str().is_some_and(|t| t.contains("@masked.invalid")), "{masked}");
    let kept = choose("keep").await.is(201);
    assert_eq!(kept["title"], body["title"]);
    let number = kept["number"].as_i64().expect("a number");
    let tag = format!("/incidents/{number}/tags");
    let refused = server.post(&server.writer, &tag, json!({ "tag": format!("ask {EMAIL}") })).await.refused(422);
    assert_eq!(refused["masking"][0]["field"], "/tag");
    // A body that is none of this kind is told first.
    let refused = server.post(&server.writer, &tag, json!({ "word": EMAIL })).await.refused(422);
    assert!(refused.get("masking").is_none(), "{refused}");
}
