use crate::test_support::{turn, with_session};

fn paths(asked: &str, result: &str, said: &str) -> Vec<String> {
    with_session(&turn(asked, &[("list_things", "{}", result)], said), |session| {
        super::of(session).iter().map(|f| f.path.to_string()).collect()
    })
}
