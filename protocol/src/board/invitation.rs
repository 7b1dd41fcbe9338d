//! Invitations: how somebody who has no key yet tells the authority an address or a card, through a node that nobody
//! trusts.
//!
//! The authority's program draws a token for each person and puts it into a link, behind the `#`, which no browser sends.
//! The node has the hash of the token's hash: it sees that whoever registers was invited, and cannot register in his
//! place, because what is registered is authenticated with the token itself.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::{
    ceremony::TrusteeCard, domain::personal, election::RegistrationId, hash::blake2b_256, keys::Address,
    list::read_list, secret::Secret, transaction::hash_newtype,
};

/// Most ids of one message.
pub const MAX_INVITATIONS: usize = 100_000;
/// Longest content of a registration, in bytes: a trustee's card with its name.
pub const MAX_CONTENT_BYTES: usize = 1_024;

/// What somebody is invited as. Encoding: one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// A voter, who registers a voting address.
    Voter,
    /// A trustee, who registers a card.
    Trustee,
}

impl Role {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voter => "voter",
            Self::Trustee => "trustee",
        }
    }
}

/// What a link carries: 128 random bits for one person. Text form: 32 hexadecimal digits.
#[derive(Clone, Debug)]
pub struct Token(Secret<[u8; 16]>);

hash_newtype! {
    /// What a node is shown of a token: that whoever registers has it.
    Claim
}
hash_newtype! {
    /// What a node knows of an invitation beforehand.
    InvitationId
}

impl Token {
    /// A new token.
    #[must_use]
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    /// Wraps a token's bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        self.0.expose()
    }

    /// BLAKE2b-256 (`Tabella_Invite__`) of `0 || role || token`.
    #[must_use]
    pub fn claim(&self, role: Role) -> Claim {
        Claim(blake2b_256(personal::INVITATION, &[&[0, role as u8], self.expose()]))
    }

    /// BLAKE2b-256 keyed with the token (`Tabella_InviteMc`) of `board || role || content as a byte string`.
    fn authenticate(&self, board: RegistrationId, role: Role, content: &[u8]) -> [u8; 32] {
        let mut state =
            blake2b_simd::Params::new().hash_length(32).key(self.expose()).personal(personal::REGISTRATION).to_state();
        let bytes = borsh::to_vec(&(board, role, content)).expect("writing to memory");
        let mut mac = [0; 32];
        mac.copy_from_slice(state.update(&bytes).finalize().as_bytes());
        mac
    }
}

impl Claim {
    /// BLAKE2b-256 (`Tabella_Invite__`) of `1 || claim`.
    #[must_use]
    pub fn id(&self) -> InvitationId {
        InvitationId(blake2b_256(personal::INVITATION, &[&[1], self.as_bytes()]))
    }
}

/// An invitation, as the person who is invited has it: from a link.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The board.
    pub board: RegistrationId,
    /// What the person is invited as.
    pub role: Role,
    /// The token.
    pub token: Token,
}

impl Invitation {
    /// The invitation's id on the board.
    #[must_use]
    pub fn id(&self) -> InvitationId {
        self.token.claim(self.role).id()
    }

    /// What a voter registers.
    #[must_use]
    pub fn register_voter(&self, address: &Address) -> Registration {
        self.register(borsh::to_vec(address).expect("writing to memory"))
    }

    /// What a trustee registers.
    #[must_use]
    pub fn register_trustee(&self, card: &TrusteeCard) -> Registration {
        self.register(borsh::to_vec(card).expect("writing to memory"))
    }

    pub(super) fn register(&self, content: Vec<u8>) -> Registration {
        let mac = self.token.authenticate(self.board, self.role, &content);
        Registration { board: self.board, role: self.role, claim: self.token.claim(self.role), content, mac }
    }
}

/// Body of a message of kind [`super::MessageKind::Invitations`]: who may register. Encoding: borsh; the ids ascend, so that
/// their order says nothing of the people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Invitations {
    role: Role,
    ids: Vec<InvitationId>,
}

