//! Every page as it is written, on a fixed clock and a fixed record: a change of words shows here.

use crate::support::people::Person;
use crate::support::{App, People};

/// What stands within `<main>`, with what is made at random in one form. The retro's own text has its snapshots in `render`.
fn main_of(page: &str) -> String {
    let start = page.find("<main").expect("a main part");
    let main = &page[start..page.find("</main>").expect("its end")];
    let main = match main.find("<div class=\"retro-body\">") {
        Some(at) => &main[..at],
        None => main,
    };
    let mut out = String::new();
    for piece in main.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let run = piece.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        match run.len() {
            32 => out.extend(["ID", &piece[run.len()..]]),
            _ => out.push_str(piece),
        }
    }
    out
}

async fn look(person: &Person, name: &str, path: &str) {
    let answer = person.client.get(path).await;
    let page = format!("{} {path} as {}\n{}\n", answer.status, person.name, main_of(&answer.body));
    insta::assert_snapshot!(name, page);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_worded_as_before() {
    let app = App::sqlite().await;
    let people = People::arrive(&app).await;
    let (dana, mia, vera) = (&people.dana, &people.mia, &people.vera);
    for (name, path) in [
        ("home_empty", "/"),
        ("incidents_empty", "/incidents"),
        ("near_misses_empty", "/near-misses"),
        ("actions_empty", "/actions"),
    ] {
        look(mia, name, path).await;
    }
    let severity = |level| [("severity", level), ("severity_reason", "a customer was told so"), ("agent", "support")];
    mia.open_with_retro("A pending refund was told as processed", &severity("2")).await;
    mia.open_with_retro("An order number was read back wrongly", &severity("3")).await;
    mia.client.fill("/near-miss", "/incidents", &[("title", "An invented id was refused")]).await.is(303);
    mia.client.post("/incidents/1/tags", &[("tag", "money")]).await.is(303);
    mia.client.post("/incidents/1/retro/review", &[]).await.is(303);
    for (name, path) in [
        ("home", "/"),
        ("incidents", "/incidents"),
        ("incidents_none", "/incidents?q=zebra"),
        ("incident_new", "/incidents/new"),
        ("near_miss_new", "/near-miss"),
        ("near_misses", "/near-misses"),
        ("incident", "/incidents/1"),
        ("incident_light", "/incidents/2"),
        ("incident_near_miss", "/incidents/3"),
        ("retro", "/incidents/1/retro"),
        ("review", "/incidents/1/retro/review"),
        ("revisions", "/incidents/1/retro/revisions"),
        ("revision", "/incidents/1/retro/revisions/1"),
        ("section_impact", "/incidents/1/retro/impact/edit"),
        ("section_system", "/incidents/1/retro/system/edit"),
        ("section_actions", "/incidents/1/retro/actions/edit"),
        ("light", "/incidents/2/retro/light"),
        ("affected", "/incidents/1/affected"),
        ("actions", "/actions"),
        ("actions_list", "/actions?view=list"),
        ("account", "/account"),
        ("second_factor", "/account/second-factor"),
        ("not_found", "/incidents/99"),
    ] {
        look(mia, name, path).await;
    }
    look(dana, "people", "/people").await;
    look(vera, "light_read", "/incidents/2/retro/light").await;
    look(vera, "near_misses_read", "/near-misses").await;
    let sign_in = app.browser().get("/sign-in").await.is(200).body;
    insta::assert_snapshot!("sign_in", main_of(&sign_in));
}
