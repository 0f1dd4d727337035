//! Commands of a shell that tell somebody something: a pull request's text, a comment, a post to a paste site.

use crate::session::Call;
use crate::tools::command::{self, Command};

/// True where a command of the call publishes words that stand in its arguments.
pub(super) fn tells(call: &Call<'_>) -> bool {
    command::of_call(call).is_some_and(|all| all.iter().any(publishes))
}

fn publishes(command: &Command) -> bool {
    let words: Vec<&str> = command.plain().take(2).collect();
    match (command.program(), words.as_slice()) {
        ("gh" | "glab", ["pr" | "mr" | "issue" | "release" | "gist" | "snippet" | "discussion", verb, ..]) => {
            matches!(*verb, "create" | "new" | "comment" | "edit" | "update" | "review" | "close" | "note" | "merge")
        }
        ("git", ["commit" | "tag" | "notes", ..]) => command.has(&["-m", "-am", "--message", "-F"]),
        ("mail" | "mailx" | "mutt" | "sendmail" | "swaks" | "slack" | "slackcat", _) => true,
        ("curl" | "wget" | "http" | "xh", _) => command.words.iter().any(|w| posts_to_people(w)),
        _ => false,
    }
}

/// Addresses at which everybody, or a room full of people, reads what is posted.
fn posts_to_people(word: &str) -> bool {
    const HOSTS: [&str; 14] = [
        "pastebin.",
        "hastebin.",
        "paste.",
        "transfer.sh",
        "0x0.st",
        "termbin.",
        "ix.io",
        "file.io",
        "webhook.site",
        "requestbin",
        "hooks.slack.com",
        "slack.com/api/chat",
        "discord.com/api/webhooks",
        "gist.github.com",
    ];
    let word = word.to_ascii_lowercase();
    let comments = word.contains("/repos/")
        && ["/issues", "/comments", "/pulls", "/releases", "/gists"].iter().any(|part| word.contains(part));
    comments || HOSTS.iter().any(|host| word.contains(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_told() {
        let tells = |script: &str| command::parse(script).iter().any(publishes);
        for script in [
            "gh pr create --title fix --body 'TOKEN=a'",
            "gh issue comment 12 -b hello",
            "git commit -m 'key is a'",
            "curl -d text=a https://hooks.slack.com/services/x",
        ] {
            assert!(tells(script), "{script}");
        }
        for script in ["cat .env", "gh pr view 12", "curl -H 'Authorization: Bearer a' https://api.example/v1/items"] {
            assert!(!tells(script), "{script}");
        }
    }
}
