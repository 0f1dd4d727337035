//! A server that requires a second factor.

use super::{PAGE, turn_on};
use crate::support::App;
use crate::support::client::send;
use crate::support::people::{PASSWORD, Person};

#[tokio::test]
async fn people_without_one_are_led_to_set_it_up_first() {
    let app = App::sqlite_with(|config| config.require_second_factor = true).await;
    let client = app.browser();
    let form = [("name", "Dana Osei"), ("email", "dana@example.com"), ("password", PASSWORD)];
    client.post(&app.first_link(), &form).await.is(303);
    for path in ["/", "/incidents", "/account", "/people", "/sign-in"] {
        assert_eq!(client.get(path).await.is(303).leads(), PAGE, "{path}");
    }
    client.post("/people", &[("role", "viewer")]).await.is(303);
    client.post("/account/tokens", &[("name", "x"), ("scope:read", "on"), ("ends", "30")]).await.is(303);
    let api = send(client.request("GET", "/api/v1/incidents")).await.is(403);
    assert!(api.body.contains("requires a second factor"), "{}", api.body);
    assert_eq!(
        app.changes().await,
        7,
        "the link, the account, the sign-in, the log's word for three settings, the event with which coverage begins, and nothing else"
    );
    client.get(PAGE).await.is(200).says("This server requires a second factor.");
    let dana = Person { client, name: "Dana Osei".to_owned(), email: "dana@example.com".to_owned(), id: String::new() };
    turn_on(&app, &dana).await;
    let program = dana.program(&app, &["read"]).await;
    dana.client.get("/people").await.is(200);
    program.get("/api/v1/incidents").await.is(200);
    dana.client.post("/sign-out", &[]).await.is(303);
}
