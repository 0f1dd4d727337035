//! The kinds of records in a log of Kimi Code.

use crate::node::Node;

/// Records of state, settings and cost.
pub const STATE: [&str; 53] = [
    "config.update",
    "context.update_token_count",
    "cron.add",
    "cron.cursor",
    "cron.delete",
    "file_history.checkpoint",
    "file_history.tracked",
    "forked",
    "full_compaction.begin",
    "full_compaction.cancel",
    "full_compaction.complete",
    "goal.clear",
    "goal.create",
    "goal.update",
    "interaction.request",
    "interaction.resolved",
    "interruptionReminder.recorded",
    "llm.request",
    "llm.tools_snapshot",
    "mcp.tools_discovered",
    "permission.set_mode",
    "plan.revision",
    "plan_mode.cancel",
    "plan_mode.enter",
    "plan_mode.exit",
    "plugin.session_start",
    "profile.bind",
    "prompt.aborted",
    "prompt.accepted",
    "prompt.completed",
    "prompt.steered",
    "runtime.set_binding",
    "staleGuard.cleared",
    "staleGuard.recorded",
    "swarm_mode.enter",
    "swarm_mode.exit",
    "task.started",
    "task.terminated",
    "task.waitDelivered",
    "token_counting.measured",
    "token_counting.rebased",
    "token_counting.truncated",
    "token_counting.turn_recorded",
    "tools.register_user_tool",
    "tools.reset_active_tools",
    "tools.set_active_tools",
    "tools.unregister_user_tool",
    "tools.update_store",
    "tower_mode.enter",
    "tower_mode.exit",
    "turn.step.interrupted",
    "turn.step.retrying",
    "usage.record",
];

/// Records of what happened.
const EVENTS: [&str; 12] = [
    "agent.message.appended",
    "context.append_loop_event",
    "context.append_message",
    "context.apply_compaction",
    "context.clear",
    "context.undo",
    "micro_compaction.apply",
    "permission.record_approval_result",
    "turn.cancel",
    "turn.ended",
    "turn.prompt",
    "turn.steer",
];

/// How likely it is that a line was written by Kimi Code.
pub fn score(root: Node<'_>) -> u32 {
    let Some(kind) = root.str_at("type") else { return 0 };
    if root.any(&["payload", "data", "uuid", "item", "role"]).is_some() {
        return 0;
    }
    match kind.as_ref() {
        // The only word that other programs might also use.
        "forked" => 40,
        kind if EVENTS.contains(&kind) || STATE.contains(&kind) => 95,
        kind if kind.starts_with("agent.") && root.has("kind", "event") => 80,
        _ => 0,
    }
}
