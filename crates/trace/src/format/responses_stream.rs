//! What a stream of OpenAI's Responses API comes to: each event is a record of its own, and those that hold the response repeat
//! it, first empty and at last whole (<https://platform.openai.com/docs/api-reference/responses-streaming>).

use super::Document;
use crate::hash::HashMap;
use crate::item::Output;
use crate::node::Node;

/// One response, as its events tell of it.
pub struct Stream<'a, 'd> {
    /// The event that holds the most of it; `None` where no event holds it.
    pub whole: Option<&'a Document<'d>>,
    /// The first event.
    pub first: &'a Document<'d>,
    /// The items that were told to be done, where no event holds them all.
    pub done: Vec<Node<'d>>,
}

/// True for an event of a stream.
pub fn is_event(root: Node<'_>) -> bool {
    // Events of the Realtime API have the same names, and IDs.
    let named = root.str_at("type").is_some_and(|kind| kind.starts_with("response.")) && root.get("event_id").is_none();
    named && ["response", "item", "item_id", "output_index"].iter().any(|key| root.get(key).is_some())
}

/// The responses that the events among some documents tell of, in their order.
pub fn streams<'a, 'd>(docs: &'a [Document<'d>], out: &mut Output) -> Vec<Stream<'a, 'd>> {
    let mut streams: Vec<Vec<&Document<'d>>> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::default();
    let mut current = None;
    for doc in docs.iter().filter(|doc| is_event(doc.root)) {
        let id = doc.root.get("response").and_then(|r| r.str_at("id")).filter(|id| !id.is_empty());
        let at = match (id, current) {
            (Some(id), _) => *by_id.entry(id.into_owned()).or_insert(streams.len()),
            (None, Some(current)) if !doc.root.has("type", "response.created") => current,
            (None, _) => streams.len(),
        };
        if at == streams.len() {
            streams.push(Vec::new());
        }
        streams[at].push(doc);
        current = Some(at);
    }
    streams.into_iter().filter_map(|events| stream(events, out)).collect()
}

fn stream<'a, 'd>(events: Vec<&'a Document<'d>>, out: &mut Output) -> Option<Stream<'a, 'd>> {
    let items = |doc: &Document<'d>| Some(doc.root.get("response")?.get("output")?.items().count());
    // Of several that hold as much, the last one counts.
    let whole = events.iter().copied().filter(|doc| items(doc).is_some()).max_by_key(|doc| items(doc));
    let is_done = |doc: &Document<'d>| doc.root.has("type", "response.output_item.done");
    let parts = whole.and_then(items).unwrap_or_default() == 0;
    let done: Vec<Node<'d>> =
        events.iter().filter(|doc| parts && is_done(doc)).filter_map(|doc| doc.root.get("item")).collect();
    let lacking = parts && done.is_empty();
    for event in events.iter().filter(|doc| whole.is_none_or(|whole| !std::ptr::eq(whole, **doc))) {
        let kind = event.root.str_at("type").unwrap_or_default();
        // Where the stream breaks off, what its last events hold of words and calls is not known otherwise.
        let tells = lacking && (event.root.get("delta").is_some() || event.root.get("item").is_some());
        match tells {
            true => out.unread(event.root),
            false => out.bookkeeping(event.root, &kind),
        }
    }
    Some(Stream { whole, first: *events.first()?, done })
}
