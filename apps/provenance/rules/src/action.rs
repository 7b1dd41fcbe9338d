//! What registrars, issuers and owners do, and what shows that they may.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    hash::blake2b_256,
    list::read_list,
    note::AssetId,
    transaction::{Action, SignatureBytes, TransactionDigest},
};

use crate::{
    APPLICATION, domain,
    registry::{Mark, Registry, RegistryId},
    schema::Schema,
};

/// Most things of one batch.
pub const MAX_STONES: usize = 4096;
/// Most marks of one thing.
pub const MAX_MARKS: usize = 2;

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// Whoever founded the registry.
    Registrar,
    /// An issuer of certificates.
    Issuer,
    /// Whoever may claim the things of a batch.
    Holder,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registrar => "registrar",
            Self::Issuer => "issuer",
            Self::Holder => "holder",
        })
    }
}

/// Who reports and lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Authority {
    /// The registrar of the thing's registry.
    Registrar,
    /// The issuer of the thing's certificate.
    Issuer,
}

impl Authority {
    /// As a role.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Registrar => Role::Registrar,
            Self::Issuer => Role::Issuer,
        }
    }
}

/// That a thing looks like others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Likeness {
    /// Hash of its measures, rounded.
    pub mark: Mark,
    /// How many things of the same measures stand in the registry before it. The issuer says by this number that it has told
    /// all of them apart from this one.
    pub told_apart: u32,
}

/// A thing, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stone {
    /// Root of the tree of its attributes.
    pub root: [u8; 32],
    /// What identifies it and nothing else, 1 or 2, ascending.
    #[borsh(deserialize_with = "read_list::<MAX_MARKS, Mark, _>")]
    pub marks: Vec<Mark>,
    /// Its measures, if it has been measured. If not, and its kind has measures, the registrar approves the batch.
    pub likeness: Option<Likeness>,
}

/// Things that an issuer registers together.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Batch {
    /// In which registry.
    pub registry: RegistryId,
    /// Ed25519 key of the issuer.
    pub issuer: [u8; 32],
    /// 0 for the issuer's first batch in the registry, then consecutive.
    pub number: u64,
    /// What kind of things.
    pub schema: Schema,
    /// Ed25519 key of whoever may claim them.
    pub holder: [u8; 32],
    /// Whether the registrar signs as well: that things of other issuers which look like these are others, and that what was not
    /// measured is registered for the first time.
    pub is_approved: bool,
    /// The things, 1 to 4096.
    #[borsh(deserialize_with = "read_list::<MAX_STONES, Stone, _>")]
    pub stones: Vec<Stone>,
}

impl Batch {
    /// How many things of it lack measures that their kind has.
    #[must_use]
    pub fn unmeasured(&self) -> usize {
        let lack = self.stones.iter().filter(|stone| stone.likeness.is_none());
        if self.schema.has_measures() { lack.count() } else { 0 }
    }
}

/// The body of an action of the application `origin`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ProvenanceAction {
    /// A registry is founded. Signed by its registrar.
    Found(Box<Registry>),
    /// An issuer may register from now on, or may not any more. Signed by the registrar.
    Issuer {
        /// In which registry.
        registry: RegistryId,
        /// The registry's version; one more afterwards.
        version: u64,
        /// Ed25519 key of the issuer.
        issuer: [u8; 32],
        /// Its name.
        name: String,
        /// Whether it may.
        is_authorised: bool,
    },
    /// Things are registered. Signed by the issuer, and by the registrar if the batch says so.
    Register(Box<Batch>),
    /// The note of a thing is made, by an issue that is a later action of the same transaction. Signed by the batch's holder; the
    /// issuer signs the issue.
    Claim {
        /// Which thing.
        asset: AssetId,
    },
    /// A thing was stolen: it moves no more. Signed by the authority.
    Report {
        /// Which thing.
        asset: AssetId,
        /// The thing's version; one more afterwards.
        version: u64,
        /// Who reports.
        by: Authority,
    },
    /// A thing was found. Signed by the authority.
    Lift {
        /// Which thing.
        asset: AssetId,
        /// The thing's version; one more afterwards.
        version: u64,
        /// Who lifts.
        by: Authority,
    },
}

impl ProvenanceAction {
    /// The action as a transaction carries it.
    #[must_use]
    pub fn action(&self) -> Action {
        Action { application: APPLICATION, body: borsh::to_vec(self).expect("writing to memory") }
    }
}

/// The proof of an action: exactly the signatures that it needs, of [`message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProvenanceProof {
    /// Of whoever acts.
    pub signature: SignatureBytes,
    /// Of the registrar, under an approved batch.
    pub approval: Option<SignatureBytes>,
}

/// What is signed: `BLAKE2b-256("Tabella_OriSign_", role (1 byte) || digest of the transaction)`. The digest covers the ledger
/// and everything in the transaction.
#[must_use]
pub fn message(role: Role, digest: TransactionDigest) -> [u8; 32] {
    let role = match role {
        Role::Registrar => 0,
        Role::Issuer => 1,
        Role::Holder => 2,
    };
    blake2b_256(domain::SIGN, &[&[role], digest.as_bytes()])
}
