//! A forger's tools: to alter one thing in a record, and to sign again whatever a cheating ledger or authority could.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken fixture is a failed test")]

use ed25519_dalek::{Signer, SigningKey};
use tabella_ledger::signer::CheckpointSigner;
use tabella_protocol::{
    election::{
        BallotCast, Close, ElectionAction, ElectionId, ElectionRecord, Opening, Publication, authority_message,
    },
    statement::{CastInstance, TransferInstance},
    transaction::{LoggedTransaction, Transaction, TransferStatement},
};
use tabella_verifier::{
    election::election_log,
    log::{Checkpoint, CompactTree},
};

use crate::fixture::Fixture;

/// Puts a checkpoint into the record that the ledger signs over its entries as they are.
pub fn sign_record(record: &mut ElectionRecord, signer: &CheckpointSigner, election: ElectionId) {
    let mut tree = CompactTree::new();
    for entry in &record.entries {
        tree.append(&borsh::to_vec(entry).unwrap()).unwrap();
    }
    let log = election_log(signer.verifier().name(), election).unwrap();
    let signed = signer.sign(Checkpoint::new(log, tree.size(), tree.root()));
    record.checkpoint = String::from_utf8(signed.to_bytes()).unwrap();
}

impl Fixture {
    /// The record with an alteration, over which the ledger signs its log anew.
    pub fn forged_by_ledger(&self, alter: impl FnOnce(&mut ElectionRecord)) -> ElectionRecord {
        let mut record = self.record.clone();
        alter(&mut record);
        let opening = record.entries.first().and_then(|entry| entry.transaction.effects.actions.first());
        let first = opening.and_then(|action| match borsh::from_slice(&action.body).unwrap() {
            ElectionAction::Open(opening) => Some(opening.manifest.id()),
            _ => None,
        });
        sign_record(&mut record, &self.signer(), first.unwrap_or(crate::fixture::OTHER_ELECTION));
        record
    }

    /// The record with an alteration for which the authority signs a close of the altered log, its numbers as they were, and
    /// the ledger the log: only a rule on the altered part itself can refuse it.
    pub fn forged_by_ledger_and_authority(&self, alter: impl FnOnce(&mut ElectionRecord)) -> ElectionRecord {
        self.forged_by_ledger(|record| {
            alter(record);
            close_again(&mut record.entries, &self.authority());
        })
    }

    /// The record with another opening, signed by authority and ledger.
    pub fn forged_opening(&self, alter: impl FnOnce(&mut Opening)) -> ElectionRecord {
        self.forged_by_ledger(|record| edit_opening(&mut record.entries[0].transaction, Some(&self.authority()), alter))
    }
}

/// Has each close name the root of the entries before it, and signs it.
pub fn close_again(entries: &mut [LoggedTransaction], authority: &SigningKey) {
    let mut log = CompactTree::new();
    for entry in entries {
        let actions = &entry.transaction.effects.actions;
        let action = actions.first().and_then(|action| borsh::from_slice::<ElectionAction>(&action.body).ok());
        if let Some(ElectionAction::Close(close)) = action
            && close.root != *log.root().as_bytes()
        {
            edit_close(entry, Some(authority), |close| close.root = *log.root().as_bytes());
        }
        log.append(&borsh::to_vec(entry).unwrap()).unwrap();
    }
}

/// The action of a transaction that has one.
pub fn action(transaction: &Transaction) -> ElectionAction {
    borsh::from_slice(&transaction.effects.actions[0].body).unwrap()
}

/// Alters the action of a transaction; whoever has the authority's key signs it.
pub fn edit_action(
    transaction: &mut Transaction,
    authority: Option<&SigningKey>,
    alter: impl FnOnce(&mut ElectionAction),
) {
    let mut altered = action(transaction);
    alter(&mut altered);
    transaction.effects.actions[0].body = borsh::to_vec(&altered).unwrap();
    if let Some(key) = authority {
        sign(transaction, key);
    }
}

/// Signs an action of the authority.
pub fn sign(transaction: &mut Transaction, key: &SigningKey) {
    let signature = key.sign(&authority_message(transaction.effects.digest()));
    transaction.action_proofs = vec![signature.to_bytes().to_vec()];
}

/// Alters an opening.
pub fn edit_opening(transaction: &mut Transaction, authority: Option<&SigningKey>, alter: impl FnOnce(&mut Opening)) {
    edit_action(transaction, authority, |action| match action {
        ElectionAction::Open(opening) => alter(opening),
        _ => panic!("not an opening"),
    });
}

/// Alters a ballot's action.
pub fn edit_ballot(entry: &mut LoggedTransaction, alter: impl FnOnce(&mut BallotCast)) {
    edit_action(&mut entry.transaction, None, |action| match action {
        ElectionAction::Cast(cast) => alter(cast),
        _ => panic!("not a ballot"),
    });
}

/// Alters a close.
pub fn edit_close(entry: &mut LoggedTransaction, authority: Option<&SigningKey>, alter: impl FnOnce(&mut Close)) {
    edit_action(&mut entry.transaction, authority, |action| match action {
        ElectionAction::Close(close) => alter(close),
        _ => panic!("not a close"),
    });
}

/// Alters a publication.
pub fn edit_publication(
    entry: &mut LoggedTransaction,
    authority: Option<&SigningKey>,
    alter: impl FnOnce(&mut Publication),
) {
    edit_action(&mut entry.transaction, authority, |action| match action {
        ElectionAction::Publish(publication) => alter(publication),
        _ => panic!("not a publication"),
    });
}

/// The statement of the only transfer, of shape Cast.
pub fn cast(entry: &mut LoggedTransaction) -> &mut CastInstance {
    match &mut entry.transaction.effects.transfers[0].statement {
        TransferStatement::Cast(instance) => instance,
        TransferStatement::Transfer { .. } => panic!("not a cast"),
    }
}

/// The statement of the only transfer, of shape Transfer.
pub fn transfer(entry: &mut LoggedTransaction) -> &mut TransferInstance {
    match &mut entry.transaction.effects.transfers[0].statement {
        TransferStatement::Transfer { instance, .. } => instance,
        TransferStatement::Cast(_) => panic!("not a transfer"),
    }
}
