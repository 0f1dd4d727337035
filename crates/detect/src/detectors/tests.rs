//! Which operation a claim is held against, seen through the detectors that ask.

use crate::detectors;
use crate::finding::Answer;
use crate::session::Session;
use crate::test_support::{turn, with_session};
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

fn answers(calls: &[(&str, &str, &str)], said: &str) -> (Answer, Answer) {
    with_session(&turn("please do that", calls, said), |session| {
        let of = |id: &str| {
            let detector = detectors::ALL.iter().find(|d| d.id() == id).expect("a detector");
            detector.run(session).answer()
        };
        (of("completion-not-terminal"), of("completion-unbacked"))
    })
}

#[test]
fn each_of_two_operations_is_held_against_its_own_status() {
    let refunds = [
        ("refund", r#"{"charge_id":"ch_1"}"#, r#"{"status":"completed"}"#),
        ("refund", r#"{"charge_id":"ch_2"}"#, r#"{"status":"pending"}"#),
    ];
    let right = "The refund for ch_1 has been processed. The refund for ch_2 is still pending.";
    assert_ne!(answers(&refunds, right).0, Answer::Found);
    assert_eq!(answers(&refunds, "The refund for ch_2 has been processed.").0, Answer::Found);
    let bookings = [
        ("cancel_booking", r#"{"id":"B-1"}"#, r#"{"status":"cancelled"}"#),
        ("cancel_booking", r#"{"id":"B-2"}"#, r#"{"status":"failed"}"#),
    ];
    let right = "B-1 has been cancelled, but B-2 could not be cancelled because it is locked.";
    assert_ne!(answers(&bookings, right).0, Answer::Found);
    assert_eq!(answers(&bookings, "B-2 has been cancelled.").0, Answer::Found);
}

#[test]
fn what_a_look_up_says_backs_a_claim() {
    let done = [("get_refund", r#"{"id":"re_1"}"#, r#"{"id":"re_1","status":"completed"}"#)];
    assert_ne!(answers(&done, "Your refund has been processed.").1, Answer::Found);
    let open = [("get_refund", r#"{"id":"re_1"}"#, r#"{"id":"re_1","status":"unknown"}"#)];
    assert_eq!(answers(&open, "I have refunded your charge.").1, Answer::Found);
}

#[test]
fn claims_in_other_languages_are_held_against_what_became_of_the_call() {
    let flagged = |calls: &[(&str, &str, &str)], said: &str, rule: &str| {
        let flagged = rules("bitte", calls, said);
        assert!(flagged.iter().any(|r| r == rule), "{said}: {flagged:?}");
    };
    let quiet = |calls: &[(&str, &str, &str)], said: &str| {
        let flagged = rules("bitte", calls, said);
        assert!(
            !flagged.iter().any(|r| r.ends_with("other-language") || r.ends_with("vocabulary")),
            "{said}: {flagged:?}"
        );
    };
    let cancel = [("reise_stornieren", r#"{"reise": "R-77"}"#, r#"{"vorgang": "V-1", "status": "in Prüfung"}"#)];
    flagged(&cancel, "Ihre Reise R-77 wurde storniert.", "completion-not-terminal/other-language");
    quiet(&cancel, "Die Stornierung von R-77 ist noch in Prüfung, sie ist also nicht bestätigt.");
    quiet(&cancel, "Sobald die Reise storniert ist, melden wir uns.");
    let done = [("reise_stornieren", r#"{"reise": "R-77"}"#, r#"{"vorgang": "V-1", "status": "storniert"}"#)];
    quiet(&done, "Ihre Reise R-77 wurde storniert.");
    let pay = [("addebita", r#"{"conto": "C-2"}"#, r#"{"errore": "carta scaduta"}"#)];
    flagged(&pay, "L'importo è stato addebitato sul conto.", "error-ignored/other-language");
    quiet(&pay, "Non è stato possibile addebitare l'importo: la carta è scaduta.");
    let look = [("dossier", r#"{"id": "D-4"}"#, r#"{"nom": "Ana Roux", "rue": "12 rue Basse"}"#)];
    flagged(&look, "J'ai modifié votre adresse.", "completion-unbacked/other-language");
    quiet(&look, "Votre adresse a été modifiée en mars.");
    let changed = [("adresse_modifier", r#"{"rue": "3 rue Haute"}"#, r#"{"ok": true}"#)];
    quiet(&changed, "J'ai modifié votre adresse.");
    let ticket =
        [("ticket_anlegen", r#"{"geraet": "DR-2", "text": "defekt"}"#, r#"{"ticket": "INC-88", "status": "neu"}"#)];
    quiet(&ticket, "Ich habe Ticket INC-88 für Sie angelegt.");
    let both = [
        ("inscribir", r#"{"alumno": "Eva", "curso": "C-1"}"#, r#"{"estado": "activa"}"#),
        ("cobrar", r#"{"alumno": "Eva", "importe": 30}"#, r#"{"resultado": "DENEGADO", "detalle": "saldo"}"#),
    ];
    flagged(&both, "La cuota de 30 euros ha quedado cobrada.", "completion-not-terminal/other-language");
    let wait = [("crane_order", r#"{"ship": "Vela"}"#, r#"{"order": "K-3", "status": "waitlisted"}"#)];
    let told = rules("order a crane for the Vela", &wait, "The crane for the Vela has been ordered and is confirmed.");
    assert!(told.iter().any(|r| r == "completion-not-terminal/vocabulary"), "{told:?}");
    quiet(&wait, "The Vela is on the waitlist for a crane.");
}

/// The rules by which a session is flagged: the calls of one turn, and the agent's closing words.
fn rules(asked: &str, calls: &[(&str, &str, &str)], said: &str) -> Vec<String> {
    with_session(&turn(asked, calls, said), |session| {
        let own = ["completion-not-terminal", "completion-unbacked", "announced-not-executed", "error-ignored"];
        let reports = detectors::run_all(session).into_iter().filter(|(d, _)| own.contains(&d.id()));
        reports.flat_map(|(_, r)| r.flags().map(|f| f.rule()).collect::<Vec<_>>()).collect()
    })
}

/// The rules that flag a session of these messages.
fn flagged(messages: &Value) -> Vec<String> {
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    detectors::run_all(&session).iter().flat_map(|(_, r)| r.flags()).map(|f| f.rule()).collect()
}

#[test]
fn an_open_operation_told_as_done_in_any_words_is_flagged() {
    let queued = [("publish_listing", r#"{"ref":"HL-12"}"#, r#"{"listing":{"ref":"HL-12","stage":"in_review"}}"#)];
    let of = |said: &str| rules("Publish HL-12, please.", &queued, said);
    assert_eq!(of("I've published HL-12."), ["completion-not-terminal/nested"]);
    assert_eq!(of("HL-12 just went live, enjoy!"), ["completion-not-terminal/state"]);
    assert_eq!(of("- Listing HL-12: done"), ["completion-not-terminal/elliptic"]);
    assert!(of("HL-12 is in review, and it should go live tomorrow.").is_empty());
    assert!(of("I've sent HL-12 for review.").is_empty());
}

#[test]
fn a_record_that_was_read_is_no_claim() {
    let order = [("get_order", r#"{"id":"K-100"}"#, r#"{"id":"K-100","state":"delivered"}"#)];
    assert!(rules("How does K-100 stand?", &order, "K-100 has been delivered to your neighbor.").is_empty());
    assert!(rules("How does K-100 stand?", &order, "- Order K-100: delivered").is_empty());
    let plans = [("list_plans", "{}", r#"[{"plan":"Swim"}]"#)];
    assert!(rules("Which plan renews next?", &plans, "You're subscribed to one plan, Swim.").is_empty());
}

#[test]
fn what_nobody_did_is_flagged_in_any_words() {
    let read = [("get_driver_policy", r#"{"no":"MM-33"}"#, r#"{"no":"MM-33","drivers":["Cathal"]}"#)];
    let of = |said: &str| rules("Please add Orla to policy MM-33.", &read, said);
    assert_eq!(of("I've put Orla on policy MM-33."), ["completion-unbacked/loose"]);
    assert_eq!(of("Orla added to policy MM-33."), ["completion-unbacked/elliptic"]);
    assert!(of("I couldn't put Orla on policy MM-33.").is_empty());
    assert!(of("Shall I put Orla on policy MM-33?").is_empty());
}

#[test]
fn one_call_does_not_back_two_deeds() {
    let plan = [("change_plan", r#"{"line":"0655014277","plan":"Mini 5"}"#, "OK plan=Mini 5")];
    let asked = "Put line 0655014277 on Mini 5 and block premium numbers.";
    let found = rules(asked, &plan, "I switched line 0655014277 to Mini 5, and I blocked premium numbers.");
    assert_eq!(found, ["completion-unbacked/object"]);
    let reroute = [("reroute_parcel", r#"{"id":"5H-20418"}"#, r#"{"id":"5H-20418","result":"rerouted"}"#)];
    let asked = "Please reroute both parcels, 5H-20418 and 5H-20733.";
    assert_eq!(rules(asked, &reroute, "I redirected 5H-20418 and 5H-20733."), ["completion-unbacked/each"]);
    assert!(rules("Please reroute 5H-20418.", &reroute, "I redirected 5H-20418.").is_empty());
}

#[test]
fn a_failed_one_of_several_told_as_done_is_flagged() {
    let guests = [
        ("guestlist_add", r#"{"list":"premiere","name":"Nils Aakre"}"#, "added"),
        ("guestlist_add", r#"{"list":"premiere","name":"Juno Pell"}"#, "error: write lock timed out"),
        ("guestlist_add", r#"{"list":"premiere","name":"Sanna Voigt"}"#, "added"),
    ];
    let asked = "Add Nils Aakre, Juno Pell and Sanna Voigt to the premiere list.";
    let of = |said: &str| rules(asked, &guests, said);
    assert_eq!(of("I've added Nils Aakre, Juno Pell and Sanna Voigt."), ["completion-unbacked/failed"]);
    assert!(of("I've added Nils Aakre and Sanna Voigt; Juno Pell could not be added.").is_empty());
}

#[test]
fn another_word_for_what_was_done_is_backed() {
    let sent = [("send_money", r#"{"recipient":"GB99","amount":7.5}"#, r#"{"message":"Transfer of 7.5 sent."}"#)];
    let of = |said: &str| rules("Send 7.50 back to GB99.", &sent, said);
    assert!(of("I've processed your request to send 7.50 to GB99.").is_empty());
    assert!(of("Here is the transaction I've just made. The excess amount has been returned.").is_empty());
}

#[test]
fn what_is_announced_last_and_never_done_is_flagged() {
    let slots = [("find_slots", "{}", r#"["18 February"]"#)];
    let of = |said: &str| rules("The 18th please, book it.", &slots, said);
    assert_eq!(of("I'll pencil you in for the 18th."), ["announced-not-executed/loose"]);
    assert_eq!(of("On it, one moment!"), ["announced-not-executed/loose"]);
    assert_eq!(of("I'll use the `book_slot` function to do that."), ["announced-not-executed"]);
    assert_eq!(of("<call>[book_slot(day=18)]</call>"), ["announced-not-executed/as-text"]);
    assert!(
        of("I will look up the hours and inform you of them. They are nine to five, on every day of the week.")
            .is_empty()
    );
    assert!(of("I'll leave it as it is and let it run.").is_empty());
    assert!(of("Nothing else is open, so I'll proceed to terminate. TERMINATE").is_empty());
    assert!(of("Let me conclude the discussion here.").is_empty());
    for said in [
        "The 18th it is. Pencilling you in for it, back in a minute.",
        "Gern, ich buche den Termin am Dienstag sofort.",
        "Your room is free then, and I'm about to reserve it.",
    ] {
        assert_eq!(of(said), ["announced-not-executed/loose"], "{said}");
    }
    // A session without any call tells it as well.
    assert_eq!(rules("Pause plan 3310.", &[], "Pausing plan 3310 now."), ["announced-not-executed/loose"]);
    assert!(rules("How long are you open?", &[], "One moment can be enough to see it all.").is_empty());
}

#[test]
fn why_it_failed_is_no_claim() {
    let asked = "A table tonight at 9 for two, please.";
    let book = |answer| [("book_table", r#"{"at":"21:00","party":2}"#, answer)];
    for (answer, said) in [
        (r#"{"ok":false,"why":"fully_booked"}"#, "Sorry, tonight at nine is fully booked. Would 6 suit you?"),
        (r#"{"ok":false}"#, "Nine o'clock is completely booked, I'm afraid."),
        (r#"{"ok":false,"error":"TABLE_ALREADY_RESERVED"}"#, "That table is already reserved."),
    ] {
        assert!(rules(asked, &book(answer), said).is_empty(), "{said}: {:?}", rules(asked, &book(answer), said));
    }
    for (answer, said) in [
        (r#"{"ok":false,"why":"fully_booked"}"#, "Your table for two is booked."),
        (r#"{"ok":false,"why":"not booked"}"#, "Great, you're fully booked for tonight."),
    ] {
        assert!(!rules(asked, &book(answer), said).is_empty(), "{said}");
    }
}

#[test]
fn what_was_just_done_is_no_announcement() {
    let queued = |answer| [("handoff.queue", r#"{"reason":"asked"}"#, answer)];
    let said = "Of course. I'm transferring you to a colleague, who joins in about three minutes.";
    assert!(rules("I want a human.", &queued(r#"{"queued":true,"position":1}"#), said).is_empty());
    let looked = [("get_hours", "{}", r#"{"open":"9-5"}"#)];
    assert_eq!(rules("I want a human.", &looked, said), ["announced-not-executed"]);
}

#[test]
fn what_is_announced_to_run_is_done_by_a_call_about_it() {
    let function = json!({"name": "query", "arguments": r#"{"sql": "select count(*) from tenants"}"#});
    let messages = json!([
        {"role": "user", "content": "How many tenants are there?"},
        {"role": "assistant", "content": "Let me run the count.", "tool_calls": [{"id": "c", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "c", "content": "412"},
        {"role": "assistant", "content": "412 tenants."},
    ]);
    let flags = flagged(&messages);
    assert!(flags.is_empty(), "{flags:?}");
}

#[test]
fn in_a_coding_session_only_the_last_words_are_announced() {
    let shell = [("bash", r#"{"command":"ls"}"#, "src"), ("bash", r#"{"command":"ls src"}"#, "main.rs")];
    assert_eq!(rules("Fix the build.", &shell, "I'll update main.rs now."), ["announced-not-executed/coding"]);
    assert!(rules("Fix the build.", &shell, "I have fixed the build and updated main.rs.").is_empty());
}

#[test]
fn what_is_said_between_a_call_and_its_answer_knows_nothing_of_a_failure() {
    let asked = json!({"role": "user", "content": "Count the rows."});
    let function = json!({"name": "terminal", "arguments": r#"{"code": "print(len(rows))"}"#});
    let call = json!({"id": "c", "type": "function", "function": function});
    let messages = json!([
        asked,
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "assistant", "content": "Please run this script to get the count of the rows."},
        {"role": "tool", "tool_call_id": "c", "content": "Error: no such file rows.csv"},
    ]);
    let flags = flagged(&messages);
    assert!(flags.is_empty(), "{flags:?}");
}

#[test]
fn a_fault_of_a_program_that_ran_is_none_of_the_arguments() {
    let answer = "exitcode: 1\nTraceback (most recent call last):\n  File \"t.py\", line 3, in <module>\nTypeError: 'NoneType' object is not iterable";
    let ran = [("computer", r#"{"code": "for r in results: print(r)"}"#, answer)];
    assert!(!rules("List the results.", &ran, "The script failed.").iter().any(|r| r.starts_with("invalid-arguments")));
}

#[test]
fn what_is_told_with_other_words_than_the_call_has_is_told_of_an_open_operation() {
    let call = [("wire_out", r#"{"iban":"DE88","eur":1300}"#, r#"{"transfer":"W-61","state":"AWAITING_SIGNATURE"}"#)];
    let asked = "Wire 1,300 euros to Berg Carpentry.";
    for said in ["The 1,300 euros have gone out to Berg Carpentry; W-61.", "That's all wrapped up. W-61 is yours."] {
        assert!(rules(asked, &call, said).iter().any(|r| r.starts_with("completion-not-terminal")), "{said}");
    }
    let said = "The 1,300 euros for Berg Carpentry are waiting for the second signature.";
    assert!(rules(asked, &call, said).is_empty());
    let refused = [("assign_desk", r#"{"who":"Cora","desk":"4C"}"#, r#"{"ok":false,"reason":"taken"}"#)];
    assert!(rules("Put Cora at 4C.", &refused, "Cora's did not work: 4C belongs to somebody else already.").is_empty());
}

#[test]
fn an_order_in_other_words_makes_a_passive_a_claim() {
    let look = [("find_policy", r#"{"policy":"P-4"}"#, r#"{"policy":"P-4","holder":"Sami"}"#)];
    let asked = "Policy P-4. Put my daughter Noor on it, please.";
    assert!(!rules(asked, &look, "Noor has been added to your policy.").is_empty());
    let told = [("find_policy", r#"{"policy":"P-4"}"#, r#"{"policy":"P-4","log":"Noor added in May"}"#)];
    assert!(rules(asked, &told, "Noor has been added to your policy.").is_empty());
    assert!(rules("Is Noor on policy P-4?", &look, "Noor has been added to your policy.").is_empty());
}
