use crate::test_support::{turn, with_session};

/// The paths by which an answer is flagged.
fn paths(asked: &str, result: &str, said: &str) -> String {
    with_session(&turn(asked, &[("list_things", "{}", result)], said), |session| {
        super::of(session).iter().map(|f| f.path.to_string()).collect::<Vec<_>>().join(" ")
    })
}

const ORDERS: &str = r#"[{"id": "O1", "status": "open", "total": 40.0, "date": "2025-05-02"},
    {"id": "O2", "status": "shipped", "total": 25.5, "date": "2025-05-04"},
    {"id": "O3", "status": "open", "total": 99.9, "date": "2025-05-09"},
    {"id": "O4", "status": "open", "total": 12.0, "date": "2025-05-11"},
    {"id": "O5", "status": "canceled", "total": 60.0, "date": "2025-05-12"}]"#;
const STOCK: &str = "| artículo | stock | precio |\n|---|---|---|\n| Lámpara | 14 | 39,90 |\n| Mesa | 3 | 120,00 |\n| Silla | 22 | 45,50 |\n| Sofá | 0 | 480,00 |";

#[test]
fn rows_with_a_value_are_counted() {
    assert_eq!(paths("How many open orders?", ORDERS, "You have 4 open orders."), "group");
    assert_eq!(paths("How many open orders?", ORDERS, "You have 3 open orders: O1, O3 and O4."), "");
    assert_eq!(paths("Any open?", ORDERS, "Five orders: three open, one shipped and one canceled."), "");
    assert_eq!(paths("Are they open?", ORDERS, "All five orders are open."), "group");
    assert_eq!(paths("Are my orders open?", ORDERS, "All of the orders are open."), "group");
    assert_eq!(paths("Anything shipped?", ORDERS, "None has shipped."), "group");
    let rooms = "Zimmer 101 frei\nZimmer 102 belegt\nZimmer 103 frei\nZimmer 104 frei";
    assert_eq!(paths("Wie viele Zimmer sind frei?", rooms, "Es sind zwei Zimmer frei."), "group");
    assert_eq!(paths("Wie viele Zimmer sind frei?", rooms, "Drei Zimmer sind frei, eines ist belegt."), "");
    let packs = r#"[{"h": 1, "tila": "vapaa"}, {"h": 2, "tila": "varattu"}, {"h": 3, "tila": "vapaa"}]"#;
    assert_eq!(paths("Kuinka monta on vapaana?", packs, "Kolme huonetta on vapaana."), "group");
    let phones =
        r#"[{"m": "A", "battery": "10 hours"}, {"m": "B", "battery": "8 hours"}, {"m": "C", "battery": "8 hours"}]"#;
    assert_eq!(paths("Battery of A?", phones, "Its battery lasts 10 hours."), "");
    // A value of the row that is named, and no number of rows.
    let samples = "parameter;värde;enhet\nNitrat;24;mg/l\nMangan;0,12;mg/l\nJärn;0,08;mg/l\npH;7,1;\nKlorid;31;mg/l";
    assert_eq!(paths("Är provet klart?", samples, "Nitrat: 24 mg/l, alltså över 20."), "");
}

#[test]
fn rows_beyond_a_limit_are_counted() {
    assert_eq!(paths("¿Cuántos cuestan más de 100 €?", STOCK, "Hay tres artículos que cuestan más de 100 €."), "limit");
    assert_eq!(paths("¿Cuántos cuestan más de 100 €?", STOCK, "Dos cuestan más de 100 €: la mesa y el sofá."), "");
    assert_eq!(paths("Orders over $30?", ORDERS, "Only one order is over $30."), "limit");
    assert_eq!(paths("Orders over $30?", ORDERS, "Two open orders are over $30, three in all."), "");
}

