//! Words that a database cannot store or search for: told, and never a fault of the server.

use crate::support::client::send;
use crate::support::{App, People, on_both};

async fn a_nul_is_refused_in_every_form(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let at = format!("/incidents/{number}");
    let before = app.changes().await;
    let nul = "a\0b";
    let forms: [(&str, &[(&str, &str)]); 8] = [
        ("/incidents", &[("title", nul)]),
        (&format!("{at}/details"), &[("title", "one"), ("summary", nul)]),
        (&format!("{at}/severity"), &[("severity", "2"), ("reason", nul)]),
        (&format!("{at}/times"), &[("at:aware", "2026-11-25 09:00"), ("by:aware", nul)]),
        (&format!("{at}/tags"), &[("tag", nul)]),
        (&format!("{at}/people"), &[("account", nul), ("duty", "lead")]),
        (&format!("{at}/retro/waivers/ticket-named"), &[("reason", nul)]),
        ("/account/tokens", &[("name", nul), ("scope:read", "on"), ("ends", "30")]),
    ];
    for (path, form) in forms {
        mia.client.post(path, form).await.is(422);
    }
    app.browser().post("/sign-in", &[("email", nul), ("password", nul)]).await.is(422);
    let ids = ["/people/%00/role", "/account/logins/%00/end", "/account/tokens/%00/revoke"];
    for path in ids {
        let answer = people.dana.client.post(path, &[("role", "viewer")]).await;
        assert!([404, 422].contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_eq!(app.changes().await, before);
}

async fn any_search_is_answered(app: App) {
    let mia = People::arrive(&app).await.mia;
    mia.open("Ärger with 100% of refunds_!", &[("agent", "shop")]).await;
    let long = "x".repeat(60_000);
    for text in ["\0", "a\0b", &long, "%", "_", "!", "'", "\\", "\u{202e}", "💥", "* OR 1=1 --"] {
        for name in ["q", "tag", "status", "severity"] {
            let answer = send(mia.client.request("GET", "/incidents").query(&[(name, text)])).await;
            assert_eq!(answer.status, 200, "{name}={:.20?}", text);
        }
    }
    let finds = async |text: &str| {
        let page = send(mia.client.request("GET", "/incidents").query(&[("q", text)])).await.is(200).body;
        page.contains("/incidents/1\"")
    };
    for text in ["refund", "REFUNDS", "100%", "ds_!", "shop", " refunds "] {
        assert!(finds(text).await, "{text}");
    }
    for text in ["refunds%", "1_0", "refunds-", "\0"] {
        assert!(!finds(text).await, "{text}");
    }
}

on_both! {
    a_nul_is_refused_in_every_form
    any_search_is_answered
}
