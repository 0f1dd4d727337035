//! What a search finds, the same in both databases.

use crate::support::{act, change, dana, person, read};
use hindcast_retro::draft::{Draft, Note};
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::people::{Duty, Role};
use hindcast_store::incidents::{self, Brief, Details, Filter, Incident, New};
use hindcast_store::retros::{self, Change};
use hindcast_store::{Place, Store, Viewer};
use hindcast_trace::Evidence;
use sqlx::Row;

async fn found(store: &Store, viewer: &Viewer, text: &str) -> Vec<i64> {
    let filter = Filter { text: text.to_owned(), ..Filter::default() };
    let all = read(store, async |c| incidents::list(c, viewer, &filter, 100).await).await;
    let brief = read(store, async |c| incidents::brief(c, viewer, &filter, 100).await).await;
    assert_eq!(brief, all.iter().map(in_brief).collect::<Vec<_>>(), "the same incidents, in the same order");
    all.into_iter().map(|i| i.number).collect()
}

/// What a line of a list shows of an incident.
fn in_brief(incident: &Incident) -> Brief {
    let i = incident.clone();
    Brief {
        number: i.number,
        title: i.title,
        agent: i.agent,
        severity: i.severity,
        status: i.status,
        restricted: i.restricted,
        created_at: i.created_at,
        updated_at: i.updated_at,
    }
}

async fn open(store: &Store, by: &Viewer, details: Details, restricted: bool) -> i64 {
    let new = New { details, restricted, ..New::default() };
    change(store, async |tx| incidents::create(tx, act(by), &new).await).await.expect("opens")
}

/// The retro of the refund example, with a note.
fn retro(note: &str) -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/refund/trace.json");
    let evidence = [Evidence::new("trace.json", std::fs::read(file).expect("an example"))];
    let reading = hindcast_trace::read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Default::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    let input =
        hindcast_retro::Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
    let mut draft: Draft = hindcast_retro::draft(&input);
    draft.notes.push(Note::new("impact", note));
    serde_json::to_string(&draft).expect("writes")
}

fn details(title: &str) -> Details {
    Details { title: title.to_owned(), ..Details::default() }
}

/// An incident that can be found by everything, beside one that cannot.
async fn fill(store: &Store) -> Viewer {
    let dana = dana(store).await;
    let ana = person(store, "Ångström", Role::Viewer).await;
    open(store, &dana, details("other"), false).await;
    let all = Details {
        title: "Überweisung an ΟΔΟΣ".to_owned(),
        agent: "Voice-Agent".to_owned(),
        summary: "Sie sagte: «ОШИБКА»\n50% off_now!".to_owned(),
        ticket: "OPS-77".to_owned(),
    };
    let number = open(store, &dana, all, false).await;
    change(store, async |tx| {
        incidents::set_person(tx, act(&dana), number, &ana.account, Duty::Informed).await?;
        incidents::add_tag(tx, act(&dana), number, "straße").await?;
        retros::create(tx, act(&dana), number, &retro("Zanzibar")).await
    })
    .await
    .expect("fills");
    dana
}

const FOUND: [&str; 19] = [
    "INC-2",
    "inc-2",
    " 2 ",
    "ÜBERWEISUNG",
    "überw",
    "οδος",
    "οδοσ",
    "voice-agent",
    "ошибка",
    "50%",
    "off_now!",
    "ops-77",
    "STRAßE",
    "ångström",
    "zanzibar",
    "eval case",
    "pending",
    "Zanzibar INC-2 οδος",
    "sagte: «ошибка» 50%",
];

pub async fn finds_everything_that_is_said_of_an_incident(store: Store) {
    let dana = fill(&store).await;
    for text in FOUND {
        assert_eq!(found(&store, &dana, text).await, [2], "{text}");
    }
    for text in ["INC-20", "inc-3", "zanzibar other", "5_%", "off!now", "überwx", "\0", "{", "seal", "st_"] {
        assert_eq!(found(&store, &dana, text).await, [0; 0], "{text}");
    }
    assert_eq!(found(&store, &dana, "  ").await, [2, 1]);
    assert_eq!(found(&store, &dana, "dana").await, [2, 1], "who leads is named");
}

