//! A certificate: what is known of a thing, and the secret that opens it, attribute by attribute. Its owner hands it on with the
//! thing; whoever has it reads everything, and can show any of it.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    hash::blake2b_512,
    note::{AssetId, NoteValue},
    ristretto::CanonicalScalar,
    secret::Secret,
    transaction::LedgerId,
};
use tabella_provenance_rules::{
    Provenance,
    attribute::{Opening, Tree, Value, description, pedersen},
    domain,
    presentation::{Bounds, Challenge, Presentation, Shown, context, range_statement},
    registry::RegistryId,
    schema::{Attribute, Kind, Schema},
};
use tabella_prover::account::{AmountOpening, prove_range};
use tabella_verifier::files::PublicFile;
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a certificate is none, or shows nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// Of another ledger.
    #[error("the certificate is of ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// Altered, or never registered.
    #[error(
        "nothing is registered with exactly these attributes, this issuer and this registry: the certificate is altered or forged"
    )]
    NotRegistered,
    /// No such attribute.
    #[error("a {schema} has no attribute \"{name}\"")]
    Attribute {
        /// The schema.
        schema: Schema,
        /// The name.
        name: String,
    },
    /// Twice.
    #[error("attribute {0} is asked for twice")]
    Twice(&'static str),
    /// No number to be compared.
    #[error("attribute {0} holds no number: it can be shown, and nothing can be proved of it")]
    NoNumber(&'static str),
    /// Outside.
    #[error("attribute {0} is not within these bounds")]
    Outside(&'static str),
    /// The proof could not be made.
    #[error("the range proof of attribute {0} could not be made")]
    Proof(&'static str),
}

/// What a verifier wants to know of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its value.
    Value,
    /// That its number is within bounds.
    Within(Bounds),
}

/// What a verifier asks for, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The attribute.
    pub attribute: String,
    /// What of it.
    pub wanted: Wanted,
}

/// What is known of a thing. `Debug` prints nothing of it.
#[derive(Clone)]
pub struct Certificate {
    ledger: LedgerId,
    registry: RegistryId,
    issuer: [u8; 32],
    schema: Schema,
    /// One for each attribute of the schema.
    values: Vec<Value>,
    secret: Secret<[u8; 32]>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(<secret>)")
    }
}

impl BorshSerialize for Certificate {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (self.ledger, self.registry, self.issuer, self.schema).serialize(writer)?;
        self.values.iter().try_for_each(|value| value.serialize(writer))?;
        self.secret.expose().serialize(writer)
    }
}

impl BorshDeserialize for Certificate {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (ledger, registry, issuer, schema) =
            <(LedgerId, RegistryId, [u8; 32], Schema)>::deserialize_reader(reader)?;
        let mut values = Vec::with_capacity(schema.attributes().len());
        for attribute in schema.attributes() {
            let value = Value::deserialize_reader(reader)?;
            value.check(attribute).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            values.push(value);
        }
        let secret = Secret::new(<[u8; 32]>::deserialize_reader(reader)?);
        Ok(Self { ledger, registry, issuer, schema, values, secret })
    }
}

impl PublicFile for Certificate {
    const KIND: &'static str = "provenance certificate";
}

impl Certificate {
    /// The certificate of a thing. `None` unless there is one legal value for each attribute.
    #[must_use]
    pub fn new(
        ledger: LedgerId,
        registry: RegistryId,
        issuer: [u8; 32],
        schema: Schema,
        values: Vec<Value>,
        secret: Secret<[u8; 32]>,
    ) -> Option<Self> {
        let attributes = schema.attributes();
        let are_legal = values.len() == attributes.len()
            && values.iter().zip(attributes).all(|(value, attribute)| value.check(attribute).is_ok());
        are_legal.then_some(Self { ledger, registry, issuer, schema, values, secret })
    }

    /// In which registry.
    #[must_use]
    pub const fn registry(&self) -> RegistryId {
        self.registry
    }

    /// Ed25519 key of its issuer.
    #[must_use]
    pub const fn issuer(&self) -> &[u8; 32] {
        &self.issuer
    }

    /// What kind of thing.
    #[must_use]
    pub const fn schema(&self) -> Schema {
        self.schema
    }

