//! Incidents: opening, finding, changing and counting them.

use crate::support::{
    act, after, change, dana, incident, is_conflict, is_missing, is_stale, now, person, read, tamper, titled,
};
use hindcast_retro::record::incident::Status;
use hindcast_retro::record::people::Role;
use hindcast_store::incidents::{self, Details, Filter, Incident, New};
use hindcast_store::{Act, Store, StoreError, Tx, Viewer, chain};
use sqlx::Row;

async fn find(store: &Store, viewer: &Viewer, number: i64) -> Incident {
    read(store, async |c| incidents::find(c, viewer, number).await).await
}

async fn list(store: &Store, viewer: &Viewer, filter: Filter) -> Vec<i64> {
    let found = read(store, async |c| incidents::list(c, viewer, &filter, 10).await).await;
    found.iter().map(|i| i.number).collect()
}

pub async fn are_numbered_and_found(store: Store) {
    let dana = dana(&store).await;
    assert_eq!(incident(&store, &dana, "one").await, 1);
    assert_eq!(incident(&store, &dana, "two").await, 2);
    let one = find(&store, &dana, 1).await;
    assert_eq!((one.title.as_str(), one.severity, one.severity_reason.as_str()), ("one", Some(2), "reason"));
    assert_eq!((one.status, one.restricted, one.version), (Status::Open, false, 1));
    assert_eq!((one.created_by.as_str(), one.created_at, one.updated_at), ("dana", now(), now()));
    assert_eq!((one.first_response.clone(), one.reference()), (None, "INC-1".to_owned()));
    let none = incidents::find(&mut store.reader().await.expect("reads"), &dana, 3).await;
    assert!(is_missing(&none), "{none:?}");
    let lead = read(&store, async |c| incidents::people(c, &dana, 1).await).await;
    assert_eq!(lead.iter().map(|p| (p.name.as_str(), p.duty.name())).collect::<Vec<_>>(), [("dana", "lead")]);
}

pub async fn opened_at_once_get_numbers_without_gaps(store: Store) {
    let dana = dana(&store).await;
    let task = |task: i64| {
        let (store, dana) = (store.clone(), dana.clone());
        tokio::spawn(async move {
            let mut numbers = Vec::new();
            for nth in 0..4 {
                let mut tx = store.begin().await.expect("begins");
                let title = format!("{task}.{nth}");
                numbers.push(incidents::create(&mut tx, act(&dana), &titled(&title)).await.expect("opens"));
                tx.commit().await.expect("commits");
            }
            numbers
        })
    };
    let tasks: Vec<_> = (0..8).map(task).collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.expect("ends"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
    assert_eq!(read(&store, async |c| chain::verify(c).await).await.faults, Vec::<String>::new());
}

pub async fn a_change_given_up_leaves_no_gap(store: Store) {
    let dana = dana(&store).await;
    incident(&store, &dana, "one").await;
    let given_up = change(&store, async |tx| {
        incidents::create(tx, act(&dana), &titled("never")).await?;
        Err::<(), _>(StoreError::Invalid("given up".to_owned()))
    });
    assert!(given_up.await.is_err());
    assert_eq!(incident(&store, &dana, "two").await, 2);
    assert_eq!(list(&store, &dana, Filter::default()).await, [2, 1]);
    assert_eq!(read(&store, async |c| chain::verify(c).await).await.faults, Vec::<String>::new());
}

pub async fn are_edited_only_as_they_were_seen(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "first").await;
    let details = |title: &str| Details {
        title: title.to_owned(),
        agent: "Kim".to_owned(),
        summary: "what".to_owned(),
        ticket: "T-1".to_owned(),
    };
    let later = Act { by: &dana, at: after(5) };
    let edit = async |version, title: &str| {
        change(&store, async |tx| incidents::edit(tx, later, number, version, &details(title)).await).await
    };
    edit(Some(1), "second").await.expect("edits");
    assert!(is_stale(&edit(Some(1), "third").await));
    let found = find(&store, &dana, number).await;
    assert_eq!((found.title.as_str(), found.version, found.updated_at), ("second", 2, after(5)));
    assert_eq!((found.agent.as_str(), found.summary.as_str(), found.ticket.as_str()), ("Kim", "what", "T-1"));
    edit(None, "fourth").await.expect("edits whatever stands there");
    let (a, b) = tokio::join!(edit(Some(3), "fifth"), edit(Some(3), "sixth"));
    assert!(a.is_ok() != b.is_ok() && (is_stale(&a) || is_stale(&b)), "{a:?} {b:?}");
    let missing = change(&store, async |tx| incidents::edit(tx, later, 9, None, &details("x")).await).await;
    assert!(is_missing(&missing), "{missing:?}");
}

