//! Proofs of ownership: by whoever owns the note now, and nobody else. Proofs are real where something is to be accepted.

use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_notary::{
    AuthorKeys, LoggedEntry, OwnershipProof, ProofError,
    certificate::{new_stamp, stamp},
    proof::{AnswerError, answer_as_owner, ask, ownership_proof},
    rules::{Challenge, Claim, ContentDigest, NotaryAction, NotaryProof, NotaryRejection, Work, WorkId},
    work::register,
};
use tabella_payments::holder::{Holder, Moment, Next, PaymentError, PaymentOrder};
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    statement::Mode,
    transaction::{LoggedTransaction, Transaction, TransactionDigest},
};
use tabella_prover::builder::{Blinding, TransactionBuilder, UnprovenTransfer};
use tabella_stage::testing::no_proof;
use tabella_stage::{Person, Stage, StageError};
use tabella_verifier::{
    application::UseError,
    log::{CheckpointVerifier, Origin},
    obligations::Obligations,
    shielded::ShieldedRejection,
    state::LedgerRejection,
};

use crate::office::{NOW, keys, time, work};

/// An author, who sells, and a buyer.
struct Gallery {
    stage: Stage,
    author: Person,
    buyer: Person,
    picture: Work,
    id: WorkId,
    asset: AssetId,
    _folder: tempfile::TempDir,
}

/// Stamps a work and registers it, for an address.
fn publish(stage: &mut Stage, keys: &AuthorKeys, picture: &Work, to: &Person) -> TransactionDigest {
    let opening = new_stamp(picture.digest, Some(picture.author), &mut OsRng);
    stage.submit(stamp(stage.ledger.id(), &opening)).unwrap();
    stage.advance(1);
    let at = (stage.ledger.id(), stage.ledger.state().assets());
    let transaction = register(keys, at, picture, opening.blinding, to.address(0), &mut OsRng).unwrap();
    stage.submit(transaction).unwrap().digest
}

impl Gallery {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, catalogue().applications(), time(NOW)).unwrap();
        let [author, buyer] = ["Ada", "Bo"].map(|name| Person::new(name, &mut OsRng));
        let picture = work(&keys(1), "A picture", 1);
        publish(&mut stage, &keys(1), &picture, &author);
        let id = picture.id(stage.ledger.id());
        let asset = picture.asset(stage.ledger.id()).unwrap();
        Self { stage, author, buyer, picture, id, asset, _folder: folder }
    }

    fn verifier(&self) -> CheckpointVerifier {
        self.stage.ledger.store().verifier().clone()
    }

    fn ask(&self, verifier: &str) -> Challenge {
        let now = self.stage.now().unwrap();
        ask(&self.verifier(), (self.id, Claim::Ownership), verifier, (now, 3_600), &mut OsRng).unwrap()
    }

    fn prove(&self, challenge: &Challenge, transaction: TransactionDigest) -> OwnershipProof {
        OwnershipProof::of_ledger(&self.stage.ledger, challenge.clone(), self.picture.clone(), transaction).unwrap()
    }

    /// An answer of the author's, without proofs.
    fn unproved_answer_of_author(&mut self, challenge: &Challenge) -> Transaction {
        let (moment, to) = (self.stage.moment().unwrap(), self.author.address(1));
        let holder = &mut self.author.holder;
        let prepared = answer_as_owner(holder, &moment, challenge, (self.asset, to), &mut OsRng).unwrap();
        let effects = prepared.effects().clone();
        let made = holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| vec![ownership_proof()]).unwrap();
        holder.release(&effects);
        made
    }

    /// What the rules say of a transaction whose proofs nobody looks at.
    fn check(&self, transaction: Transaction) -> Result<(), LedgerRejection> {
        let entry = LoggedTransaction { time: self.stage.now().unwrap(), transaction };
        self.stage.ledger.state().check(&entry, 0, &mut Obligations::new()).map(|_| ())
    }

    /// A transaction of a holder's transfers and one answer, without proofs.
    fn forged(&self, holder: &Holder, transfers: Vec<UnprovenTransfer>, body: &NotaryAction) -> Transaction {
        let mut builder = TransactionBuilder::new(self.stage.ledger.id());
        for transfer in transfers {
            builder.add(transfer);
        }
        builder.add_action(body.action());
        let proof = NotaryProof::ProveOwnership.to_bytes();
        holder.authorize_with(builder.build().unwrap(), &no_proof, &mut OsRng, |_| vec![proof]).unwrap()
    }
}

