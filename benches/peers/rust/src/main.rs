//! The same work by Tabella and by others: alternately, in one process, on one machine. One line of JSON for each row.
//!
//! `RAYON_NUM_THREADS` says how many threads both sides may use, `TABELLA_ARITHMETIC=avx2` takes AVX-512
//! from our side, `portable` all vector instructions; both are read once, so `compare.py` starts a process for each setting.

mod batch;
mod chain;
mod delegation;
mod groth16;
mod measure;
mod memory;
mod msm;
mod ours;
mod payment;
mod poseidon;
mod serve;

use anyhow::bail;

const USAGE: &str = "usage: tabella-peers chain|shapes|msm|verify|batch|sapling|orchard|delegation|poseidon|sizes …
       tabella-peers memory prepare|ours|stock
       tabella-peers serve";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["memory", side] => return memory::peak(side),
        ["serve"] => return serve::run(),
        [] => bail!(USAGE),
        _ => {}
    }
    for group in words {
        match group {
            "chain" => groth16::chain()?,
            "shapes" => groth16::shapes()?,
            "sizes" => groth16::sizes()?,
            "msm" => msm::compare()?,
            "verify" => batch::compare_one()?,
            "batch" => batch::compare()?,
            "sapling" => payment::sapling()?,
            "orchard" => payment::orchard()?,
            "delegation" => delegation::compare()?,
            "poseidon" => poseidon::compare(),
            _ => bail!("{group}? {USAGE}"),
        }
    }
    Ok(())
}
