use crate::detectors;
use crate::session::Session;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};
use serde_json::json;

/// The rules of what is flagged.
fn rules(order: &str, calls: &[(&str, &str, &str)], said: &str) -> Vec<String> {
    let mut messages = vec![json!({"role": "user", "content": order})];
    for (i, (name, arguments, result)) in calls.iter().enumerate() {
        let id = format!("c{i}");
        let function = json!({"name": name, "arguments": arguments});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
    }
    messages.push(json!({"role": "assistant", "content": said}));
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    let detector = detectors::ALL.iter().find(|d| d.id() == "error-ignored").expect("a detector");
    detector.run(&session).findings.iter().map(|f| f.rule()).collect()
}

const ORDER: &str = "Paga la factura F-310.";
const REFUSED: (&str, &str, &str) = (
    "pagar",
    r#"{"factura":"F-310"}"#,
    r#"{"factura":"F-310","orden":{"banco":"Caja Rural","estado":"rechazado","causa":"saldo insuficiente"}}"#,
);

#[test]
fn silence_about_what_is_not_done() {
    let flagged = rules(ORDER, &[REFUSED], "La factura F-310 está pagada.");
    assert!(flagged.iter().any(|r| r == "error-ignored/untold"), "{flagged:?}");
}

#[test]
fn what_is_told_or_settled_or_was_not_ordered() {
    let paid = ("pagar", r#"{"factura":"F-310"}"#, r#"{"factura":"F-310","orden":{"estado":"pagado"}}"#);
    for (order, calls, said) in [
        (ORDER, vec![REFUSED], "El banco ha rechazado la factura F-310."),
        (ORDER, vec![REFUSED], "Su saldo era de 20 euros."),
        (ORDER, vec![REFUSED], "¿Quiere usar otra cuenta?"),
        (ORDER, vec![REFUSED, paid], "La factura F-310 está pagada."),
        ("¿Está pagada la factura F-310?", vec![REFUSED], "La factura F-310 está pagada."),
    ] {
        let flagged = rules(order, &calls, said);
        assert!(!flagged.iter().any(|r| r.contains("untold")), "{said}: {flagged:?}");
    }
}
