use crate::detectors::Detector;
use crate::detectors::announced_not_executed::AnnouncedNotExecuted;
use crate::test_support::{Called, turn, with_session};
use serde_json::{Value, json};

const LOOK: Called<'static> =
    ("get_order", r#"{"order": "O-44"}"#, r#"{"order": "O-44", "item": "stove", "price": 64.0}"#);

fn talk(offer: &str, reply: &str, said: &str) -> Vec<Value> {
    let mut messages = turn("The burner of my stove has a crack.", &[LOOK], offer);
    messages.push(json!({"role": "user", "content": reply}));
    messages.push(json!({"role": "assistant", "content": said}));
    messages
}

fn idle(messages: &[Value]) -> bool {
    let told = |p: &&str| p.ends_with("idle");
    with_session(messages, |s| AnnouncedNotExecuted.run(s).findings.iter().map(|f| f.path).any(|p| told(&p)))
}

const OFFER: &str = "You need not send the stove back, and I can give you the 64.00 back. Shall I?";

#[test]
fn what_was_agreed_to_is_not_done_whatever_is_said() {
    for (offer, said) in [
        (OFFER, "Lovely. The 64.00 for the stove is being paid back as we speak."),
        (OFFER, "Great, 64.00 for the stove it is. It is on its way to your card."),
        ("Soll ich dir die 64 Euro für den Kocher erstatten?", "Super, die 64 Euro gehen an deine Karte zurück."),
        ("Zal ik de kookplaat voor je ruilen?", "Prima, de kookplaat wordt geruild."),
    ] {
        for reply in ["Yes, that would be great.", "ja, graag"] {
            assert!(idle(&talk(offer, reply, said)), "{said}");
        }
    }
}

#[test]
fn what_waits_asks_or_was_declined_is_none() {
    for (offer, reply, said) in [
        (OFFER, "No, leave it.", "All right, 64.00 stays with us then."),
        (OFFER, "Yes please.", "Which card should the 64.00 for the stove go to?"),
        (OFFER, "Yes please.", "I cannot pay 64.00 back for the stove myself, a colleague will."),
        (OFFER, "Yes please.", "Please fill in the form for the stove, then the 64.00 goes out."),
        ("The stove was 64.00. Is that your order?", "Yes.", "Good. The stove has a warranty of two years."),
        (
            "Your stove is still under warranty.",
            "Cancel order O-44 if it has not left yet.",
            "Order O-44 left us today.",
        ),
        ("Your stove is still under warranty.", "Cancel order O-44.", "Order O-44 is already cancelled."),
        ("Shall I explain how the warranty of the stove works?", "Yes.", "The stove has a warranty of two years."),
    ] {
        assert!(!idle(&talk(offer, reply, said)), "{said}");
    }
    let mut done = talk(OFFER, "Yes please.", "Lovely, 64.00 for the stove is on its way.");
    done.extend(crate::test_support::call("z", ("refund_create", r#"{"order": "O-44"}"#, r#"{"ok": true}"#)));
    done.push(json!({"role": "assistant", "content": "Done."}));
    assert!(!idle(&done));
}