fn rule(outcome: Result<(), LedgerRejection>) -> NotaryRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<NotaryRejection>().unwrap().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// An answer, proved.
fn answer(stage: &mut Stage, person: &mut Person, challenge: &Challenge, asset: AssetId) -> Transaction {
    person.read(stage).unwrap();
    let (moment, to) = (stage.moment().unwrap(), person.address(1));
    let prepared = answer_as_owner(&mut person.holder, &moment, challenge, (asset, to), &mut OsRng).unwrap();
    person.holder.authorize_with(prepared, stage.parameters(), &mut OsRng, |_| vec![ownership_proof()]).unwrap()
}

#[test]
fn present_owner_proves_it_and_a_former_owner_cannot() {
    let mut gallery = Gallery::new();
    gallery.author.read(&gallery.stage).unwrap();
    let early = gallery.ask("Insurer");
    let before_sale = gallery.unproved_answer_of_author(&early);
    gallery.check(before_sale.clone()).unwrap();

    // The sale: an ordinary transfer, which shows neither asset nor parties.
    let order =
        PaymentOrder { to: gallery.buyer.address(0), asset: gallery.asset, amount: NoteValue(1), memo: Memo::empty() };
    let Next::Transfer(sale) =
        gallery.author.holder.prepare_send(&gallery.stage.moment().unwrap(), &order, &mut OsRng).unwrap()
    else {
        panic!("a note of value 1 needs no merge")
    };
    let mut builder = TransactionBuilder::new(gallery.stage.ledger.id());
    builder.add(*sale);
    let sale =
        gallery.author.holder.authorize(builder.build().unwrap(), gallery.stage.parameters(), &mut OsRng).unwrap();
    gallery.stage.submit(sale).unwrap();

    // What the author had prepared before the sale: its nullifier is spent. And the wallet that has heard of it.
    let challenge = gallery.ask("Insurer");
    let refused = gallery.check(before_sale).unwrap_err();
    assert!(matches!(refused, LedgerRejection::Shielded(ShieldedRejection::Spent { .. })), "{refused}");
    gallery.author.read(&gallery.stage).unwrap();
    let (moment, to) = (gallery.stage.moment().unwrap(), gallery.author.address(1));
    let refused = answer_as_owner(&mut gallery.author.holder, &moment, &challenge, (gallery.asset, to), &mut OsRng);
    assert!(matches!(refused, Err(AnswerError::Owner(PaymentError::Insufficient { .. }))));

    // The buyer answers; whoever asked verifies it offline.
    gallery.stage.advance(60);
    let transaction = answer(&mut gallery.stage, &mut gallery.buyer, &challenge, gallery.asset);
    let accepted = gallery.stage.submit(transaction.clone()).unwrap();
    let (proof, verifier) = (gallery.prove(&challenge, accepted.digest), gallery.verifier());
    let proved = proof.check(&challenge, &verifier).unwrap();
    assert_eq!((&proved.work, proved.time), (&gallery.picture, time(NOW + 61)));

    // Again, or for another challenge, or with the challenge exchanged.
    assert!(matches!(gallery.stage.submit(transaction), Err(StageError::Refused(_))));
    for name in ["Insurer", "Bank"] {
        let other = gallery.ask(name);
        assert_eq!(proof.check(&other, &verifier).unwrap_err(), ProofError::OtherChallenge);
        let replayed = OwnershipProof { challenge: other.clone(), ..proof.clone() };
        assert_eq!(replayed.check(&other, &verifier).unwrap_err(), ProofError::NoAnswer);
    }
    let late = Challenge { expires: time(NOW + 30), ..challenge.clone() };
    let replayed = OwnershipProof { challenge: late.clone(), ..proof.clone() };
    assert_eq!(replayed.check(&late, &verifier).unwrap_err(), ProofError::NoAnswer);
    // Other attributes, and an entry that is no answer.
    let relabelled = Work { title: "Another".into(), ..gallery.picture.clone() };
    let forged = OwnershipProof { work: relabelled, ..proof.clone() };
    assert_eq!(forged.check(&challenge, &verifier).unwrap_err(), ProofError::Work);
    let stamp_entry = gallery.stage.ledger.store().entries_from(Default::default(), 1).unwrap().pop().unwrap();
    let entry = LoggedEntry::of_ledger(&gallery.stage.ledger, stamp_entry.digest).unwrap();
    let forged = OwnershipProof { entry, ..proof };
    assert_eq!(forged.check(&challenge, &verifier).unwrap_err(), ProofError::NoAnswer);

    // The buyer still owns it, once.
    gallery.buyer.read(&gallery.stage).unwrap();
    assert_eq!(gallery.stage.balance(&gallery.buyer, gallery.asset).unwrap(), 1);
    gallery.author.read(&gallery.stage).unwrap();
    assert_eq!(gallery.stage.balance(&gallery.author, gallery.asset).unwrap(), 0);
}