impl Invitations {
    /// Invitations for one role; sorted, each once. `None` if there are more than [`MAX_INVITATIONS`].
    #[must_use]
    pub fn new(role: Role, mut ids: Vec<InvitationId>) -> Option<Self> {
        ids.sort_unstable();
        ids.dedup();
        (ids.len() <= MAX_INVITATIONS).then_some(Self { role, ids })
    }

    /// What they invite to.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The ids, ascending.
    #[must_use]
    pub fn ids(&self) -> &[InvitationId] {
        &self.ids
    }
}

impl BorshDeserialize for Invitations {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let role = Role::deserialize_reader(reader)?;
        let ids = read_list::<MAX_INVITATIONS, InvitationId, R>(reader)?;
        if !ids.is_sorted_by(|a, b| a < b) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the ids of invitations ascend, each once"));
        }
        Ok(Self { role, ids })
    }
}

/// What somebody who was invited tells the authority. Encoding: borsh.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Registration {
    /// The board.
    pub board: RegistrationId,
    /// What the person was invited as.
    pub role: Role,
    /// Shows the node that there is a token.
    pub claim: Claim,
    /// The address or the card, at most [`MAX_CONTENT_BYTES`].
    #[borsh(deserialize_with = "read_content")]
    content: Vec<u8>,
    /// Shows whoever knows the token that the content is that of whoever else knows it.
    pub mac: [u8; 32],
}

fn read_content<R: io::Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    read_list::<MAX_CONTENT_BYTES, u8, R>(reader)
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("board", &self.board).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// A voter's address.
    Voter(Box<Address>),
    /// A trustee's card, signed by its own key.
    Trustee(Box<TrusteeCard>),
}

/// Why a registration is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The content is no voting address.
    #[error("the registration holds no voting address")]
    Address,
    /// The content is no card, or its signature is wrong.
    #[error("the registration holds no trustee's card with a right signature")]
    Card,
    /// It is of another board, role or token.
    #[error("the registration belongs to another invitation")]
    OtherInvitation,
    /// The content was not written by whoever has the token.
    #[error(
        "the registration was altered on its way: it is not authenticated with the invitation's token. Invite the person anew, and do not use this node"
    )]
    Mac,
}

impl Registration {
    /// A registration with whatever parts, as a cheat would make it.
    #[must_use]
    pub const fn from_parts(board: RegistrationId, role: Role, claim: Claim, content: Vec<u8>, mac: [u8; 32]) -> Self {
        Self { board, role, claim, content, mac }
    }

    /// The invitation that it uses up.
    #[must_use]
    pub fn id(&self) -> InvitationId {
        self.claim.id()
    }

    /// The content's bytes.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Reads the content. That it is what the invited person registered is for [`Self::check`] to say.
    ///
    /// # Errors
    /// [`RegistrationError::Address`], [`RegistrationError::Card`].
    pub fn read(&self) -> Result<Registered, RegistrationError> {
        match self.role {
            Role::Voter => {
                let address: Address = borsh::from_slice(&self.content).map_err(|_| RegistrationError::Address)?;
                if address.transmission_key().is_identity() {
                    return Err(RegistrationError::Address);
                }
                Ok(Registered::Voter(Box::new(address)))
            }
            Role::Trustee => {
                let card: TrusteeCard = borsh::from_slice(&self.content).map_err(|_| RegistrationError::Card)?;
                card.verify().map_err(|_| RegistrationError::Card)?;
                Ok(Registered::Trustee(Box::new(card)))
            }
        }
    }

    /// What the authority checks, who knows the token: that the person whom she gave the token registered exactly this.
    ///
    /// # Errors
    /// [`RegistrationError`], one variant for each rule.
    pub fn check(&self, invitation: &Invitation) -> Result<Registered, RegistrationError> {
        let claim = invitation.token.claim(invitation.role);
        if self.board != invitation.board || self.role != invitation.role || self.claim != claim {
            return Err(RegistrationError::OtherInvitation);
        }
        let mac = invitation.token.authenticate(self.board, self.role, &self.content);
        if !bool::from(mac.ct_eq(&self.mac)) {
            return Err(RegistrationError::Mac);
        }
        self.read()
    }
}