    /// The attributes with their values.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static Attribute, &Value)> {
        self.schema.attributes().iter().zip(&self.values)
    }

    /// The value of an attribute; `None` if the schema has none of the name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(usize::from(self.schema.index(name)?))
    }

    /// What opens the leaf of an index. Salts and blinding factors are `BLAKE2b-512("Tabella_OriSalt_", secret || index)`: its
    /// first half, or all of it modulo the group's order.
    fn opening(&self, index: u8) -> Option<Opening> {
        let value = self.values.get(usize::from(index))?;
        let bytes = Zeroizing::new(blake2b_512(domain::SALT, &[self.secret.expose(), &[index]]));
        let mut salt = [0; 32];
        salt.copy_from_slice(&bytes[..32]);
        Some(match value {
            Value::Empty => Opening::Empty { salt },
            Value::Text(text) => Opening::Text { text: text.clone(), salt },
            Value::Number(number) => {
                let blinding = CanonicalScalar(Scalar::from_bytes_mod_order_wide(&bytes));
                Opening::Number { number: *number, blinding }
            }
        })
    }

    /// The tree of the attributes.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let leaves = (0u8..).zip(&self.values).filter_map(|(index, _)| Some(self.opening(index)?.leaf(index)));
        Tree::new(&leaves.collect::<Vec<_>>()).expect("a schema has at most 64 attributes")
    }

    /// The asset of the thing; `None` with negligible probability.
    #[must_use]
    pub fn asset(&self) -> Option<AssetId> {
        description(self.registry, self.schema, self.issuer, &self.tree().root()).id()
    }

    /// Checks that exactly this is registered on a ledger, and gives the asset. (Whether the issuer is one still, and whether a
    /// theft is reported, the state tells.)
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check(&self, state: &Provenance, ledger: LedgerId) -> Result<AssetId, CertificateError> {
        if self.ledger != ledger {
            return Err(CertificateError::Ledger(self.ledger));
        }
        let asset = self.asset().ok_or(CertificateError::NotRegistered)?;
        state.stone(&asset).map(|_| asset).ok_or(CertificateError::NotRegistered)
    }

    /// Shows some attributes to a verifier who asked with a challenge.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn present(
        &self,
        asks: &[Ask],
        challenge: Challenge,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Presentation, CertificateError> {
        let tree = self.tree();
        let asset = self.asset().ok_or(CertificateError::NotRegistered)?;
        let mut shown = std::collections::BTreeMap::new();
        for ask in asks {
            let unknown = || CertificateError::Attribute { schema: self.schema, name: ask.attribute.clone() };
            let attribute = self.schema.index(&ask.attribute).ok_or_else(unknown)?;
            let name = self.schema.attribute(attribute).ok_or_else(unknown)?.name;
            let (opening, path) = self.opening(attribute).zip(tree.path(attribute)).ok_or_else(unknown)?;
            let one = match ask.wanted {
                Wanted::Value => Shown::Opened { attribute, opening, path },
                Wanted::Within(bounds) => {
                    let Opening::Number { number, blinding } = opening else {
                        return Err(CertificateError::NoNumber(name));
                    };
                    let commitment = pedersen(number, &blinding.0);
                    let statement = range_statement(asset, attribute, challenge, &commitment, bounds)
                        .ok_or(CertificateError::Outside(name))?;
                    let openings = differences(number, &blinding.0, bounds).ok_or(CertificateError::Outside(name))?;
                    let proof = prove_range(&context(self.ledger), &statement, &openings, rng)
                        .map_err(|_| CertificateError::Proof(name))?;
                    Shown::Range { attribute, commitment, path, bounds, proof }
                }
            };
            if shown.insert(attribute, one).is_some() {
                return Err(CertificateError::Twice(name));
            }
        }
        Ok(Presentation { ledger: self.ledger, asset, shown: shown.into_values().collect() })
    }
}

/// The openings of `C - least·B` and `most·B - C`; `None` outside of the bounds.
fn differences(number: u64, blinding: &Scalar, bounds: Bounds) -> Option<Vec<AmountOpening>> {
    let mut openings = Vec::new();
    if let Some(least) = bounds.at_least {
        openings.push(AmountOpening::new(NoteValue(number.checked_sub(least)?), *blinding));
    }
    if let Some(most) = bounds.at_most {
        openings.push(AmountOpening::new(NoteValue(most.checked_sub(number)?), -blinding));
    }
    Some(openings)
}

/// The number of an attribute that text states, for bounds.
#[must_use]
pub fn number_of(schema: Schema, name: &str, text: &str) -> Option<u64> {
    let attribute = schema.attribute(schema.index(name)?)?;
    match attribute.kind {
        Kind::Number { .. } => tabella_provenance_rules::attribute::parse_number(attribute, text).ok(),
        Kind::Text => None,
    }
}