pub async fn go_through_their_statuses(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let to = async |version, status| {
        change(&store, async |tx| incidents::set_status(tx, act(&dana), number, version, status).await).await
    };
    to(Some(1), Status::Resolved).await.expect("resolves");
    let back = to(None, Status::Contained).await;
    assert!(is_conflict(&back), "{back:?}");
    assert!(is_stale(&to(Some(1), Status::Closed).await));
    to(Some(2), Status::Closed).await.expect("closes");
    to(None, Status::Open).await.expect("reopens");
    let found = find(&store, &dana, number).await;
    assert_eq!((found.status, found.version), (Status::Open, 4), "what was refused changed nothing");
}

pub async fn keep_every_decision_on_severity(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &dana, "one").await;
    let decide = async |by: &Viewer, version, level, reason: &str| {
        let done = async |tx: &mut Tx| incidents::set_severity(tx, act(by), number, version, level, reason).await;
        change(&store, done).await
    };
    decide(&ana, Some(1), Some(1), "worse").await.expect("decides");
    decide(&dana, None, None, "not known after all").await.expect("takes it back");
    assert!(is_stale(&decide(&ana, Some(1), Some(3), "late").await));
    let all = read(&store, async |c| incidents::severities(c, &dana, number).await).await;
    let told: Vec<_> = all.iter().map(|d| (d.level, d.reason.as_str(), d.name.as_str(), d.at)).collect();
    let expected = [
        (Some(2), "reason", "dana", now()),
        (Some(1), "worse", "ana", now()),
        (None, "not known after all", "dana", now()),
    ];
    assert_eq!(told, expected);
    assert_eq!(find(&store, &dana, number).await.severity, None);
}

/// A decision vouches for the ones around it alone: whoever decides again and again would have a list without end read while others wait.
pub async fn decisions_are_vouched_for_block_by_block(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    for nth in 2..=120 {
        let decide = async |tx: &mut Tx| incidents::set_severity(tx, act(&dana), number, None, Some(2), "again").await;
        change(&store, decide).await.expect("decides");
        if ![2, 50, 51, 100, 101, 120].contains(&nth) {
            continue;
        }
        let sql = "SELECT state FROM audit ORDER BY seq DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_one(&mut *store.reader().await.expect("reads")).await.expect("a row");
        let state: serde_json::Value = serde_json::from_str(row.get::<&str, _>("state")).expect("JSON");
        let parts: Vec<_> = state.as_object().expect("parts").keys().map(String::as_str).collect();
        let block = format!("INC-{number}/{}/decision_block", (nth - 1) / 50);
        assert_eq!(parts, [block.as_str(), &format!("INC-{number}/severity")], "{nth}");
    }
    let faults = async || chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks").faults;
    assert_eq!(faults().await, [""; 0]);
    tamper(&store, "UPDATE incident_severity SET reason = 'x' WHERE nth = 30").await;
    assert!(faults().await[0].contains("INC-1: decisions on severity changed"), "{:?}", faults().await);
    tamper(&store, "UPDATE incident_severity SET reason = 'again' WHERE nth = 30").await;
    tamper(&store, "INSERT INTO incident_severity SELECT incident, 500, level, reason, account, at FROM incident_severity WHERE nth = 9").await;
    assert!(faults().await[0].contains("decisions on severity added without an event"), "{:?}", faults().await);
}

