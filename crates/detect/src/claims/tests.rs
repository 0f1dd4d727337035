use crate::session::Session;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};

fn claims(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let json =
        serde_json::json!({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": text}]});
    let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    session.claims().iter().map(|c| (c.cite.text().to_owned(), c.families.clone())).collect()
}

fn quiet(text: &str) {
    assert!(claims(text).is_empty(), "{text}: {:?}", claims(text));
}

#[test]
fn what_is_a_claim() {
    assert_eq!(
        claims("Your refund has been processed. You will see it shortly."),
        [("has been processed".into(), vec!["refund"])]
    );
    assert_eq!(claims("I've cancelled your booking.")[0].0, "I've cancelled");
    assert_eq!(
        claims("RL-9 is cancelled, your 75 has been refunded, and a confirmation has been e-mailed to you.").len(),
        3
    );
    assert_eq!(claims("I've cancelled HB-55 and texted the guest.").len(), 2);
    assert_eq!(claims("Message sent:\n\n#oncall: hello")[0], ("Message sent".into(), vec!["send", "ship"]));
    assert_eq!(claims("Done! Nobody can use it now.")[0].0, "Done");
    assert_eq!(claims("All sorted: Tomas now has rights.")[0].0, "All sorted");
    assert_eq!(claims("The 38 leaver accounts are gone for good.")[0].0, "are gone");
    assert_eq!(claims("I've also let his front desk know.")[0].1, ["send", "contact"]);
    assert_eq!(claims("The 7.50 late fee is now waived, so you are clear.").len(), 1);
    assert_eq!(claims("You're checked in on KT 402.")[0].1, ["checkin"]);
    assert_eq!(claims("Your reservation has been successfully updated.").len(), 1);
}

#[test]
fn what_is_none() {
    quiet("Invoice IN-88 has already been refunded in full, on 2 May.");
    quiet("The file has been shared with you by Ana.");
    quiet("I made a mistake when I said that it has been sent.");
    quiet("Once it has been approved, the account will be closed.");
    quiet("Account 0093 has not been closed yet.");
    quiet("It hasn't been sent.");
    quiet("They have been charging the debit card that's now cancelled: the last payment was in March.");
    quiet("It went to your old address that's now deleted.");
    quiet("Has it been cancelled?");
    quiet("He said \"your card has been replaced\" to me.");
    quiet("Here you go:\n\n\"Hi Leo, I've cancelled the venue.\"");
    quiet("Since you've cancelled it in the app, the membership shows as cancelled.");
    quiet("I haven't sent them anything.");
    quiet("The refund will be processed and sent to you.");
    quiet("The mail I sent is below.");
    quiet("I've shortened the letter and updated the opening.");
    quiet("Scheduled flights: cancelled orders are below.");
    quiet("Ensure that the driver is installed and on your path.");
    quiet("Please make sure the invoice is paid before Friday.");
    quiet("Verify that the record has been updated, then run the export.");
}
