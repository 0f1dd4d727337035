//! A timestamp authority made with OpenSSL, for one test.

use std::path::{Path, PathBuf};
use std::process::Command;

const CONFIG: &str = "
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[serving]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:0.0.0.0
[tsa]
default_tsa = here
[here]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
signer_digest = sha256
ess_cert_id_alg = sha256
";

/// A folder with a root, and with certificates that it signed.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// One whose certificates have keys of this kind (`rsa:2048` or `ec`). `None` where there is no OpenSSL.
    pub fn new(kind: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: openssl is not installed");
            return None;
        }
        let authority = Authority { folder: tempfile::tempdir().expect("a folder") };
        std::fs::write(authority.path("config"), CONFIG).expect("writes");
        authority.root("root");
        authority.root("other");
        for (name, extensions) in [("stamping", "stamping"), ("serving", "serving")] {
            let key = if kind == "ec" { "-newkey ec -pkeyopt ec_paramgen_curve:P-256" } else { "-newkey rsa:2048" };
            authority.openssl(&format!(
                "req -new {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN={name} -config config"
            ));
            authority.openssl(&format!(
                "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -out {name}.pem \
                 -extfile config -extensions {extensions}"
            ));
        }
        Some(authority)
    }

    fn root(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 30 -subj /CN={name} \
             -config config -extensions ca"
        ));
    }

    /// A file of this authority, such as `root.pem`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder, to be asked from another thread.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn openssl(&self, arguments: &str) {
        openssl(self.folder.path(), arguments);
    }
}

/// Answers a request as the authority in a folder does.
pub fn reply(folder: &Path, request: &[u8]) -> Vec<u8> {
    std::fs::write(folder.join("request"), request).expect("writes");
    openssl(
        folder,
        "ts -reply -config config -section here -queryfile request -signer stamping.pem -inkey stamping.key -out response",
    );
    std::fs::read(folder.join("response")).expect("reads")
}

/// Runs OpenSSL in a folder. Gives what it printed.
pub fn openssl(folder: &Path, arguments: &str) -> String {
    let out = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("runs");
    assert!(out.status.success(), "openssl {arguments}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}