#[test]
fn the_most_is_the_most() {
    assert_eq!(paths("Which was the most expensive?", ORDERS, "Your most expensive order was O1 at $40."), "extreme");
    assert_eq!(paths("Which was the most expensive?", ORDERS, "O3, at $99.90; the next one is O5 with $60."), "");
    assert_eq!(paths("Which open order is the cheapest?", ORDERS, "The cheapest open one is O4 at $12."), "");
    assert_eq!(paths("The dearest that is not open?", ORDERS, "The most expensive of those is O5 at $60."), "");
    assert_eq!(paths("¿Cuál es el más barato?", STOCK, "El artículo más barato es la silla, con 45,50 €."), "extreme");
    // Another sentence answers the question.
    let said = "O1 and O2 are $14.50 apart. The cheapest is O4 at $12.";
    assert_eq!(paths("How far apart are O1 and O2? And which is the cheapest?", ORDERS, said), "");
    let prices = r#"[{"n": "東", "yen": 980}, {"n": "西", "yen": 1200}, {"n": "南", "yen": 870}]"#;
    assert_eq!(paths("一番安いのは?", prices, "一番安いのは東の980円です。"), "extreme");
}

#[test]
fn a_value_belongs_to_its_row() {
    assert_eq!(paths("¿Cuánto cuesta la silla?", STOCK, "La silla cuesta 39,90 €."), "other-row");
    assert_eq!(paths("¿Cuánto cuesta la silla?", STOCK, "La silla cuesta 45,50 €, y quedan 22."), "");
    assert_eq!(paths("When was O3 placed?", ORDERS, "O3 was placed on 4 May."), "other-row");
    // The sum of the others is told of all of them.
    let parts = r#"{"code": "GR-2", "amounts": {"tickets": 308, "guide": 85, "total": 393}}"#;
    assert_eq!(paths("22 tickets with a guide", parts, "Confirmed: GR-2 with a guide, $393 to pay."), "");
    let day = "09:00 Pedro Sanz\n09:30 Marta Gil\n10:15 Marta Gijón\n11:00 Luis Ayala";
    assert_eq!(paths("¿A qué hora tiene cita Marta Gil?", day, "Marta Gil tiene cita a las 10:15."), "other-row");
    assert_eq!(paths("¿A qué hora tiene cita Marta Gil?", day, "Marta Gil tiene cita a las 9:30."), "");
}

#[test]
fn numbers_add_up() {
    assert_eq!(paths("What did I spend in total?", ORDERS, "In total you spent $225.40."), "part-sum");
    assert_eq!(paths("What did I spend in total?", ORDERS, "In total you spent $237.40."), "");
    assert_eq!(paths("What did I spend in total?", ORDERS, "In total you spent $273.40."), "derived");
    let sums = r#"{"soll": 18450.0, "haben": 17920.5}"#;
    assert_eq!(paths("Wie hoch ist die Differenz?", sums, "Die Differenz beträgt 592,50 €."), "derived");
    assert_eq!(paths("Wie hoch ist die Differenz?", sums, "Die Differenz beträgt 529,50 €."), "");
    let turnout = r#"{"registered": 1250, "voted": 775}"#;
    assert_eq!(paths("Turnout?", turnout, "Turnout was 58 %: 775 of 1,250."), "derived");
    assert_eq!(paths("Turnout?", turnout, "Turnout was 62 %: 775 of 1,250."), "");
    assert_eq!(paths("3個の合計重量は?", "No.1 24kg\nNo.2 31kg\nNo.3 31kg", "3個の合計重量は96kgです。"), "derived");
    assert_eq!(paths("3個の合計重量は?", "No.1 24kg\nNo.2 31kg\nNo.3 31kg", "合計86kg、1個あたり約28.7kgです。"), "");
}

#[test]
fn lists_are_as_long_as_told() {
    let guests = r#"[{"room": 101, "name": "Abbot"}, {"room": 114, "name": "Sinha"}, {"room": 207, "name": "Cole"}]"#;
    assert_eq!(
        paths("Who comes?", guests, "Four parties arrive today: Abbot (101), Sinha (114) and Cole (207)."),
        "listed"
    );
    assert_eq!(paths("Who comes?", guests, "Three parties arrive today: Abbot (101), Sinha (114) and Cole (207)."), "");
    let ships =
        r#"{"total": 5, "ships": [{"name": "Tana", "boxes": ["A", "B"]}, {"name": "Gull", "boxes": ["C", "D", "E"]}]}"#;
    assert_eq!(paths("How many of our boxes are on the Tana?", ships, "All 5 of your boxes are on the Tana."), "owner");
    assert_eq!(paths("How many of our boxes are on the Gull?", ships, "Three boxes are on the Gull."), "");
}

