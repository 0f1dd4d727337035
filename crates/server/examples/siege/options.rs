//! What is asked for on the command line, and the program that is attacked.

use crate::filled::Error;
use crate::stage::Stage;
use std::path::PathBuf;
use std::process::Command;

/// How often the server is killed, unless `--cycles` says otherwise.
const CYCLES: u32 = 100;

/// The command line.
pub struct Options {
    pub stages: Vec<Stage>,
    pub cycles: u32,
    pub sqlite: bool,
    pub postgres: bool,
    /// A PostgreSQL server, as its URL.
    pub url: Option<String>,
    program: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments, or says what is wrong with them.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Options { stages: Vec::new(), cycles: CYCLES, sqlite: true, postgres: true, url: None, program: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--cycles" => {
                    options.cycles =
                        value()?.parse().ok().filter(|n| *n > 0).ok_or("--cycles needs a number from 1")?;
                }
                "--program" => options.program = Some(value()?.into()),
                "--only" => match value()?.as_str() {
                    "sqlite" => options.postgres = false,
                    "postgresql" => options.sqlite = false,
                    other => return Err(format!("--only is sqlite or postgresql, not {other}")),
                },
                url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                    options.url = Some(url.to_owned());
                }
                name => {
                    let stage = Stage::ALL.into_iter().find(|stage| stage.name() == name);
                    let names = Stage::ALL.map(Stage::name).join(", ");
                    options.stages.push(stage.ok_or(format!("no stage {name}. The stages are: {names}"))?);
                }
            }
        }
        if options.stages.is_empty() {
            options.stages = Stage::ALL.to_vec();
        }
        Ok(options)
    }

    /// The program that is named, or the one of this workspace, which is built first.
    pub fn program(&self) -> Result<PathBuf, Error> {
        if let Some(program) = &self.program {
            return Ok(std::path::absolute(program)?);
        }
        // From target/PROFILE/examples/siege to target/PROFILE/hindcast.
        let own = std::env::current_exe()?;
        let program = own.parent().and_then(|p| p.parent()).ok_or("no folder of programs")?.join("hindcast");
        let Some(cargo) = std::env::var_os("CARGO") else {
            return if program.is_file() {
                Ok(program)
            } else {
                Err("name the program to attack with --program".into())
            };
        };
        let mut build = Command::new(cargo);
        build.args(["build", "-p", "hindcast-cli", "--bin", "hindcast"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        // What cargo says of this example is not true of what is built now, and would have it built again.
        for (name, _) in std::env::vars_os() {
            let of_example = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
            if name.to_str().is_some_and(|name| of_example.iter().any(|start| name.starts_with(start))) {
                build.env_remove(name);
            }
        }
        match build.status()?.success() && program.is_file() {
            true => Ok(program),
            false => Err("the program could not be built; name one with --program".into()),
        }
    }
}