pub async fn follows_every_change(store: Store) {
    let dana = fill(&store).await;
    change(&store, async |tx| {
        incidents::edit(tx, act(&dana), 2, None, &details("renamed")).await?;
        incidents::remove_tag(tx, act(&dana), 2, "straße").await?;
        incidents::remove_person(tx, act(&dana), 2, "Ångström", Duty::Informed).await?;
        let locked = retros::lock(tx, act(&dana), 2).await?;
        let change = Change { what: "impact", reason: "", sections: &[Section::Impact] };
        retros::save(tx, act(&dana), &locked, &retro("Samarkand"), change).await
    })
    .await
    .expect("changes");
    for gone in ["überweisung", "voice-agent", "ошибка", "ops-77", "straße", "ångström", "zanzibar"] {
        assert_eq!(found(&store, &dana, gone).await, [0; 0], "{gone}");
    }
    for there in ["renamed", "samarkand", "eval case"] {
        assert_eq!(found(&store, &dana, there).await, [2], "{there}");
    }
}

pub async fn shows_nothing_of_a_restricted_incident(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let number = open(&store, &mia, details("Zebra"), true).await;
    for text in ["zebra", "mia", "INC-1", "1"] {
        assert_eq!(found(&store, &mia, text).await, [number], "{text}");
        assert_eq!(found(&store, &dana, text).await, [0; 0], "{text}");
    }
    change(&store, async |tx| incidents::set_restricted(tx, act(&mia), number, None, false).await)
        .await
        .expect("opens");
    assert_eq!(found(&store, &dana, "zebra").await, [number]);
}

/// Titles, with what finds each of them and, among all of them, nothing else.
const IN_MANY_WORDS: [(&str, &[&str]); 10] = [
    ("Přílišný refund na účtu", &["přílišný", "prilisny", "PŘÍLIŠNÝ", "uctu", "refund na"]),
    ("Возврат не был проведён", &["возврат", "проведен", "ВОЗВРАТ не", "ведён"]),
    ("返金処理が完了しました", &["返", "返金", "金処", "返金処理", "完了しました", "理が"]),
    ("고객 환불 지연", &["환불", "고", "지연", "환불 고객"]),
    ("تأخر استرداد المبلغ", &["استرداد", "المبلغ", "تأخر"]),
    ("रिफंड में देरी हुई", &["रिफंड", "देरी"]),
    ("Die Straße in İzmir kostete ½", &["strasse", "STRASSE", "straße", "izmir", "İZMİR", "1⁄2"]),
    (
        "100% of rows_x! [a-z]* \\d+ (b) {c}",
        &["100%", "rows_x", "%", "_x!", "\\d", "[a-z]*", "(b)", "{c}", "*", "\\", "z]"],
    ),
    ("He said \"it's done\"; -- DROP TABLE", &["\"it's", "'s", "\"", "--", "done\";", "; drop"]),
    ("a AND b OR NOT c NEAR(d, e) f:g ^h", &["near(d", "f:g", "^h", "NOT c", "a AND b", "^", "d, e)"]),
];

pub async fn finds_words_of_every_script_and_any_characters(store: Store) {
    let dana = person(&store, "q", Role::Administrator).await;
    for (title, _) in IN_MANY_WORDS {
        open(&store, &dana, details(title), false).await;
    }
    for (number, (_, finding)) in (1..).zip(IN_MANY_WORDS) {
        for text in finding {
            assert_eq!(found(&store, &dana, text).await, [number], "{text}");
        }
    }
    let none =
        ["%%", "__", "a*", "x OR y", "refunds", "返完", "了完", "\"a\"", "n1", "g1", "NEAR(a b)", "title:a", "or*"];
    for text in none {
        assert_eq!(found(&store, &dana, text).await, [0; 0], "{text}");
    }
}

