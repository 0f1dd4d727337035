use super::*;

/// What a reply says to an offer, for an act that is called by some words.
fn answered(offer: &str, reply: &str, act: &str) -> Answer {
    let language = language(&format!("{offer}\n{reply}"));
    read(reply, offer, language, &|w| act.split(' ').any(|a| akin(a, w)))
}

/// Offers, replies that agree, and the words of the act.
const CONSENTS: [(&str, &str, &str); 33] = [
    ("The hedge trim is 140 for Friday 8:00. Shall I schedule it?", "yep, Friday works", "schedule visit"),
    ("I would tow the Passat to Bay 4. OK?", "tow it", "tow vehicle"),
    ("There is the oak at 900 and the ash at 750. Which shall I order?", "the second one", "order floor"),
    ("Two slots: 9:10 and 11:40. Should I hold both?", "both, please", "hold slot"),
    ("That closes the greenhouse vents. Do it?", "👍", "vents close"),
    ("Premium oil would be 12 more. Add it?", "Thanks, go ahead", "oil add"),
    ("Shall I retire the old beehive record?", "No objection, it burned down last winter.", "record retire"),
    ("Shall I seal block C?", "I've no further questions, please seal it", "block seal"),
    ("Soll ich die Heizung auf 18 Grad stellen?", "Passt, wir sind eh nicht da", "heizung stellen"),
    ("Der Kran kommt am Montag um 7 Uhr. Einverstanden?", "Nur zu, der Hof ist frei", "kran bestellen"),
    ("Zwei Fässer Lasur, 180 Euro. Soll ich bestellen?", "Kein Problem, bestellen Sie", "fass bestellen"),
    ("J'arrose la serre 2 à 6 h ?", "ça marche, merci", "arroser serre"),
    ("Je coupe l'eau du bâtiment B à midi, vous confirmez ?", "Allez-y, tout le monde est prévenu", "eau couper"),
    ("Le vernis mat coûte 60 €. Je le commande ?", "Je valide", "vernis commander"),
    ("¿Cierro la compuerta norte ahora?", "Adelante, ya no queda nadie", "compuerta cerrar"),
    ("Son dos sacos de cal por 18 €. ¿Los envío?", "Los dos, sí", "saco enviar"),
    ("¿Pinto la valla de verde?", "Por mí bien, de verde", "valla pintar"),
    ("Spengo le serre alle 22. Procedo?", "Va benissimo", "serra spegnere"),
    ("Ordino tre rotoli di rete a 90 €?", "Ordini pure", "rete ordinare"),
    ("Vuole che sposti il carico al molo 7?", "D'accordo, molo 7", "carico spostare"),
    ("Posso fechar a comporta às 15h?", "Pode sim", "comporta fechar"),
    ("São 40 telhas por 320. Envio?", "Combinado, envie", "telha enviar"),
    ("Zal ik de sluis om 8 uur openen?", "Ga je gang", "sluis openen"),
    ("Vier zakken mest voor 36 euro. Bestellen?", "Akkoord, ze mogen voor de deur", "mest bestellen"),
    ("Czy mam zamknąć szlaban o 22?", "Tak, nikogo już nie będzie", "szlaban zamknac"),
    ("Trzy belki po 80 zł. Zamawiam?", "Nie ma sprawy, proszę zamówić", "belka zamow"),
    ("Ska jag stänga slussen klockan 8?", "Kör på", "sluss stang"),
    ("Fyra säckar jord för 200 kr. Beställa?", "Inga problem, beställ", "jord bestall"),
    ("Skal jeg lukke porten klokken 22?", "Det er i orden, vi er kørt", "port lukke"),
    ("Kapıyı saat 22'de kapatayım mı?", "Tamam, kapatın", "kapi kapat"),
    ("水門を8時に閉めます。よろしいですか?", "はい、お願いします。", "suimon shimeru"),
    ("土を4袋、2000円です。注文しますか?", "問題ありません。進めてください", "tsuchi chumon"),
    ("Gate 4 closes at ten. Confirm?", "Confirmed. And what a windy day it was", "gate close"),
];

