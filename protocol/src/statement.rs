//! The public sides of the circuits' statements, and the one place that fixes the order of their public inputs. Spec § 4.

pub mod cast;
pub mod spend;
pub mod transfer;

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::note::Timestamp;

pub use cast::{CastInstance, CastRelationError, CastWitness};
pub use spend::{Signer, Spend, SpendError};
pub use transfer::{InputWitness, Mode, OutputWitness, TransferInstance, TransferRelationError, TransferWitness};

/// When a transfer may be accepted: `start <= block time < end`, `start < end`, both below 2^40.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Window {
    start: Timestamp,
    end: Timestamp,
}

/// A window must end after it starts.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a window must end after it starts")]
pub struct EmptyWindow;

impl Window {
    /// A window.
    ///
    /// # Errors
    /// [`EmptyWindow`] unless `start < end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, EmptyWindow> {
        if start < end { Ok(Self { start, end }) } else { Err(EmptyWindow) }
    }

    /// The first instant in the window.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after the window; never 0.
    #[must_use]
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether a time lies in the window.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }
}

impl BorshDeserialize for Window {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let (start, end) = <(Timestamp, Timestamp)>::deserialize_reader(reader)?;
        Self::new(start, end).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    }
}

/// Which circuit a proof is of. Each shape has its own parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Shape {
    /// 2 inputs, 2 outputs.
    Transfer,
    /// 1 input, no output, public weight.
    Cast,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 2] = [Self::Transfer, Self::Cast];

    /// The name in file names and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Cast => "cast",
        }
    }

    /// The number of public inputs, without the constant 1.
    #[must_use]
    pub const fn public_inputs(self) -> usize {
        match self {
            Self::Transfer => TransferInstance::PUBLIC_INPUTS,
            Self::Cast => CastInstance::PUBLIC_INPUTS,
        }
    }
}

/// A statement of some shape.
pub trait Statement {
    /// Its shape.
    const SHAPE: Shape;

    /// The public inputs in the order that the circuit allocates them. The last one is never 0, because the stock
    /// verifier takes a missing last input for 0.
    fn public_inputs(&self) -> Vec<Fr>;
}
