//! dubp-wot 0.11 on the real graph, in a process of its own.
//!
//! Its licence is the AGPL, so nothing of it is linked here: `benches/dubp-wot` is a crate outside
//! the workspace, which cargo builds when it is measured. It walks on one core, as ours is measured.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::{folder::Folder, graphs::Listed};

/// What it found from one person.
#[derive(Clone, Copy, Debug)]
pub struct Walked {
    /// Who.
    pub node: usize,
    /// Referents within reach, the person excluded.
    pub reached: u32,
    /// How long that took.
    pub time: Duration,
}

/// Walks from each `every`-th person of `graph`.
///
/// # Errors
/// When its crate cannot be built (no network, say), with what cargo said last; or when it fails.
pub fn walk(
    graph: &Listed,
    steps: u32,
    referent_min: u32,
    every: usize,
) -> Result<Result<Vec<Walked>, String>> {
    let program = match build()? {
        Ok(program) => program,
        Err(why) => return Ok(Err(why)),
    };
    let folder = Folder::new("dubp-wot")?;
    let (edges, members) = (
        folder.path().join("edges.csv"),
        folder.path().join("members.csv"),
    );
    let mut text = "issuer,receiver\n".to_owned();
    for (issuer, receiver) in &graph.edges {
        writeln!(text, "{issuer},{receiver}")?;
    }
    fs::write(&edges, text)?;
    let mut text = "node,member\n".to_owned();
    for (node, is_member) in graph.members.iter().enumerate() {
        writeln!(text, "{node},{}", u8::from(*is_member))?;
    }
    fs::write(&members, text)?;
    let output = Command::new(program)
        .args([&edges, &members])
        .args([
            steps.to_string(),
            referent_min.to_string(),
            every.to_string(),
        ])
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("dubp-wot")?;
    ensure!(
        output.status.success(),
        "dubp-wot ended with {}",
        output.status
    );
    let walked: Result<Vec<_>> = String::from_utf8(output.stdout)?.lines().map(row).collect();
    walked.map(Ok)
}

fn row(line: &str) -> Result<Walked> {
    let mut columns = line.split(',');
    let mut column = || columns.next().context("a column is missing");
    Ok(Walked {
        node: column()?.parse()?,
        reached: column()?.parse()?,
        time: Duration::from_micros(column()?.parse()?),
    })
}

/// Builds the program, or says why it cannot be.
fn build() -> Result<Result<PathBuf, String>> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("dubp-wot/Cargo.toml");
    let own = std::env::current_exe()?;
    let target = own.parent().context("no folder")?.join("dubp-wot");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--manifest-path",
        ])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .stdin(Stdio::null())
        .output();
    let said = match built {
        Ok(built) if built.status.success() => {
            return Ok(Ok(target.join("release/commune-bench-dubp-wot")));
        }
        Ok(built) => String::from_utf8_lossy(&built.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let why = said.lines().rfind(|it| !it.trim().is_empty());
    Ok(Err(why.unwrap_or("cargo failed").trim().to_owned()))
}
