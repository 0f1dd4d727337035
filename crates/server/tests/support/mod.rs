//! A server to test, and people who use it.

pub mod app;
pub mod client;
pub mod html;
pub mod people;
pub mod smtp;

pub use app::App;
pub use client::{Answer, Client};
pub use people::People;

/// A file of the examples that the program comes with.
pub fn example(path: &str) -> Vec<u8> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(path);
    std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Runs tests on SQLite, and on PostgreSQL where `./test` started one. Each is a function that takes an [`App`].
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::App::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(app) = $crate::support::App::postgres(stringify!($name)).await else { return };
                super::$name(app).await;
            })*
        }
    };
}
pub(crate) use on_both;
