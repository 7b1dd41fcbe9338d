//! An application that only this test registers: it uses transfers as it is told. The core does not know it.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    bridge::BridgeProof,
    jubjub::JubjubPoint,
    note::{AssetId, Contract, Guard, NoteCommitment, NoteValue, Nullifier, Timestamp},
    ristretto::Element,
    statement::Mode,
    transaction::{Action, ApplicationId},
};
use tabella_verifier::application::{Application, Place, UseError};

#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) enum Amount {
    Public(NoteValue),
    Bridged(Element),
    Deferred,
}

/// Uses of transfers, in order.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Uses(pub(crate) Vec<(u32, Mode, AssetId, Amount)>);

impl Uses {
    pub(crate) fn action(&self) -> Action {
        Action { application: Tester::ID, body: borsh::to_vec(self).unwrap() }
    }
}

/// What was used: nullifier, tagged note and its contract, C.
pub(crate) type Record = (Nullifier, Option<NoteCommitment>, Option<Contract>, Option<JubjubPoint>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Tester {
    pub(crate) used: Vec<Record>,
}

impl Application for Tester {
    const ID: ApplicationId = ApplicationId(*b"tester\0\0");
    type Body = Uses;
    type Proof = Vec<BridgeProof>;
    type Changes = Vec<Record>;
    type Error = UseError;

    fn check(
        &self,
        changes: &mut Vec<Record>,
        Uses(uses): Uses,
        proofs: Vec<BridgeProof>,
        place: &mut Place<'_>,
    ) -> Result<(), UseError> {
        let mut proofs = proofs.into_iter();
        for (transfer, mode, asset, amount) in uses {
            let used = match amount {
                Amount::Public(value) => place.use_public(transfer, mode, asset, value)?,
                Amount::Bridged(element) => {
                    place.use_bridged(transfer, mode, asset, element, proofs.next().unwrap())?
                }
                Amount::Deferred => place.use_deferred(transfer, mode, asset)?.0,
            };
            changes.push((used.nullifier(), used.output(), used.contract().copied(), used.value_commitment()));
        }
        Ok(())
    }

    fn execute(&mut self, mut changes: Vec<Record>) {
        self.used.append(&mut changes);
    }

    /// It claims that every guard is open: the ledger believes it for its own alone.
    fn open_guard(&self, _: &Guard, _: Timestamp) -> Option<[u8; 32]> {
        Some([5; 32])
    }
}
