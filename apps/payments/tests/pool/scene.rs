//! A ledger in a temporary folder, an issuer and two people.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_ledger::{
    clock::ManualClock,
    node::{Accepted, Ledger, Refusal},
};
use tabella_payments::{
    holder::{Holder, Moment, PaymentOrder, Step},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription, Issue},
    keys::Seed,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    statement::Window,
    transaction::Transaction,
};
use tabella_prover::{
    builder::{PoolSetting, PreparedTransaction, SpendableNote, Unproven, UnprovenTransfer, WindowPolicy},
    parameters::Parameters,
};
pub(crate) use tabella_stage::testing::{no_proof, proving_keys as keys, time};
use tabella_verifier::{
    application::Applications,
    assets::IssueRejection,
    groth16::VerifyingKeys,
    log::Origin,
    shielded::ShieldedRejection,
    state::{LedgerRejection, standard_applications},
};

use crate::{freezes::Freezer, tester::Tester};

pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Scene {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) issuer: SigningKey,
    pub(crate) alice: Holder,
    pub(crate) bob: Holder,
    folder: tempfile::TempDir,
}

/// Those of every ledger, and two that only these tests have.
fn applications() -> Applications {
    standard_applications().with(Tester::default()).unwrap().with(Freezer::default()).unwrap()
}

pub(crate) fn alice() -> Holder {
    Holder::new(&Seed::new([1; 32]), 0)
}

pub(crate) fn issue_rule(rejection: IssueRejection) -> impl Fn(Result<Accepted, Refusal>) {
    move |outcome| assert_eq!(reason::<IssueRejection>(&outcome), Some(&rejection), "{outcome:?}")
}

/// The rule of an application that refused.
pub(crate) fn reason<E: std::error::Error + 'static>(outcome: &Result<Accepted, Refusal>) -> Option<&E> {
    match outcome {
        Err(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Application(rejection)))) => rejection.reason(),
        _ => None,
    }
}

pub(crate) fn rule(rejection: ShieldedRejection) -> Refusal {
    Refusal::Rule(LedgerRejection::Shielded(rejection))
}

pub(crate) fn parameters() -> Parameters {
    Parameters::development().unwrap()
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(time(NOW)));
        let name = Origin::new("ledger.test").unwrap();
        let directory = folder.path().join("ledger");
        let ledger =
            Ledger::create_with(&directory, name, VerifyingKeys::development(), applications(), clock.clone()).unwrap();
        Self {
            ledger,
            clock,
            issuer: SigningKey::from_bytes(&[3; 32]),
            alice: alice(),
            bob: Holder::new(&Seed::new([2; 32]), 0),
            folder,
        }
    }

    /// The same ledger, read again from the beginning.
    pub(crate) fn reopened(&self) -> Ledger {
        let directory = self.folder.path().join("ledger");
        Ledger::open_with(&directory, VerifyingKeys::development(), applications(), self.clock.clone()).unwrap()
    }

    /// With these notes of Alice.
    pub(crate) fn with_notes(values: &[u64]) -> Self {
        let mut scene = Self::new();
        let issue = scene.issue(values);
        scene.submit_issue(&issue).unwrap();
        scene.read();
        scene
    }

    pub(crate) fn description(&self) -> AssetDescription {
        AssetDescription {
            issuer: self.issuer.verifying_key().to_bytes(),
            name: "Crown".into(),
            decimals: 2,
            cap: 1_000,
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        }
    }

    pub(crate) fn asset(&self) -> AssetId {
        self.description().id().unwrap()
    }

    pub(crate) fn issue(&self, values: &[u64]) -> Issue {
        let notes: Vec<_> = values.iter().map(|value| (self.alice.wallet().address(0), NoteValue(*value))).collect();
        next_issue(self.ledger.state().assets(), self.description(), &notes, false, &mut OsRng).unwrap().1
    }

    pub(crate) fn submit_issue(&mut self, issue: &Issue) -> Result<Accepted, Refusal> {
        self.submit(sign_issue(&self.issuer, self.ledger.id(), issue).unwrap())
    }

    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<Accepted, Refusal> {
        self.ledger.submit(vec![transaction]).unwrap().pop().unwrap()
    }

    pub(crate) fn read(&mut self) {
        self.alice.read(&self.ledger).unwrap();
        self.bob.read(&self.ledger).unwrap();
    }

    pub(crate) fn order(&self, amount: u64) -> PaymentOrder {
        let memo = Memo::from_text("for the bread").unwrap();
        PaymentOrder { to: self.bob.wallet().address(0), asset: self.asset(), amount: NoteValue(amount), memo }
    }

    pub(crate) fn setting(&self) -> PoolSetting {
        let pool = self.ledger.state().shielded();
        PoolSetting {
            pool: pool.id(),
            anchor: pool.tree().root(),
            window: self.window(NOW),
            transfer_key: keys().transfer,
            cast_key: keys().cast,
            reveal: false,
        }
    }

    pub(crate) fn window(&self, now: u64) -> Window {
        WindowPolicy::default().window(time(now)).unwrap()
    }

    /// The first note that somebody can spend.
    pub(crate) fn spendable(&self, holder: &Holder) -> SpendableNote {
        let note = holder.wallet().unspent().next().unwrap();
        let path = self.ledger.state().shielded().tree().path(note.position()).unwrap();
        SpendableNote { note: note.clone(), path }
    }

    pub(crate) fn single(&self, transfer: UnprovenTransfer) -> PreparedTransaction<Unproven> {
        let mut builder = tabella_prover::builder::TransactionBuilder::new(self.ledger.id());
        builder.add(transfer);
        builder.build().unwrap()
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { state: self.ledger.state(), keys: keys(), now: time(NOW) }
    }

    pub(crate) fn prepare_pay(&self, holder: &mut Holder, order: &PaymentOrder) -> PreparedTransaction<Unproven> {
        match holder.prepare(&self.moment(), order, &mut OsRng).unwrap() {
            Step::Pay(transaction) => transaction,
            Step::Merge(_) => panic!("one or two notes suffice"),
        }
    }

    pub(crate) fn balance(&self, holder: &Holder) -> u128 {
        holder.wallet().balance(self.ledger.state().shielded().id(), self.asset(), time(NOW)).spendable
    }
}
