//! `commune completions SHELL`

use clap_complete::Shell;

use super::{Context, help};
use crate::failure::Failure;

/// Which shell is to complete.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut help::command(&ctx.messages),
            "commune",
            &mut script,
        );
        ctx.print(&String::from_utf8_lossy(&script))
    }
}
