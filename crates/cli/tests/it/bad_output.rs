//! Where the draft goes: a file is replaced as a whole, everything else is written into and stays what it is.

use super::{hindcast, scratch};
use std::path::Path;

const TRACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/refund/trace.json");

fn draft_to(path: &Path) -> (Option<i32>, String) {
    let out = hindcast(&["draft", TRACE, "-o", &path.display().to_string()]);
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[test]
fn a_folder_that_is_not_there_is_told_in_plain_words() {
    let folder = scratch();
    let (code, err) = draft_to(&folder.path().join("none").join("retro.md"));
    assert_eq!(code, Some(5));
    assert!(err.contains("the folder does not exist") && !err.contains(".hindcast-"), "{err}");
    let (code, err) = draft_to(folder.path());
    assert_eq!(code, Some(5));
    assert!(err.contains("it is a folder"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0, "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn a_pipe_gets_the_draft_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt;
    let folder = scratch();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::read_to_string(pipe).expect("reads"))
    };
    let (code, err) = draft_to(&pipe);
    let kind = std::fs::metadata(&pipe).expect("there").file_type();
    assert!(kind.is_fifo(), "a file took its place");
    assert_eq!(code, Some(0), "{err}");
    assert!(reader.join().expect("ends").starts_with("# "));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_stays_a_link() {
    let folder = scratch();
    let (file, link) = (folder.path().join("retro.md"), folder.path().join("latest.md"));
    std::fs::write(&file, "old").expect("writes");
    std::os::unix::fs::symlink(&file, &link).expect("links");
    assert_eq!(draft_to(&link).0, Some(0));
    assert!(std::fs::symlink_metadata(&link).expect("there").is_symlink());
    assert!(std::fs::read_to_string(&file).expect("there").starts_with("# "));
}
