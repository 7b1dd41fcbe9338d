//! A ledger without people: what needs no transfer is tried on it.

use std::{fs, path::Path, sync::Arc};

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_ledger::{
    clock::ManualClock,
    node::{Accepted, Ledger, NodeError, Refusal},
};
use tabella_market_rules::work::{Holder as Share, Party, ViewerKey};
use tabella_notary::{
    AuthorKeys, StampCertificate,
    certificate::{new_stamp, stamp},
    rules::{ContentDigest, Notary, NotaryRejection, StampOpening, Work},
    work::{RegistrationCertificate, register},
};
use tabella_payments::holder::Holder;
use tabella_protocol::{
    keys::{Address, Seed},
    transaction::Transaction,
};
pub(crate) use tabella_stage::testing::time;
use tabella_verifier::{
    groth16::VerifyingKeys,
    log::{Checkpoint, CheckpointVerifier, Origin},
    shielded::ShieldedRejection,
    state::LedgerRejection,
};

pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn keys(number: u32) -> AuthorKeys {
    AuthorKeys::of_seed(&Seed::new([9; 32]), number)
}

/// An address that nobody in these tests spends from.
pub(crate) fn address() -> Address {
    Holder::new(&Seed::new([8; 32]), 0).wallet().address(0)
}

pub(crate) struct Office {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self::named("ledger.test")
    }

    pub(crate) fn named(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(time(NOW)));
        let (name, keys) = (Origin::new(name).unwrap(), VerifyingKeys::development());
        let applications = catalogue().applications();
        let ledger =
            Ledger::create_with(&folder.path().join("ledger"), name, keys, applications, clock.clone()).unwrap();
        Self { ledger, clock, folder }
    }

    /// The same ledger twice, under one key: what an operator has who wants to show two histories.
    pub(crate) fn fork(self) -> (Self, Self) {
        let Self { ledger, clock, folder } = self;
        drop(ledger);
        let other = tempfile::tempdir().unwrap();
        fs::create_dir(other.path().join("ledger")).unwrap();
        for file in fs::read_dir(folder.path().join("ledger")).unwrap() {
            let path = file.unwrap().path();
            fs::copy(&path, other.path().join("ledger").join(path.file_name().unwrap())).unwrap();
        }
        let open = |folder: &Path, clock: &Arc<ManualClock>| {
            let (keys, applications) = (VerifyingKeys::development(), catalogue().applications());
            Ledger::open_with(&folder.join("ledger"), keys, applications, clock.clone()).unwrap()
        };
        let (one, two) = (open(folder.path(), &clock), open(other.path(), &clock));
        (Self { ledger: one, clock: Arc::clone(&clock), folder }, Self { ledger: two, clock, folder: other })
    }

    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<Accepted, Refusal> {
        self.try_submit(transaction).unwrap()
    }

    pub(crate) fn try_submit(&mut self, transaction: Transaction) -> Result<Result<Accepted, Refusal>, NodeError> {
        Ok(self.ledger.submit(vec![transaction])?.pop().unwrap())
    }

    /// Whom a verifier of this ledger trusts.
    pub(crate) fn verifier(&self) -> CheckpointVerifier {
        self.ledger.store().verifier().clone()
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let signed = self.ledger.store().latest_checkpoint(self.ledger.name()).unwrap().unwrap();
        self.verifier().verify(&signed, self.ledger.name()).unwrap().clone()
    }

    pub(crate) fn notary(&self) -> &Notary {
        self.ledger.state().application::<Notary>().unwrap()
    }

    /// Stamps a digest, and certifies it.
    pub(crate) fn stamp(&mut self, digest: ContentDigest, author: Option<[u8; 32]>) -> StampCertificate {
        let opening = new_stamp(digest, author, &mut OsRng);
        self.stamp_as(opening)
    }

    pub(crate) fn stamp_as(&mut self, opening: StampOpening) -> StampCertificate {
        let accepted = self.submit(stamp(self.ledger.id(), &opening)).unwrap();
        StampCertificate::of_ledger(&self.ledger, opening, accepted.digest).unwrap()
    }

    /// Stamps a work for its author, a second before now.
    pub(crate) fn stamped(&mut self, work: &Work) -> [u8; 32] {
        let certificate = self.stamp(work.digest, Some(work.author));
        self.clock.advance(1);
        certificate.opening.blinding
    }

    pub(crate) fn registration(&self, keys: &AuthorKeys, work: &Work, blinding: [u8; 32]) -> Transaction {
        let at = (self.ledger.id(), self.ledger.state().assets());
        register(keys, at, work, blinding, address(), &mut OsRng).unwrap()
    }

    /// Stamps and registers.
    pub(crate) fn register(&mut self, keys: &AuthorKeys, work: &Work) -> RegistrationCertificate {
        let blinding = self.stamped(work);
        let accepted = self.submit(self.registration(keys, work, blinding)).unwrap();
        RegistrationCertificate::of_ledger(&self.ledger, accepted.digest).unwrap()
    }
}

/// A work of an author with the whole of it.
pub(crate) fn work(keys: &AuthorKeys, title: &str, digest: u8) -> Work {
    let viewer = ViewerKey::new((Scalar::from(7u64) * RISTRETTO_BASEPOINT_POINT).into()).unwrap();
    Work {
        title: title.into(),
        author: keys.public(),
        licence: "CC-BY-4.0".into(),
        holders: vec![Share { party: Party { owner: keys.public(), viewer }, share: 10_000 }],
        digest: ContentDigest([digest; 32]),
        picture: None,
    }
}

/// The rule that refused.
pub(crate) fn rule(outcome: Result<Accepted, Refusal>) -> NotaryRejection {
    match outcome {
        Err(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Application(rejection)))) => {
            rejection.reason::<NotaryRejection>().unwrap().clone()
        }
        other => panic!("{other:?}"),
    }
}
