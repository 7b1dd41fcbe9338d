//! Things that an issuer registers together, and the certificates that go to their owners.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tabella_protocol::transaction::LedgerId;
use tabella_provenance_rules::{
    Provenance,
    action::{Batch, Likeness, MAX_STONES, Role, Stone},
    attribute::{Value, ValueError},
    registry::{BatchId, Mark, RegistryId},
    schema::Schema,
};
use thiserror::Error;

use crate::{
    certificate::Certificate,
    identity::{IdentityError, MarkKey, Marks},
    keys::ProvenanceKeys,
};

/// Why no batch is made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// No such registry.
    #[error("there is no registry {0}")]
    UnknownRegistry(RegistryId),
    /// Another key of marks.
    #[error("this is not the key of the registry's marks: ask the registrar for it")]
    MarkKey,
    /// The issuer may not.
    #[error(
        "the registrar has not authorised this issuer: ask for it, with the key that `tabella provenance keys` shows"
    )]
    Unauthorised,
    /// No thing, or too many.
    #[error("a batch has 1 to {MAX_STONES} things")]
    Size,
    /// A thing has not one value for each attribute, or one that is not legal.
    #[error("thing {index}: {error}")]
    Value {
        /// Which.
        index: usize,
        /// What is wrong.
        error: ValueError,
    },
    /// A thing has not one value for each attribute.
    #[error("thing {index} has not one value for each attribute")]
    Count {
        /// Which.
        index: usize,
    },
    /// A thing that nothing identifies.
    #[error("thing {index}: {error}")]
    Identity {
        /// Which.
        index: usize,
        /// What is wrong.
        error: IdentityError,
    },
}

/// For whom, and of what kind.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The ledger.
    pub ledger: LedgerId,
    /// In which registry.
    pub registry: RegistryId,
    /// What kind of things.
    pub schema: Schema,
    /// Ed25519 key of whoever may claim them.
    pub holder: [u8; 32],
}

/// A batch, and the certificates of its things in their order.
#[derive(Debug)]
pub struct Prepared {
    /// To be registered.
    pub batch: Batch,
    /// To be handed to the owner.
    pub certificates: Vec<Certificate>,
    /// How many things look like others that stand before them in the registry or in the batch.
    pub look_alikes: usize,
}

/// Prepares the next batch of an issuer, on all cores. It says of every thing that it is another one than those of the same
/// measures: that is the issuer's word, and its affair to have compared them. If some of these are of another issuer, or things of
/// the batch lack measures, it is to be approved by the registrar.
///
/// # Errors
/// [`BatchError`] names the thing.
pub fn prepare(
    keys: &ProvenanceKeys,
    marks: &MarkKey,
    state: &Provenance,
    setting: &Setting,
    things: Vec<Vec<Value>>,
) -> Result<Prepared, BatchError> {
    let Setting { ledger, registry, schema, holder } = *setting;
    let known = state.registry(&registry).ok_or(BatchError::UnknownRegistry(registry))?;
    if known.registry.mark_key != marks.digest() {
        return Err(BatchError::MarkKey);
    }
    let issuer = keys.public(Role::Issuer);
    let own = known.issuers.get(&issuer).filter(|own| own.is_authorised).ok_or(BatchError::Unauthorised)?;
    if things.is_empty() || things.len() > MAX_STONES {
        return Err(BatchError::Size);
    }
    let id = BatchId::derive(registry, &issuer, own.next);
    let made: Vec<(Certificate, [u8; 32], Marks)> = things
        .into_par_iter()
        .enumerate()
        .map(|(index, values)| {
            let attributes = schema.attributes();
            if values.len() != attributes.len() {
                return Err(BatchError::Count { index });
            }
            for (value, attribute) in values.iter().zip(attributes) {
                value.check(attribute).map_err(|error| BatchError::Value { index, error })?;
            }
            let marks = marks.marks(schema, &values).map_err(|error| BatchError::Identity { index, error })?;
            let secret = keys.certificate_secret(id, u32::try_from(index).unwrap_or(u32::MAX));
            let certificate = Certificate::new(ledger, registry, issuer, schema, values, secret);
            let certificate = certificate.ok_or(BatchError::Count { index })?;
            let root = certificate.tree().root();
            Ok((certificate, root, marks))
        })
        .collect::<Result<_, _>>()?;
    let mut counts: BTreeMap<Mark, u32> = BTreeMap::new();
    let (mut stones, mut certificates) = (Vec::with_capacity(made.len()), Vec::with_capacity(made.len()));
    let (mut is_approved, mut look_alikes) = (false, 0);
    for (certificate, root, marks) in made {
        is_approved |= marks.likeness.is_none() && schema.has_measures();
        let likeness = marks.likeness.map(|mark| {
            let count = counts.entry(mark).or_insert_with(|| state.look_alikes(registry, mark));
            let told_apart = *count;
            *count = count.saturating_add(1);
            is_approved |= !state.look_alikes_are_of(registry, mark, &issuer);
            look_alikes += usize::from(told_apart > 0);
            Likeness { mark, told_apart }
        });
        stones.push(Stone { root, marks: marks.identity, likeness });
        certificates.push(certificate);
    }
    let batch = Batch { registry, issuer, number: own.next, schema, holder, is_approved, stones };
    Ok(Prepared { batch, certificates, look_alikes })
}
