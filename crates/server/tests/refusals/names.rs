//! Text that shows somebody else than it is: hidden characters in any field of any form, and names that look like another's.

use crate::rights::cases::{Body, Ids, case};
use crate::support::client::Client;
use crate::support::people::{PASSWORD, link};
use crate::support::{App, People, on_both};
use hindcast_server::routes::TABLE;

/// Fields that are asked of every form, beside its own.
const LINES: [&str; 4] = ["title", "name", "by:aware", "a-field-that-is-added-later"];
const SEVERAL: [&str; 2] = ["reason", "note"];
/// What is neither stored nor shown.
const OPAQUE: [&str; 6] = ["password", "code", "old", "new", "secret", "next"];
/// Prose, which may quote a trace as it is.
const PROSE: [&str; 2] = ["notes", "summary"];

async fn every_form_refuses_hidden_characters(app: App) {
    let people = People::arrive(&app).await;
    let number = people.mia.open_with_retro("one", &[]).await;
    let link = link(&people.dana, "viewer").await;
    let (spare, any) = (people.vera.id.clone(), || "0".to_owned());
    let ids = Ids {
        incident: number,
        spare,
        link,
        action: any(),
        evidence: any(),
        login: any(),
        token: any(),
        ..Ids::default()
    };
    let before = app.changes().await;
    let mut asked = 0;
    for route in TABLE.iter().filter(|r| r.method == "POST" && !r.path.starts_with("/api/")) {
        let case = case(route.method, route.path, &ids);
        // Without a field of its own, it reads none.
        let Body::Form(form) = &case.body else { continue };
        if form.is_empty() {
            continue;
        }
        let own = form.iter().map(|(name, _)| name.as_str()).filter(|n| !OPAQUE.contains(n) && !PROSE.contains(n));
        asked += 1;
        let client: &Client = if route.path.contains("{access}") { &people.mia.client } else { &people.dana.client };
        for field in own.chain(LINES).chain(SEVERAL) {
            let answer = client.post(&case.path, &[(field, "a\u{202e}b")]).await;
            let told = format!("{} with {field}: {}", answer.asked(), answer.status);
            assert_eq!(answer.status, 422, "{told}");
            assert!(answer.body.contains("contains an invisible character (U+20"), "{told}");
        }
        let broken = client.post(&case.path, &[("title", "a\nb")]).await;
        assert!(broken.status == 422 && broken.body.contains("contains a line break (U+000A)"), "{}", broken.asked());
    }
    assert!(asked > 35, "{asked}");
    assert_eq!(app.changes().await, before);
}

async fn a_title_is_stored_as_it_looks(app: App) {
    let mia = People::arrive(&app).await.mia;
    for hidden in [
        "Ti\ntle",
        "Ti\u{2028}tle",
        "Ti\u{ad}tle",
        "Ti\u{7}tle",
        "Ti\u{2066}tle",
        "\u{2800}",
        "\u{3164}",
        "\u{115f}",
        "\u{301}",
    ] {
        mia.client.post("/incidents", &[("title", hidden)]).await.is(422);
    }
    // Prose may quote a trace; a reason may have lines.
    let form = [
        ("title", " Zoe\u{308} 👩\u{200d}🚒 "),
        ("summary", "as it \u{202e}was"),
        ("severity", "2"),
        ("severity_reason", "one\ntwo"),
    ];
    let number = mia.open("x", &form).await;
    assert!(mia.client.page(&format!("/incidents/{number}")).await.contains("Zo\u{eb} 👩\u{200d}🚒"));
    let evidence = format!("/incidents/{number}/evidence");
    let trace = crate::support::example("refund/trace.json");
    mia.client.upload(&evidence, "trace", "a\u{202e}b\u{200b}.json", trace).await.is(303);
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert!(page.contains("ab.json") && !page.contains('\u{200b}'));
}

async fn a_name_looks_like_nobody_elses(app: App) {
    let people = People::arrive(&app).await;
    let link = link(&people.dana, "viewer").await;
    let join = async |name: &str| {
        let form = [("name", name), ("email", "eve@example.com"), ("password", PASSWORD)];
        app.browser().post(&link, &form).await
    };
    let taken =
        ["Dana Osei", "dana osei", "Dаna Osei", "Dana  Osei", "Ｄana Osei", "Dana\u{2003}Osei", "Hindcast", "HINDCAST"];
    for name in taken {
        join(name).await.is(422).says("Name: another account has this name, or one that looks the same");
    }
    for name in [
        "Eve\u{202e}adA",
        "Eve\nX",
        "Eve\u{2028}X",
        "Eve\u{200b}",
        "\u{2800}",
        "\u{3164}",
        "\u{e0041}Ada",
        "Ad\u{200d}a",
    ] {
        join(name).await.is(422);
    }
    // The name of somebody who left stands in the history.
    people.dana.client.post(&format!("/people/{}/disabled", people.vera.id), &[("disabled", "yes")]).await.is(303);
    join("Vera 0kafor").await.is(422).says("looks the same");
    join("Eve O’Neil-Śmith").await.is(303);
}

on_both! {
    every_form_refuses_hidden_characters
    a_title_is_stored_as_it_looks
    a_name_looks_like_nobody_elses
}
