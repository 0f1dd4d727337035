//! Commands that only show what they, or another one, would change: `terraform plan`, `kubectl apply --dry-run=server`, `rsync -n`.

use super::Command;
use super::table::table;

/// True for a command that changes nothing, by one of its options or by its subcommand.
pub(super) fn is(command: &Command) -> bool {
    let table = table();
    let option = |w: &String| {
        let name = w.split_once('=').map_or(w.as_str(), |(name, _)| name);
        let off = w.ends_with("=none") || w.ends_with("=false");
        !off && table.trial_options.iter().any(|o| o == name)
    };
    let own = |w: &String| table.trials.get(command.program()).is_some_and(|all| all.contains(w));
    // The first words alone are a subcommand.
    command.words.iter().skip(1).any(option) || command.words.iter().skip(1).take(2).any(own)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::is;

    #[test]
    fn trials_are_told_from_what_they_try() {
        let trial = |line: &str| parse(line).iter().all(is);
        for line in [
            "terraform plan -out=tf.plan",
            "terraform -chdir=envs plan",
            "pulumi preview",
            "kubectl apply -f a.yaml --dry-run=server",
            "kubectl diff -f a.yaml",
            "helm upgrade web ./chart --dry-run",
            "ansible-playbook site.yml --check",
            "npm publish --dry-run",
            "rsync -n -a a/ b/",
            "make -n install",
        ] {
            assert!(trial(line), "{line}");
        }
        for line in [
            "terraform apply tf.plan",
            "kubectl apply -f a.yaml",
            "kubectl create ns x --dry-run=none",
            "kubectl get pods -n web",
            "npm publish",
            "rsync -a a/ b/",
        ] {
            assert!(!trial(line), "{line}");
        }
    }
}
