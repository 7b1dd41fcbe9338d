//! Accounts: money out of the pool and back, and whoever tries to have more of it.

mod attacks;
mod honest;

use curve25519_dalek::scalar::Scalar;
use rand_core::OsRng;
use tabella_protocol::{
    account::{AccountAction, AccountId, AccountProof, Amount, DepositId, OpenAccount, ReturnTo, SealedOpening},
    note::{NoteValue, Timestamp},
    note_encryption::Memo,
    secret::Secret,
    statement::Shape,
    transaction::{Action, LoggedTransaction, Transaction, TransactionEffects, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountBook, AccountHistory, AccountKeys, AmountOpening, HistoryError},
    builder::{Blinding, SpendableNote, TransactionBuilder, UnprovenTransfer},
};
use tabella_verifier::{
    accounts::{AccountRejection, Accounts},
    application::Application as _,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
};

use crate::{
    scene::{NOW, Scene, no_proof, time},
    transfers::payer,
};

/// Before this deposits are accepted, from this on they go back.
const DEADLINE: u64 = NOW + 600;

/// A ledger's state in memory. Groth16 proofs are left out and forgiven; everything else is verified.
struct Bank {
    scene: Scene,
    state: LedgerState,
    now: u64,
    alice: AccountKeys,
    /// What was accepted.
    log: Vec<Transaction>,
}

fn keys(byte: u8) -> AccountKeys {
    AccountKeys::new(&Secret::new([byte; 32]))
}

fn opening(scene: &Scene, keys: &AccountKeys) -> OpenAccount {
    OpenAccount { owner: keys.owner(), viewer: keys.viewer(), asset: scene.asset(), nonce: [1; 32] }
}

fn action(action: &AccountAction) -> Action {
    Action { application: Accounts::ID, body: borsh::to_vec(action).unwrap() }
}

/// The index of the one action in its transaction.
fn place(effects: &TransactionEffects) -> ProofContext {
    ProofContext { ledger: effects.ledger, digest: effects.digest(), index: 0 }
}

fn opened(value: u64) -> AmountOpening {
    AmountOpening::new(NoteValue(value), Scalar::from(1_000u64) + Scalar::from(value))
}

/// The rule that refused.
fn rule(outcome: Result<Culprits, LedgerRejection>) -> AccountRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => *rejection.reason().unwrap(),
        other => panic!("{other:?}"),
    }
}

impl Bank {
    /// With empty accounts of both. Alice has notes of 10 and 20.
    fn new() -> Self {
        let scene = Scene::with_notes(&[10, 20]);
        let state = scene.ledger.state().clone();
        let mut bank = Self { scene, state, now: NOW, alice: keys(1), log: Vec::new() };
        for keys in [keys(1), keys(2)] {
            let open = AccountAction::Open(opening(&bank.scene, &keys));
            bank.honest(None, &open, |effects| signed(&keys, effects));
        }
        bank
    }

    fn account(&self, keys: &AccountKeys) -> AccountId {
        opening(&self.scene, keys).id(self.state.id())
    }

    fn balance(&self, keys: &AccountKeys) -> tabella_verifier::accounts::Account {
        self.state.application::<Accounts>().unwrap().account(&self.account(keys)).unwrap().clone()
    }

    fn exit(&self, note: u64, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let setting = self.scene.setting();
        let note = self.scene.alice.wallet().unspent().find(|held| held.note().value.0 == note).unwrap();
        let path = self.scene.ledger.state().shielded().tree().path(note.position()).unwrap();
        let inputs = vec![SpendableNote { note: note.clone(), path }];
        payer(self.scene.alice.wallet(), &setting).exit(inputs, NoteValue(amount), blinding, &mut OsRng).unwrap()
    }

    fn enter(&self, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let (setting, wallet) = (self.scene.setting(), self.scene.bob.wallet());
        payer(wallet, &setting)
            .enter(self.scene.asset(), wallet.address(0), NoteValue(amount), Memo::empty(), blinding, &mut OsRng)
            .unwrap()
    }

    /// One action, with a transfer or without, and what its author makes of the effects.
    fn transaction(
        &self,
        transfer: Option<UnprovenTransfer>,
        actions: &[AccountAction],
        proof: impl Fn(&TransactionEffects) -> AccountProof,
    ) -> Transaction {
        let mut builder = TransactionBuilder::new(self.state.id());
        if let Some(transfer) = transfer {
            builder.add(transfer);
        }
        for one in actions {
            builder.add_action(action(one));
        }
        let proof = borsh::to_vec(&proof(builder.effects())).unwrap();
        let proven = builder.build().unwrap().prove(&no_proof, &mut OsRng).unwrap();
        let holder = if actions.iter().any(|action| matches!(action, AccountAction::Deposit { .. })) { 1 } else { 2 };
        let seed = tabella_protocol::keys::Seed::new([holder; 32]);
        let key = seed.account(&tabella_protocol::keys::Account::Payment(0));
        proven.sign(&key.spend_authorizing_key(), &mut OsRng).unwrap().finish(vec![proof; actions.len()]).unwrap()
    }

