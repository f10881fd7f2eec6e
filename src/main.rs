//! `commune`: see the library of the same name; this only starts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    commune::cli::main()
}