pub async fn are_narrowed_by_every_filter(store: Store) {
    let dana = dana(&store).await;
    incident(&store, &dana, "50% of refunds").await;
    let by_agent = New {
        details: Details { title: "two".to_owned(), agent: "Kim".to_owned(), ..Details::default() },
        severity: Some(1),
        ..New::default()
    };
    let by_summary = New {
        details: Details { title: "three".to_owned(), summary: "a wrong refund".to_owned(), ..Details::default() },
        ..New::default()
    };
    for new in [by_agent, by_summary] {
        change(&store, async |tx| incidents::create(tx, act(&dana), &new).await).await.expect("opens");
    }
    change(&store, async |tx| {
        incidents::set_status(tx, act(&dana), 1, None, Status::Closed).await?;
        incidents::add_tag(tx, act(&dana), 2, "voice").await
    })
    .await
    .expect("changes");
    let text = |text: &str| Filter { text: text.to_owned(), ..Filter::default() };
    let cases: [(Filter, &[i64]); 12] = [
        (Filter::default(), &[3, 2, 1]),
        (Filter { status: Some("closed".to_owned()), ..Filter::default() }, &[1]),
        (Filter { unclosed: true, ..Filter::default() }, &[3, 2]),
        (Filter { severity: Some(1), ..Filter::default() }, &[2]),
        (Filter { tag: "voice".to_owned(), ..Filter::default() }, &[2]),
        (Filter { before: Some(3), ..Filter::default() }, &[2, 1]),
        (text("kim"), &[2]),
        (text(" REFUND "), &[3, 1]),
        (text("50%"), &[1]),
        (text("5_%"), &[]),
        (text("!"), &[]),
        (Filter { severity: Some(2), unclosed: true, ..Filter::default() }, &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(list(&store, &dana, filter.clone()).await, expected, "{filter:?}");
    }
    let one = read(&store, async |c| incidents::list(c, &dana, &Filter::default(), 1).await).await;
    assert_eq!(one.len(), 1);
}

/// Words are found as they were written, whichever letters a database knows how to make small.
pub async fn words_are_found_in_any_language(store: Store) {
    let dana = dana(&store).await;
    incident(&store, &dana, "Ärger mit Überweisung").await;
    incident(&store, &dana, "Ошибка ИИ").await;
    for (text, expected) in [("Ärger", 1), ("Überweisung", 1), ("Ошибка", 2), ("MIT", 1)] {
        let found = list(&store, &dana, Filter { text: text.to_owned(), ..Filter::default() }).await;
        assert_eq!(found, [expected], "{text}");
    }
}

/// PostgreSQL keeps no NUL in a text: the person is told so, and the change is not made.
pub async fn a_text_that_cannot_be_kept_is_refused_in_words(store: Store) {
    let dana = dana(&store).await;
    let made = change(&store, async |tx| incidents::create(tx, act(&dana), &titled("a\0b")).await).await;
    match made {
        Ok(number) => assert_eq!(find(&store, &dana, number).await.title, "a\0b"),
        Err(e) => {
            assert!(matches!(e, StoreError::Invalid(_)), "{e:?}");
            assert_eq!(list(&store, &dana, Filter::default()).await, Vec::<i64>::new());
        }
    }
    let filter = Filter { text: "x\0".to_owned(), ..Filter::default() };
    let found = incidents::list(&mut store.reader().await.expect("reads"), &dana, &filter, 1).await;
    assert!(matches!(found, Ok(_) | Err(StoreError::Invalid(_))), "{found:?}");
}

pub async fn are_counted_by_severity(store: Store) {
    let dana = dana(&store).await;
    let counted = async || read(&store, async |c| incidents::mix(c, &dana, store.counted()).await).await;
    assert_eq!(counted().await, incidents::Mix::default());
    for severity in [Some(1), Some(2), Some(2), Some(4), None] {
        let new = New { severity, ..titled("x") };
        change(&store, async |tx| incidents::create(tx, act(&dana), &new).await).await.expect("opens");
    }
    change(&store, async |tx| incidents::set_status(tx, act(&dana), 2, None, Status::Closed).await)
        .await
        .expect("closes");
    // Each change is counted at once.
    let mix = counted().await;
    assert_eq!((mix.levels, mix.undecided, mix.unclosed), ([1, 2, 0, 1], 1, 4));
}

pub async fn the_highest_severity_decides_the_duties_until_a_lower_one_is_confirmed(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let decide = async |level| {
        change(&store, async |tx| incidents::set_severity(tx, act(&dana), number, None, level, "why").await)
            .await
            .expect("decides");
    };
    let confirm = async |version| {
        change(&store, async |tx| incidents::confirm_severity(tx, act(&dana), number, version, "agreed").await).await
    };
    let seen = async || {
        let incident = read(&store, async |c| incidents::find(c, &dana, number).await).await;
        (incident.severity, incident.duties, incident.lowered())
    };
    assert_eq!(seen().await, (Some(2), Some(2), None), "as it was opened");
    assert!(is_conflict(&confirm(None).await), "nothing waits");
    decide(Some(4)).await;
    assert_eq!(seen().await, (Some(4), Some(2), Some(4)));
    decide(None).await;
    assert_eq!(seen().await, (None, Some(2), None), "taking a decision back takes no duty back");
    decide(Some(4)).await;
    assert!(is_stale(&confirm(Some(1)).await));
    confirm(None).await.expect("confirms");
    assert_eq!(seen().await, (Some(4), Some(4), None));
    decide(Some(1)).await;
    assert_eq!(seen().await, (Some(1), Some(1), None), "higher duties apply at once");
    let events = read(&store, async |c| chain::of_incident(c, &dana, number, 99).await).await;
    let confirmed = events.iter().find(|e| e.kind == "incident.severity_confirmed").expect("is in the log");
    assert_eq!(
        (&confirmed.data["from"], &confirmed.data["to"], &confirmed.data["reason"]),
        (&2.into(), &4.into(), &"agreed".into())
    );
}
