use super::*;
use std::collections::BTreeSet;

fn built() -> Value {
    document().expect("every address is told, and nothing else")
}

/// Each operation of the document, as method and path.
fn told(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = |(path, methods): (&String, &Value)| {
        let methods: Vec<String> = methods.as_object().expect("methods").keys().map(|m| m.to_uppercase()).collect();
        methods.into_iter().map(|m| (m, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(each).collect()
}

fn operation<'d>(document: &'d Value, route: &Route) -> &'d Value {
    &document["paths"][route.path][route.method.to_lowercase()]
}

#[test]
fn the_document_tells_of_every_address_and_no_other() {
    let expected: BTreeSet<_> = addresses().map(|r| (r.method.to_owned(), r.path.to_owned())).collect();
    assert_eq!(told(&built()), expected);
}

#[test]
fn every_operation_says_who_may_and_what_comes_back() {
    let document = built();
    let mut ids = BTreeSet::new();
    for route in addresses() {
        let operation = operation(&document, &route);
        let name = format!("{} {}", route.method, route.path);
        assert!(ids.insert(operation["operationId"].as_str().expect("an id")), "{name}: its id stands twice");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|s| s.starts_with('2')), "{name}: no success");
        let security = operation["security"].as_array().expect("security");
        assert_eq!(security.is_empty(), route.who == Who::Anybody, "{name}");
        for status in ["401", "403"] {
            assert_eq!(responses.contains_key(status), route.who != Who::Anybody, "{name} {status}");
        }
        let takes = operation.get("requestBody").is_some();
        for (status, expected) in
            [("408", takes), ("413", takes), ("500", true), ("503", true), ("507", route.method != "GET")]
        {
            assert_eq!(responses.contains_key(status), expected, "{name} {status}");
        }
        let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        let in_path: Vec<&str> =
            parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
        let expected: Vec<&str> =
            route.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, expected, "{name}");
        assert_eq!(responses.contains_key("404"), !expected.is_empty(), "{name}");
        let has = |header: &str| parameters.iter().any(|p| p["in"] == "header" && p["name"] == header);
        assert_eq!(has("If-Match"), responses.contains_key("428"), "{name}");
        assert_eq!(has("If-None-Match"), responses.contains_key("304"), "{name}");
        assert_eq!(has("Idempotency-Key"), responses.contains_key("201"), "{name}: what makes something heeds the key");
    }
}

/// Every `$ref` of the document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(all) => {
            for (key, value) in all {
                match value.as_str() {
                    Some(to) if key == "$ref" => _ = found.insert(to.to_owned()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|v| references(v, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = built();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 5);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn no_two_schemas_share_a_name() {
    let document = built();
    let names: Vec<&String> = document["components"]["schemas"].as_object().expect("schemas").keys().collect();
    // A second type of the same name would be told apart by a number, which says nothing to a reader.
    let numbered: Vec<_> = names.iter().filter(|n| n.ends_with(|c: char| c.is_ascii_digit())).collect();
    assert!(numbered.is_empty(), "{numbered:?}");
    assert!(names.len() > 50);
}

#[test]
fn the_document() {
    insta::assert_json_snapshot!(built());
}
