//! Makes the development parameters, writes their verifying keys to `verifier/keys`, and prints the constants of
//! `prover/src/parameters/pins.rs`. Run from the root of the repository after a change of a circuit.

use std::{error::Error, fs, time::Instant};

use tabella_protocol::statement::Shape;
use tabella_prover::parameters::{DEVELOPMENT_PHRASE, ParametersDigest, development_setup};
use tabella_verifier::groth16::{VerifyingKey, VerifyingKeyFile};

fn main() -> Result<(), Box<dyn Error>> {
    println!("seed phrase: {DEVELOPMENT_PHRASE}");
    for shape in Shape::ALL {
        let start = Instant::now();
        let file = development_setup(shape)?;
        let key = VerifyingKey::from_setup(shape, &file.key.vk)?;
        let bytes = file.to_bytes();
        println!("\n{}: {} bytes in {:.1?}", shape.name(), bytes.len(), start.elapsed());
        println!("        file: ParametersDigest(bytes(\"{}\")),", ParametersDigest::of(&bytes));
        println!("        verifying_key: VerifyingKeyId(bytes(\"{}\")),", key.id());
        let path = format!("verifier/keys/{}-{}.vk", file.origin, shape.name());
        fs::create_dir_all("verifier/keys")?;
        fs::write(&path, VerifyingKeyFile { origin: file.origin, key }.to_bytes())?;
        println!("wrote {path}");
    }
    Ok(())
}
