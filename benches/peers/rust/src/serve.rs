//! One Cast proof for each line of standard input: the driver of another process takes turns with this one.

use std::io::{Write as _, stdin, stdout};

use tabella_protocol::statement::Shape;
use tabella_prover::parameters::Parameters;

use crate::{measure::time, ours::Case};

pub(crate) fn run() -> anyhow::Result<()> {
    let (parameters, case) = (Parameters::development()?, Case::cast());
    for line in stdin().lines() {
        line?;
        let elapsed = time(|| case.prove(parameters.prover(Shape::Cast)));
        println!("{}", elapsed.as_secs_f64() * 1e3);
        stdout().flush()?;
    }
    Ok(())
}