/// Whatever stands in a text finds it, from one character to all of them.
pub async fn finds_every_part_of_a_word(store: Store) {
    let dana = dana(&store).await;
    let word = "ab%_!\\\"'*^(γδ)返金🦀é-zyx";
    open(&store, &dana, details(word), false).await;
    open(&store, &dana, details("b%a _b! 金返 zxy"), false).await;
    let chars: Vec<char> = word.chars().collect();
    for length in 1..=chars.len() {
        for part in chars.windows(length) {
            let part: String = part.iter().collect();
            assert!(found(&store, &dana, &part).await.contains(&1), "{part}");
        }
    }
    for text in ["ab%_", "返金", "zyx", "é", "(γ"] {
        assert_eq!(found(&store, &dana, text).await, [1], "{text}");
    }
}

/// More than are looked up at once, with the one that matches behind many that the index cannot tell from it.
pub async fn finds_what_is_behind_many_that_nearly_match(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    change(&store, async |tx| {
        let new = |title: &str, restricted| New { details: details(title), restricted, ..New::default() };
        incidents::create(tx, act(&dana), &new("abcda", false)).await?;
        incidents::create(tx, act(&mia), &new("abcda", true)).await?;
        for _ in 0..700 {
            incidents::create(tx, act(&dana), &new("abc bcd cda", false)).await?;
        }
        incidents::create(tx, act(&dana), &new("abcda again", false)).await
    })
    .await
    .expect("opens");
    assert_eq!(found(&store, &dana, "abcda").await, [703, 1]);
    assert_eq!(found(&store, &mia, "abcda").await, [703, 2, 1]);
    let page = async |before, most| {
        let filter = Filter { text: "abc".to_owned(), before: Some(before), ..Filter::default() };
        let all = read(&store, async |c| incidents::list(c, &dana, &filter, most).await).await;
        all.iter().map(|i| i.number).collect::<Vec<_>>()
    };
    assert_eq!(page(702, 3).await, [701, 700, 699]);
    assert_eq!(page(4, 3).await, [3, 1], "the restricted one is no place on a page");
    let filter = Filter { text: "abcda".to_owned(), severity: Some(1), ..Filter::default() };
    assert_eq!(read(&store, async |c| incidents::list(c, &dana, &filter, 9).await).await, []);
}

/// A record from before there was a search is made searchable when it is opened.
async fn older(place: Place) {
    let store = Store::open(&place).await.expect("opens");
    let dana = fill(&store).await;
    crate::support::tamper(&store, "DELETE FROM incident_search").await;
    assert_eq!(found(&store, &dana, "zanzibar").await, [0; 0]);
    store.close().await;
    let store = Store::open(&place).await.expect("opens again");
    for text in FOUND {
        assert_eq!(found(&store, &dana, text).await, [2], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_record_becomes_searchable_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    older(Place::Folder(folder.path().join("data"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_record_becomes_searchable_on_postgres() {
    let Some(url) = hindcast_testdb::database("search_older").await else { return };
    older(Place::Postgres(url)).await;
}

/// Planning takes longer than searching.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_on_postgres_is_not_planned_anew_for_other_words() {
    let Some(store) = crate::places::postgres("search_planned").await else { return };
    let dana = fill(&store).await;
    let mut conn = store.reader().await.expect("a connection");
    for text in FOUND {
        let filter = Filter { text: text.to_owned(), ..Filter::default() };
        assert_eq!(incidents::list(&mut conn, &dana, &filter, 9).await.expect("searches").len(), 1, "{text}");
    }
    let sql = "SELECT CAST(SUM(custom_plans) AS BIGINT) AS anew, CAST(SUM(generic_plans) AS BIGINT) AS kept \
               FROM pg_prepared_statements WHERE statement LIKE '%tsquery%'";
    let row = sqlx::query(sql).fetch_one(&mut *conn).await.expect("tells");
    let plans = ["anew", "kept"].map(|column| row.try_get::<i64, _>(column).expect("a number"));
    assert_eq!(plans[0], 0);
    assert!(plans[1] >= FOUND.len() as i64);
}
