//! Writes a made graph that resembles the real one, for `commune trust audit`:
//! `cargo run --release -p commune-benches --example made_graph -- MEMBERS FOLDER`.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use commune_benches::graphs::{Listed, REAL};

fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let members = args.next().context("how many members?")?.parse()?;
    let folder = PathBuf::from(args.next().context("which folder?")?);
    let made = Listed::like(&Listed::real()?.graph(), members, &REAL);
    let mut text = "issuer,receiver\n".to_owned();
    for (issuer, receiver) in &made.edges {
        writeln!(text, "{issuer},{receiver}")?;
    }
    fs::write(folder.join("edges.csv"), text)?;
    let mut text = "node,member\n".to_owned();
    for (node, is_member) in made.members.iter().enumerate() {
        writeln!(text, "{node},{}", u8::from(*is_member))?;
    }
    fs::write(folder.join("members.csv"), text)?;
    Ok(())
}