    /// Executes a transaction unless something but a missing Groth16 proof is wrong with it.
    fn submit(&mut self, transaction: Transaction) -> Result<Culprits, LedgerRejection> {
        let mut obligations = Obligations::new();
        let entry = LoggedTransaction { time: time(self.now), transaction };
        let checked = self.state.check(&entry, 7, &mut obligations)?;
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if culprits.is_empty() {
            self.log.push(entry.transaction.clone());
            self.state.execute(checked)?;
        }
        Ok(culprits)
    }

    fn attempt(
        &mut self,
        transfer: Option<UnprovenTransfer>,
        action: &AccountAction,
        proof: impl Fn(&TransactionEffects) -> AccountProof,
    ) -> Result<Culprits, LedgerRejection> {
        let transaction = self.transaction(transfer, std::slice::from_ref(action), proof);
        self.submit(transaction)
    }

    /// What everybody expects to pass.
    fn honest(
        &mut self,
        transfer: Option<UnprovenTransfer>,
        action: &AccountAction,
        proof: impl Fn(&TransactionEffects) -> AccountProof,
    ) -> DepositId {
        let transaction = self.transaction(transfer, std::slice::from_ref(action), proof);
        let id = DepositId::derive(transaction.effects.digest(), 0);
        assert_eq!(self.submit(transaction), Ok(Culprits::default()));
        id
    }

    /// Alice deposits a part of a note in an account, publicly.
    fn deposit_public(&mut self, to: AccountId, note: u64, amount: u64, return_to: ReturnTo) -> DepositId {
        let deposit = deposit(to, Amount::Public(NoteValue(amount)), None, return_to);
        let exit = self.exit(note, amount, Blinding::Public);
        self.honest(Some(exit), &deposit, |_| AccountProof::default())
    }

    /// Alice deposits a part of a note in an account, hidden.
    fn deposit_hidden(&mut self, to: AccountId, note: u64, opening: &AmountOpening, return_to: ReturnTo) -> DepositId {
        let deposit = deposit(to, opening.amount(), None, return_to);
        let exit = self.exit(note, opening.value().0, Blinding::Random);
        let bridge = bridged(&exit, opening);
        self.honest(Some(exit), &deposit, bridge)
    }

    /// Alice's account holds an amount, hidden, and this is her book.
    fn funded(&mut self, amount: u64) -> AccountBook {
        let account = self.account(&self.alice);
        let opening = opened(amount);
        let deposit = self.deposit_hidden(account, 20, &opening, ReturnTo::Account(account));
        let accept = AccountAction::Accept { account, version: 0, deposits: vec![deposit] };
        let keys = keys(1);
        self.honest(None, &accept, |effects| accepted(&keys, account, deposit, &opening, effects));
        let book = AccountBook::new(account).accepting([&opening]).unwrap();
        assert_eq!(self.balance(&keys).balance, book.commitment());
        book
    }
}

fn deposit(account: AccountId, amount: Amount, sealed: Option<SealedOpening>, return_to: ReturnTo) -> AccountAction {
    AccountAction::Deposit { account, transfer: 0, amount, sealed, return_to, deadline: time(DEADLINE) }
}

fn signed(keys: &AccountKeys, effects: &TransactionEffects) -> AccountProof {
    AccountProof { signature: Some(keys.sign(effects.digest())), ..AccountProof::default() }
}

/// The bridge from a transfer's C to an opening's commitment.
fn bridged(
    transfer: &UnprovenTransfer,
    opening: &AmountOpening,
) -> impl Fn(&TransactionEffects) -> AccountProof + use<> {
    let TransferStatement::Transfer { instance, .. } = &transfer.effects().statement else {
        panic!("not of shape {:?}", Shape::Transfer)
    };
    let (c, value, opening) = (instance.value_commitment, transfer.opening().unwrap(), opening.clone());
    move |effects| {
        let bridge = opening.bridge(&place(effects), c, &value, &mut OsRng).unwrap();
        AccountProof { bridge: Some(bridge), ..AccountProof::default() }
    }
}

fn accepted(
    keys: &AccountKeys,
    account: AccountId,
    deposit: DepositId,
    opening: &AmountOpening,
    effects: &TransactionEffects,
) -> AccountProof {
    let commitment = opening.commitment();
    let statement = tabella_protocol::account::OpeningStatement { account, deposit, commitment };
    let openings = vec![opening.prove(&place(effects), &statement, &mut OsRng)];
    AccountProof { openings, ..signed(keys, effects) }
}

fn later(seconds: u64) -> Timestamp {
    time(NOW + seconds)
}
