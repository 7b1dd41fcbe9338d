//! Contributing to the setup ceremony, and making the parameters that come out of it. Spec § 8.3.
//!
//! Whoever contributes holds the ceremony's secrets for some seconds: the factors by which he multiplies τ, α, β or δ. They
//! are drawn from the operating system and what the contributor adds, and wiped before the transcript is given back.
//! Copies that arkworks makes while it multiplies are not wiped: contribute on a machine that is switched off afterwards.

mod contribution;
mod derive;
mod group;
mod parameters;

use tabella_protocol::statement::Shape;
use tabella_verifier::setup::{Circuit, CircuitError, Text, Transcript};
use thiserror::Error;

use crate::parameters::{ParametersError, pinned_matrices};

pub use contribution::{Contribution, ContributionError, contribute};
pub use parameters::{ceremony_parameters, proving_key};

/// Why this program's circuits are not there.
#[derive(Debug, Error)]
pub enum CircuitsError {
    /// They cannot be built, or are not those that are pinned.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// Their matrices are not possible in a ceremony.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
}

/// The circuits of this program, transfer first, after a check that their matrices are the pinned ones.
///
/// # Errors
/// [`CircuitsError`].
pub fn circuits() -> Result<[Circuit; 2], CircuitsError> {
    let circuit = |shape: Shape| -> Result<Circuit, CircuitsError> {
        let (matrices, _) = crate::parameters::circuit(shape)?;
        debug_assert_eq!(hex::encode(matrices.digest()), pinned_matrices(shape), "checked when it was built");
        let variables = (matrices.instance_variables(), matrices.witness_variables());
        Ok(Circuit::new(shape, matrices.digest(), variables, matrices.abc().clone())?)
    };
    Ok([circuit(Shape::Transfer)?, circuit(Shape::Cast)?])
}

/// A ceremony without contributions.
#[must_use]
pub fn start(name: Text, circuits: &[Circuit; 2]) -> Transcript {
    Transcript::new(name, circuits.each_ref().map(|circuit| *circuit.description()))
}

#[cfg(test)]
mod tests;
