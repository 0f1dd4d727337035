//! Definitions of the tools that a model was offered.

use crate::locator::Bases;
use crate::model::{Text, ToolDef};
use crate::node::Node;

/// Reads a list of definitions, given as such or as JSON in a string.
pub fn tools(node: Node<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    if let Some(nested) = node.nested() {
        return tools(nested.root(bases), bases);
    }
    let mut found = Vec::new();
    for item in node.items() {
        // Gemini groups its functions.
        if let Some(group) = item.any(&["functionDeclarations", "function_declarations"]) {
            found.extend(group.items().filter_map(tool));
            continue;
        }
        match item.nested() {
            Some(nested) => found.extend(tool(nested.root(bases))),
            None => found.extend(tool(item)),
        }
    }
    // Langfuse lists them under their names: `{"refund": "{\"description\": …}"}`.
    for (name, item) in node.entries() {
        let named = |root: Node<'_>| {
            let like = root.any(&["description", "parameters"]).is_some();
            like.then(|| definition(item.key_text(&name), root))
        };
        match item.nested() {
            Some(nested) => found.extend(named(nested.root(bases))),
            None => found.extend(named(item)),
        }
    }
    found
}

/// Reads one definition in the form of OpenAI (nested or flat), Anthropic, or MCP.
pub fn tool(node: Node<'_>) -> Option<ToolDef> {
    let inner = node.get("function").filter(|f| f.is_object()).unwrap_or(node);
    Some(definition(inner.get("name")?.text()?, inner))
}

fn definition(name: Text, inner: Node<'_>) -> ToolDef {
    ToolDef {
        name,
        description: inner.get("description").and_then(Node::text),
        parameters: inner
            .any(&[
                "parameters",
                "input_schema",
                "inputSchema",
                "json_schema",
                "parameters_json_schema",
                "parametersJsonSchema",
            ])
            .map(Node::json_text),
        output_schema: inner.any(&["output_schema", "outputSchema"]).map(Node::json_text),
    }
}

/// The definition in a message that is none: `{"role": "tool", "content": {"type": "function", …}}`.
pub fn disguised(node: Node<'_>) -> Option<Node<'_>> {
    let content = node.get("content").filter(|c| c.is_object() && c.has("type", "function"))?;
    (node.has("role", "tool") && content.get("function").is_some()).then_some(content)
}

/// All definitions that stand among the messages of a list.
pub fn disguised_tools(list: Node<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    if let Some(nested) = list.nested() {
        return disguised_tools(nested.root(bases), bases);
    }
    let list = list.get("messages").unwrap_or(list);
    list.items().filter_map(disguised).filter_map(tool).collect()
}
