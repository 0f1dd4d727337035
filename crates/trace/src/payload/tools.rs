//! Definitions of the tools that a model was offered.

use crate::locator::Bases;
use crate::model::ToolDef;
use crate::node::Node;

/// Reads a list of definitions, given as such or as JSON in a string.
pub fn tools(node: Node<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    if let Some(nested) = node.nested() {
        return tools(nested.root(bases), bases);
    }
    let mut found = Vec::new();
    for item in node.items() {
        match item.nested() {
            Some(nested) => found.extend(tool(nested.root(bases))),
            None => found.extend(tool(item)),
        }
    }
    found
}

/// Reads one definition in the form of OpenAI (nested or flat), Anthropic, or MCP.
pub fn tool(node: Node<'_>) -> Option<ToolDef> {
    let inner = node.get("function").filter(|f| f.is_object()).unwrap_or(node);
    Some(ToolDef {
        name: inner.get("name")?.text()?,
        description: inner.get("description").and_then(Node::text),
        parameters: inner.any(&["parameters", "input_schema", "inputSchema", "json_schema"]).map(Node::json_text),
        output_schema: inner.any(&["output_schema", "outputSchema"]).map(Node::json_text),
    })
}
