//! A test that this machine cannot run says so in one line, and passes.

use std::{
    fmt,
    fs::OpenOptions,
    io::Write as _,
    process::{Command, Stdio},
};

/// Why a test cannot run here.
#[derive(Debug)]
pub(crate) struct Skip(String);

impl Skip {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// The result, or `None` once the reason is printed.
    pub(crate) fn or<T>(result: Result<T, Self>) -> Option<T> {
        result.map_err(|skip| skip.print()).ok()
    }

    /// Prints `skipped: reason`, also to the file that `COMMUNE_SKIPPED` names: a test runner
    /// swallows what a passing test prints.
    fn print(&self) {
        println!("{self}");
        if let Some(path) = std::env::var_os("COMMUNE_SKIPPED") {
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .unwrap();
            writeln!(file, "{self}").unwrap();
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reason) = self;
        let test = std::thread::current().name().unwrap_or("test").to_owned();
        write!(f, "skipped: {test}: {}", reason.replace('\n', " "))
    }
}

/// Skips when a program is not installed.
pub(crate) fn needs(programs: &[&str]) -> Result<(), Skip> {
    for program in programs {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = std::env::split_paths(&folders);
        if !folders.any(|folder| folder.join(program).is_file()) {
            return Err(Skip::new(format!(
                "{program} is not installed (packaging/setup.sh)"
            )));
        }
    }
    Ok(())
}

/// Runs a command to its end and gives what it printed, or what it complained of.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let why = String::from_utf8_lossy(&output.stderr);
        Err(format!("{command:?}: {}", why.trim()))
    }
}
