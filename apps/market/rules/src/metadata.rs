//! What is said of a work beside the ledger: names, roles, identifiers. The ledger holds its digest alone.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tabella_protocol::hash::blake2b_256;

use crate::domain::personal;

/// A description of a recording, in the words of DDEX. Who is given the file checks it against the work's digest.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The recording's title.
    pub title: String,
    /// Who is shown as its artist.
    pub artist: String,
    /// International Standard Recording Code, if it has one.
    #[serde(default)]
    pub isrc: String,
    /// Identifier of the release that is sold (GRid, ICPN or the seller's own), if it has one.
    #[serde(default)]
    pub release: String,
    /// The parties, in the order of the work's holders.
    pub parties: Vec<PartyName>,
    /// Random, in hexadecimal: without it, nobody tries names against the digest.
    pub salt: String,
}

/// The name of a holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyName {
    /// Name.
    pub name: String,
    /// What the party did: a contributor role of DDEX, such as `Composer`, `Lyricist`, `MainArtist`, `Producer`.
    pub role: String,
    /// Identifier of the party (DPID, IPI, ISNI), if there is one.
    #[serde(default)]
    pub id: String,
}

impl Metadata {
    /// `BLAKE2b-256("Tabella_MktMeta_", borsh of the fields in order)`.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        blake2b_256(personal::METADATA, &[&borsh::to_vec(self).expect("writing to memory")])
    }
}
