//! The command `tabella`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tabella_cli::cli::run(std::env::args_os())
}
