//! How much memory a process needs that reads its keys and makes one Transfer proof.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::PathBuf,
};

use anyhow::{Context as _, bail};
use ark_bls12_381::Bls12_381;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rand::rngs::OsRng;
use tabella_circuits::TransferCircuit;
use tabella_protocol::statement::Shape;
use tabella_prover::parameters::{
    DEVELOPMENT, Parameters, default_directory, development_setup, file_path, prover_from_bytes,
};
use tabella_verifier::groth16::ParametersOrigin;

use crate::ours::{Case, Stock};

/// Prints the peak of the resident set in KiB.
pub(crate) fn peak(side: &str) -> anyhow::Result<()> {
    let case = Case::transfer();
    match side {
        // Makes the files that the other two read.
        "prepare" => {
            Parameters::development()?;
            let key = development_setup(Shape::Transfer)?.key;
            key.serialize_uncompressed(BufWriter::new(File::create(stock_file()?)?))?;
            return Ok(());
        }
        "ours" => {
            let pin = DEVELOPMENT.iter().find(|pin| pin.shape == Shape::Transfer).context("it is pinned")?;
            let origin = ParametersOrigin::Development;
            let bytes = fs::read(file_path(&default_directory()?, origin, Shape::Transfer))?;
            let prover = prover_from_bytes(origin, pin, bytes)?;
            case.prove(&prover);
        }
        "stock" => {
            let file = BufReader::new(File::open(stock_file()?)?);
            let key = ProvingKey::<Bls12_381>::deserialize_uncompressed_unchecked(file)?;
            let Case::Transfer(_, circuit) = case else { bail!("not a Transfer") };
            prove(circuit, &key)?;
        }
        _ => bail!("memory of whom? ours or stock"),
    }
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("this kernel tells no peak")?;
    println!("{}", peak.trim().trim_end_matches("kB").trim());
    Ok(())
}

fn prove(circuit: TransferCircuit, key: &ProvingKey<Bls12_381>) -> anyhow::Result<()> {
    Stock::create_random_proof_with_reduction(circuit, key, &mut OsRng)?;
    Ok(())
}

fn stock_file() -> anyhow::Result<PathBuf> {
    Ok(default_directory()?.join("stock-transfer.key"))
}
