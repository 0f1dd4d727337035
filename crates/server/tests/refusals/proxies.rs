//! Behind a proxy: whose word counts on where a request comes from.

use crate::support::client::{Answer, send};
use crate::support::people::PASSWORD;
use crate::support::{App, People};

async fn sign_in(app: &App, header: (&str, &str), password: &str) -> Answer {
    let request = app.browser().request("POST", "/sign-in").header(header.0, header.1);
    send(request.form(&[("email", "mia@example.com"), ("password", password)])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_client_of_a_trusted_proxy_has_a_limit_of_its_own() {
    let app = App::sqlite_with(|c| c.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]).await;
    People::arrive(&app).await;
    for nth in 0..10 {
        // The client may write what it likes before the address that the proxy adds.
        let says = format!("198.51.100.{nth}, 203.0.113.9");
        sign_in(&app, ("X-Forwarded-For", &says), "a wrong guess").await.is(422);
    }
    sign_in(&app, ("X-Forwarded-For", "198.51.100.77, 203.0.113.9"), PASSWORD).await.is(429);
    sign_in(&app, ("Forwarded", "for=203.0.113.9;proto=https"), PASSWORD).await.is(429);
    sign_in(&app, ("X-Forwarded-For", "203.0.113.10"), PASSWORD).await.is(303);
    sign_in(&app, ("Forwarded", "for=\"[2001:db8::1]:4711\""), PASSWORD).await.is(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_not_trusted_cannot_pretend_to_be_another() {
    let app = App::sqlite_with(|c| c.trusted_proxies = vec!["192.0.2.1".parse().expect("an address")]).await;
    People::arrive(&app).await;
    for nth in 0..10 {
        sign_in(&app, ("X-Forwarded-For", &format!("203.0.113.{nth}")), "a wrong guess").await.is(422);
    }
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
        sign_in(&app, (header, "for=203.0.113.99"), PASSWORD).await.is(429);
    }
}