#[test]
fn answer_moves_exactly_the_note_of_the_work_out_and_in() {
    let mut gallery = Gallery::new();
    let other = Work { digest: ContentDigest([2; 32]), ..work(&keys(2), "Another", 2) };
    publish(&mut gallery.stage, &keys(2), &other, &gallery.author);
    let other_asset = other.asset(gallery.stage.ledger.id()).unwrap();
    gallery.author.read(&gallery.stage).unwrap();
    let challenge = gallery.ask("Insurer");
    let (work, asset) = (gallery.id, gallery.asset);
    let Gallery { stage, author, .. } = &mut gallery;
    let moment: Moment<'_> = stage.moment().unwrap();
    let to = author.address(1);
    let mut exit = |asset| match author.holder.prepare_exit(&moment, asset, NoteValue(1), Blinding::Public, &mut OsRng)
    {
        Ok(Next::Transfer(exit)) => *exit,
        wrong => panic!("{wrong:?}"),
    };
    let (own, foreign) = (exit(asset), exit(other_asset));
    let mut enter = |asset, value| {
        author.holder.prepare_entry(&moment, asset, to, NoteValue(value), Blinding::Public, &mut OsRng).unwrap()
    };
    let (entry, foreign_entry, two) = (enter(asset, 1), enter(other_asset, 1), enter(asset, 2));
    let body = |work, exit, entry| NotaryAction::ProveOwnership { work, challenge: challenge.hash(), exit, entry };
    let author = &gallery.author.holder;
    let check = |transfers: &[&UnprovenTransfer], body: &NotaryAction| {
        let transfers = transfers.iter().map(|transfer| (*transfer).clone()).collect();
        gallery.check(gallery.forged(author, transfers, body))
    };
    let unknown = WorkId([0; 32]);
    for (transfers, body, expected) in [
        // Another work's note, or a note of another work made out of this one's.
        (vec![&foreign, &foreign_entry], body(work, 0, 1), NotaryRejection::Use(UseError::Asset(0))),
        (vec![&own, &foreign_entry], body(work, 0, 1), NotaryRejection::Use(UseError::Asset(1))),
        // Two out of one; the note not made again; nothing spent at all; one transfer for both.
        (vec![&own, &two], body(work, 0, 1), NotaryRejection::Use(UseError::Amount(1))),
        (vec![&own], body(work, 0, 1), NotaryRejection::Use(UseError::NoSuchTransfer(1))),
        (vec![&entry], body(work, 0, 0), NotaryRejection::Use(UseError::Mode { transfer: 0, expected: Mode::Exit })),
        (vec![&own, &entry], body(work, 0, 0), NotaryRejection::Use(UseError::Used(0))),
        (vec![&own, &entry], body(unknown, 0, 1), NotaryRejection::UnknownWork(unknown)),
    ] {
        assert_eq!(rule(check(&transfers, &body)), expected);
    }
    assert_eq!(check(&[&own, &entry], &body(work, 0, 1)), Ok(()));
}