#[test]
fn what_may_be_meant_otherwise_is_left_alone() {
    let idle = "name,idle_since\nweb,2026-01-11\nsearch,2025-11-29\nmail,2026-02-03";
    assert_eq!(paths("Which is idle longest?", idle, "search is idle longest (since 2025-11-29)."), "");
    let slots = r#"{"free": ["09:20", "11:40", "15:10", "16:30"]}"#;
    assert_eq!(paths("The earliest after 3 pm?", slots, "The earliest one is 15:10 with Dr. Imhof."), "");
    let kitchens = "name,min_order\nLerche,18.00\nMinh,15.00\nEck,12.00";
    assert_eq!(paths("Who is open?", kitchens, "Lerche is open, minimum order 18.00."), "");
    let bills = r#"[{"p": "Au", "sum": 61.2}, {"p": "Dr. Kemmer", "sum": 35.0}, {"p": "Nowak", "sum": 48.9}]"#;
    assert_eq!(paths("My bills?", bills, "Three: Au 61.20, Dr. Kemmer 35.00, Nowak 48.90."), "");
    assert_eq!(paths("What weighs most?", bills, "July brought 42 kg: Au, Kemmer and Nowak."), "");
    let rings = r#"[{"t": "08:12", "who": "unknown"}, {"t": "08:15", "who": "unknown, grey jacket"}]"#;
    assert_eq!(paths("Who rang?", rings, "Someone unknown at 08:12, and at 08:15 one in a grey jacket."), "");
    assert_eq!(paths("My orders?", ORDERS, "A late fee of $14.95 is added to open orders."), "");
    let list = "pos;stato\n1;attesa\n2;RITIRATA\n3;attesa\n4;attesa\n5;attesa";
    assert_eq!(paths("A che punto sono?", list, "Ci sono tre domande in attesa davanti a lei."), "");
}

#[test]
fn a_number_of_rows_is_that_of_some_part() {
    let beds = r#"{"beds": {"B1": {"free": true, "note": null}, "B2": {"free": false}, "B3": {"free": true}, "B4": {"free": true}, "B5": {"free": true}, "B6": {"free": true}}}"#;
    assert_eq!(paths("What is left tonight?", beds, "There are three beds to be had."), "part-size");
    assert_eq!(paths("What is left tonight?", beds, "There are five beds to be had."), "");
    let kinds = "nr | soort | leverbaar\n501 | Peer | ja\n502 | Kwee | nee\n503 | Mispel | ja\n504 | Walnoot | ja\n505 | Pruim | ja";
    assert_eq!(paths("Wat is leverbaar?", kinds, "Drie soorten zijn meteen leverbaar."), "part-size");
    assert_eq!(paths("Wat is leverbaar?", kinds, "Vier soorten zijn meteen leverbaar."), "");
    let covers = r#"[{"id": "R1", "pax": 4, "estado": "CONF"}, {"id": "R2", "pax": 6, "estado": "CANC"}, {"id": "R3", "pax": 3, "estado": "CONF"}]"#;
    let said = |n: &str| format!("Hay {n} comensales confirmados en dos reservas.");
    assert_eq!(paths("¿Cuántos comensales confirmados hay?", covers, &said("9")), "group");
    assert_eq!(paths("¿Cuántos comensales confirmados hay?", covers, &said("7")), "");
    let late = r#"{"late": [{"horse": "Brisk", "due": "2026-03-30"}, {"horse": "Olwen", "due": "2026-04-11"}, {"horse": "Maple", "due": "2026-05-02"}, {"horse": "Ash", "due": "2026-05-06"}]}"#;
    assert_eq!(paths("Which horses are late? It is 12 May.", late, "Three horses are late."), "part-size");
    assert_eq!(paths("Which horses are late? It is 4 May.", late, "Three horses are late."), "");
    // A part by what only the words mean, and what is counted elsewhere.
    let menu =
        r#"[{"dish": "Lentil stew", "eur": 9}, {"dish": "Roast pork", "eur": 14}, {"dish": "Leek tart", "eur": 11}]"#;
    assert_eq!(paths("Vegetarian dishes?", menu, "Two dishes are vegetarian."), "");
    assert_eq!(paths("Open orders?", ORDERS, "Allow 3 working days."), "");
}
