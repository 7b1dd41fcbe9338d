//! Parameters of the proof system: development setup, files, cache. Spec § 8.
//!
//! A proving key is used only when the hash of its whole file is the one pinned for its origin and shape: then its points
//! are read without checks. A key from elsewhere could leak witnesses, so there is no way to load one that is not pinned.

mod cache;
mod file;
mod imported;
mod pins;
mod setup;

use std::{
    io,
    path::{Path, PathBuf},
};

use ark_relations::gr1cs::SynthesisError;
use tabella_arithmetic::AnyBackend;
use tabella_circuits::{Blocks, CastCircuit, TransferCircuit, matrices::Matrices};
use tabella_protocol::{statement::Shape, transaction::VerifyingKeyId};
use tabella_verifier::groth16::{ParametersOrigin, VerifyingKey};
use thiserror::Error;

use crate::groth16::{Plan, Prover, ProverError, ProverOptions};

pub use cache::default_directory;
pub use file::{FileError, ParametersDigest, ParametersFile};
pub use imported::{ImportedCeremony, verifying_key_file, verifying_key_path};
pub use pins::{CEREMONY, DEVELOPMENT, ParametersPin};
pub use setup::{DEVELOPMENT_PHRASE, development_setup};

/// The parameters of all shapes, of one origin, ready to prove.
#[derive(Debug)]
pub struct Parameters {
    origin: ParametersOrigin,
    transfer: Prover,
    cast: Prover,
}