/// Offers, replies that do not agree, and the words of the act.
const REFUSALS: [(&str, &str, &str); 33] = [
    ("The hedge trim is 140 for Friday 8:00. Shall I schedule it?", "hmm let me sleep on it", "schedule visit"),
    ("I would tow the Passat to Bay 4. OK?", "Whose car is that?", "tow vehicle"),
    ("Shall I drain the pond on Monday?", "not before the frogs are out, please don't drain it", "pond drain"),
    ("That closes the greenhouse vents. Do it?", "🤷", "vents close"),
    ("Premium oil would be 12 more. Add it?", "Perhaps next time", "oil add"),
    ("Shall I seal block C?", "Yes. No wait, hold on", "block seal"),
    ("Shall I seal block C?", "...", "block seal"),
    ("Do you accept the bid?", "Interesting number, I haven't compared it", "bid accept"),
    ("Soll ich die Heizung auf 18 Grad stellen?", "Ich überlege noch", "heizung stellen"),
    ("Der Kran kommt am Montag um 7 Uhr. Einverstanden?", "Muss erst mit dem Nachbarn reden", "kran bestellen"),
    ("Zwei Fässer Lasur, 180 Euro. Soll ich bestellen?", "Lieber nicht, ist mir zu teuer", "fass bestellen"),
    ("J'arrose la serre 2 à 6 h ?", "On verra demain", "arroser serre"),
    ("Je coupe l'eau du bâtiment B à midi, vous confirmez ?", "Combien de temps ?", "eau couper"),
    ("Le vernis mat coûte 60 €. Je le commande ?", "Non, pas encore", "vernis commander"),
    ("¿Cierro la compuerta norte ahora?", "Tal vez, tengo que preguntar", "compuerta cerrar"),
    ("Son dos sacos de cal por 18 €. ¿Los envío?", "Todavía no", "saco enviar"),
    ("¿Pinto la valla de verde?", "¿Y en azul cuánto sería?", "valla pintar"),
    ("Spengo le serre alle 22. Procedo?", "Forse, ci devo pensare", "serra spegnere"),
    ("Ordino tre rotoli di rete a 90 €?", "No, lasci stare", "rete ordinare"),
    ("Vuole che sposti il carico al molo 7?", "Non ora", "carico spostare"),
    ("Posso fechar a comporta às 15h?", "Ainda não, espere", "comporta fechar"),
    ("São 40 telhas por 320. Envio?", "Vou ver com o pedreiro", "telha enviar"),
    ("Zal ik de sluis om 8 uur openen?", "Weet ik nog niet", "sluis openen"),
    ("Vier zakken mest voor 36 euro. Bestellen?", "Nee, laat maar", "mest bestellen"),
    ("Czy mam zamknąć szlaban o 22?", "Jeszcze nie", "szlaban zamknac"),
    ("Trzy belki po 80 zł. Zamawiam?", "Muszę się zastanowić", "belka zamow"),
    ("Ska jag stänga slussen klockan 8?", "Vänta lite", "sluss stang"),
    ("Fyra säckar jord för 200 kr. Beställa?", "Kanske, jag ska fundera", "jord bestall"),
    ("Skal jeg lukke porten klokken 22?", "Nej, ikke endnu", "port lukke"),
    ("Kapıyı saat 22'de kapatayım mı?", "Bilmiyorum, belki", "kapi kapat"),
    ("水門を8時に閉めます。よろしいですか?", "少し考えさせてください", "suimon shimeru"),
    ("土を4袋、2000円です。注文しますか?", "まだ注文しないでください", "tsuchi chumon"),
    ("Gate 4 closes at ten. Confirm?", "no, eleven", "gate close"),
];

#[test]
fn what_agrees_is_read_as_consent() {
    let wrong: Vec<_> =
        CONSENTS.iter().map(|(o, r, a)| (*r, answered(o, r, a))).filter(|(_, a)| *a != Answer::Yes).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_does_not_agree_is_none() {
    let wrong: Vec<_> =
        REFUSALS.iter().map(|(o, r, a)| (*r, answered(o, r, a))).filter(|(_, a)| !a.withholds()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn conditions_and_doubts_beside_a_yes_are_left_open() {
    let ask = "Shall I schedule the trim for Friday?";
    assert_eq!(answered(ask, "Yes, if it stays dry.", "schedule trim"), Answer::Conditional);
    assert_eq!(answered(ask, "Sure. What does it cost?", "schedule trim"), Answer::Unclear);
    assert_eq!(answered(ask, "Yes, no early start though", "schedule trim"), Answer::Yes);
    assert_eq!(answered(ask, "The dog bites.", "schedule trim"), Answer::Unclear);
}

#[test]
fn a_question_about_something_else_is_told_apart() {
    let of = |offer: &str, act: &str, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        about(offer, language(offer), &|w| act.split(' ').any(|a| akin(a, w)), &values)
    };
    assert_eq!(of("Mulch is 30. Is there a gate wide enough for a barrow?", "order mulch", &[]), About::Other);
    assert_eq!(of("Mulch, 30 in all. Shall I order it?", "order mulch", &[]), About::This);
    assert_eq!(of("Mulch, 30 in all. Is that right?", "place", &[]), About::This);
    assert_eq!(of("Kommt Ihr Hund mit in den Garten?", "mulch bestellen", &[]), About::Other);
    assert_eq!(of("Ich schreibe auf: Beet 12. Stimmt das?", "mulch bestellen", &["beet 12"]), About::This);
}