/// What [`Parameters::load_or_create`] is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'p> {
    /// Reads a file.
    Loading(Shape, &'p Path),
    /// A file has not the pinned hash; it is made again.
    Corrupted(Shape, &'p Path),
    /// Runs the development setup, which takes some seconds.
    Generating(Shape),
    /// Wrote a file.
    Saved(Shape, &'p Path),
}

/// Why there are no parameters.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// No directory for the cache is known.
    #[error("no cache directory: set TABELLA_CACHE, XDG_CACHE_HOME or HOME to an absolute path")]
    NoCacheDirectory,
    /// This version knows no parameters of the origin for a shape.
    #[error("this version of Tabella pins no {origin} parameters for shape {}", shape.name())]
    NotPinned {
        /// The origin.
        origin: ParametersOrigin,
        /// The shape.
        shape: Shape,
    },
    /// The file of a ceremony is not there. It cannot be made again, only fetched.
    #[error("the {origin} parameters of shape {} are not at {}: fetch the published file", shape.name(), path.display())]
    Missing {
        /// The origin.
        origin: ParametersOrigin,
        /// The shape.
        shape: Shape,
        /// Where they should be.
        path: PathBuf,
    },
    /// The file of a ceremony is damaged or another.
    #[error("the {origin} parameters of shape {} at {} are refused: {error}", shape.name(), path.display())]
    Corrupted {
        /// The origin.
        origin: ParametersOrigin,
        /// The shape.
        shape: Shape,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: FileError,
    },
    /// Fetched bytes are not the pinned parameters.
    #[error("the fetched {origin} parameters of shape {} are refused: {error}", shape.name())]
    Download {
        /// The origin.
        origin: ParametersOrigin,
        /// The shape.
        shape: Shape,
        /// What is wrong with them.
        error: FileError,
    },
    /// The circuit has not the matrices that its crate pins: the build is inconsistent.
    #[error("the circuit of shape {} has matrices {found}, but {pinned} are pinned", shape.name())]
    CircuitChanged {
        /// The shape.
        shape: Shape,
        /// The digest of its matrices.
        found: String,
        /// The pinned digest.
        pinned: &'static str,
    },
    /// The development setup gave other parameters than pinned: pins and circuit are not of the same version.
    #[error("the development setup of shape {} gave parameters {found}, but {pinned} are pinned", shape.name())]
    NotReproduced {
        /// The shape.
        shape: Shape,
        /// The digest of the new file.
        found: ParametersDigest,
        /// The pinned digest.
        pinned: ParametersDigest,
    },
    /// The verifying key inside the pinned file is not the pinned one.
    #[error("the parameters of shape {} hold verifying key {found}, but {pinned} is pinned", shape.name())]
    OtherVerifyingKey {
        /// The shape.
        shape: Shape,
        /// The id of the key inside.
        found: VerifyingKeyId,
        /// The pinned id.
        pinned: VerifyingKeyId,
    },
    /// The circuit could not be synthesised.
    #[error("the circuit of shape {} could not be built: {error}", shape.name())]
    Synthesis {
        /// The shape.
        shape: Shape,
        /// What went wrong.
        error: SynthesisError,
    },
    /// Proving key and circuit do not fit.
    #[error(transparent)]
    Prover(#[from] ProverError),
    /// The folder has the parameters of another ceremony.
    #[error("{} has the parameters of ceremony {found} already: import into another folder", path.display())]
    OtherCeremony {
        /// The folder.
        path: PathBuf,
        /// Hash of the other transcript.
        found: tabella_verifier::setup::TranscriptHash,
    },
    /// A file that an import wrote is not what it was.
    #[error("{} is missing or damaged: import the ceremony's transcript again", path.display())]
    ImportDamaged {
        /// Which file.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

impl Parameters {
    /// Loads the parameters of an origin from a directory. What is missing or damaged is made again for the development
    /// origin, and is an error for a ceremony's.
    ///
    /// # Errors
    /// [`ParametersError`].
    pub fn load_or_create(
        directory: &Path,
        origin: ParametersOrigin,
        options: ProverOptions,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, ParametersError> {
        let pins = match origin {
            ParametersOrigin::Development => DEVELOPMENT,
            ParametersOrigin::Ceremony => CEREMONY,
        };
        Self::load_pinned(directory, (origin, pins), options, progress)
    }

    /// As [`Self::load_or_create`], with pins from elsewhere: those of a ceremony newer than this version, for example.
    /// Whoever gives the pins vouches for the ceremony.
    ///
    /// # Errors
    /// [`ParametersError`].
    pub fn load_pinned(
        directory: &Path,
        (origin, pins): (ParametersOrigin, &[ParametersPin]),
        options: ProverOptions,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, ParametersError> {
        let mut load = |shape| {
            let pin = pins.iter().find(|pin| pin.shape == shape);
            let pin = pin.ok_or(ParametersError::NotPinned { origin, shape })?;
            join_circuit(pin, options, || cache::load_or_create(directory, origin, pin, progress))
        };
        Ok(Self { origin, transfer: load(Shape::Transfer)?, cast: load(Shape::Cast)? })
    }

    /// The development parameters from the default cache. Anybody can forge proofs under them.
    ///
    /// # Errors
    /// [`ParametersError`].
    pub fn development() -> Result<Self, ParametersError> {
        Self::load_or_create(
            &default_directory()?,
            ParametersOrigin::Development,
            ProverOptions::default(),
            &mut |_| (),
        )
    }

    /// Where the parameters come from.
    #[must_use]
    pub const fn origin(&self) -> ParametersOrigin {
        self.origin
    }

    /// The prover of a shape.
    #[must_use]
    pub const fn prover(&self, shape: Shape) -> &Prover {
        match shape {
            Shape::Transfer => &self.transfer,
            Shape::Cast => &self.cast,
        }
    }

    /// The verifying key of a shape.
    #[must_use]
    pub const fn verifying_key(&self, shape: Shape) -> &VerifyingKey {
        self.prover(shape).verifying_key()
    }
}

/// The path of a shape's parameters in a directory: origin, shape and the start of the digest of the circuit's matrices.
#[must_use]
pub fn file_path(directory: &Path, origin: ParametersOrigin, shape: Shape) -> PathBuf {
    let digest = pinned_matrices(shape).get(..16).unwrap_or_default();
    directory.join(format!("{origin}-{}-{digest}.params", shape.name()))
}

/// The digest of a shape's matrices that its circuit pins, hexadecimal.
#[must_use]
pub const fn pinned_matrices(shape: Shape) -> &'static str {
    match shape {
        Shape::Transfer => TransferCircuit::MATRICES_DIGEST,
        Shape::Cast => CastCircuit::MATRICES_DIGEST,
    }
}

/// The matrices of a shape in the mode of the setup, and the names of their rows.
pub(crate) fn circuit(shape: Shape) -> Result<(Matrices, Blocks), ParametersError> {
    let synthesized = match shape {
        Shape::Transfer => Matrices::of_synthesis(|cs| TransferCircuit::blank().synthesize(cs)),
        Shape::Cast => Matrices::of_synthesis(|cs| CastCircuit::blank().synthesize(cs)),
    };
    let (matrices, blocks) = synthesized.map_err(|error| ParametersError::Synthesis { shape, error })?;
    let (found, pinned) = (hex::encode(matrices.digest()), pinned_matrices(shape));
    if found != pinned {
        return Err(ParametersError::CircuitChanged { shape, found, pinned });
    }
    Ok((matrices, blocks))
}

/// The prover of one shape from the bytes of its file, however they came: a browser fetches them, for example.
///
/// # Errors
/// [`ParametersError::Download`] for bytes that are not the pinned ones, else as [`Parameters::load_pinned`].
pub fn prover_from_bytes(
    origin: ParametersOrigin,
    pin: &ParametersPin,
    bytes: impl AsRef<[u8]>,
) -> Result<Prover, ParametersError> {
    let shape = pin.shape;
    join_circuit(pin, ProverOptions::default(), move || {
        let file = ParametersFile::from_pinned_bytes(bytes.as_ref(), pin.file);
        let file = file.and_then(|file| file.require(origin, shape));
        file.map_err(|error| ParametersError::Download { origin, shape, error })
    })
}

/// The circuit comes first, and its matrices go before the key is read: they take more memory than what is kept of them.
fn join_circuit(
    pin: &ParametersPin,
    options: ProverOptions,
    file: impl FnOnce() -> Result<ParametersFile, ParametersError>,
) -> Result<Prover, ParametersError> {
    let shape = pin.shape;
    let (matrices, blocks) = circuit(shape)?;
    let (digest, plan) = (matrices.digest(), Plan::new(&matrices)?);
    drop(matrices);
    let file = file()?;
    if file.matrices != digest {
        let (found, pinned) = (hex::encode(file.matrices), pinned_matrices(shape));
        return Err(ParametersError::CircuitChanged { shape, found, pinned });
    }
    let prover = Prover::of_plan(AnyBackend::selected(), options, shape, file.key, plan)?.with_blocks(blocks);
    let (found, pinned) = (prover.verifying_key().id(), pin.verifying_key);
    if found != pinned {
        return Err(ParametersError::OtherVerifyingKey { shape, found, pinned });
    }
    Ok(prover)
}

#[cfg(test)]
mod tests;
