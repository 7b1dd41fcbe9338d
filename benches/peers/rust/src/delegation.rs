//! Delegating a voting right: everything the delegating person's machine does.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use incrementalmerkletree::{Hashable, Level};
use rand::rngs::OsRng;
use tabella_protocol::{
    keys::Diversifier,
    note::{Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    tree::Position,
};
use tabella_prover::{
    builder::{EscrowOrder, Payer, TransactionBuilder},
    parameters::Parameters,
    wallet::testing::{LEDGER, NOW, POOL, SimulatedPool, person, wallet},
};
use voting_circuits::{
    delegation::{
        DelegationBundle, ImtProvider, RealNoteInput, SpacedLeafImtProvider, build_delegation_bundle,
        create_delegation_proof, verify_delegation_proof, warm_delegation_keys,
    },
    ff::{Field, PrimeField},
    rand::{Rng, rngs::OsRng as TheirRng},
};
use voting_crypto_deps::{
    orchard::{
        constants::MERKLE_DEPTH_ORCHARD,
        keys::{FullViewingKey, Scope, SpendingKey},
        note::{ExtractedNoteCommitment, Note, NoteVersion, RandomSeed, Rho},
        tree::{MerkleHashOrchard, MerklePath},
        value::NoteValue as TheirValue,
    },
    pasta_curves::pallas,
};

use crate::measure::{Question, compare as compare_runs, time};

pub(crate) fn compare() -> anyhow::Result<()> {
    warm_delegation_keys().map_err(|error| anyhow!("{error}"))?;
    let input = TheirInput::new().context("a note in a tree")?;
    let bundle = input.bundle()?;
    let proof = create_delegation_proof(bundle.circuit, &bundle.instance).map_err(|error| anyhow!("{error}"))?;
    ensure!(verify_delegation_proof(&proof, &bundle.instance).is_ok(), "their own proof is wrong");
    let question = Question {
        name: "delegate a right, whole action".into(),
        against: "voting-circuits 0.12 (Halo 2)",
        bar: 10.0,
        differs: "ours encrypts, proves, verifies and signs, and the right can be recalled; theirs shows that up to 5 notes \
                  are unspent, which holds without a trusted setup; its bundle and proof only, with its prepared tables",
    };
    compare_runs(&question, ours()?, || {
        time(|| {
            let bundle = input.bundle().expect("it was built once");
            create_delegation_proof(bundle.circuit, &bundle.instance).expect("it was proved once")
        })
    });
    Ok(())
}

fn ours() -> anyhow::Result<impl FnMut() -> Duration> {
    let parameters = Parameters::development()?;
    let (mut pool, mut voter, delegate) = (SimulatedPool::default(), wallet(1), wallet(2));
    pool.issue_to(&voter, 1);
    pool.sync(&mut voter);
    Ok(move || {
        time(|| {
            let setting = pool.setting();
            let payer = Payer { key: voter.key(), setting: &setting, change: Diversifier::from_index(5) };
            let right = pool.spendable(voter.note(POOL, Position(0)).expect("the right was issued"));
            let order = EscrowOrder {
                claimant: delegate.address(0),
                terms: Terms { claim_until: NOW.max(Timestamp::MAX), refund_from: Timestamp::ZERO, burn_only: true },
                guard: Guard::none(),
                refund: Diversifier::from_index(6),
                amount: NoteValue(1),
                memo: Memo::empty(),
            };
            let mut builder = TransactionBuilder::new(LEDGER);
            builder.add(payer.lock(vec![right], order, &mut OsRng).expect("the right is there"));
            let proven = builder.build().expect("one transfer").prove(&parameters, &mut OsRng).expect("it is true");
            let signed = proven.sign(&person(1).spend_authorizing_key(), &mut OsRng).expect("it is the voter's");
            signed.finish(Vec::new()).expect("nothing is missing")
        })
    })
}

/// One note of 0.13 ZEC in a tree, as in the benchmark of voting-circuits.
struct TheirInput {
    fvk: FullViewingKey,
    note: Note,
    path: MerklePath,
    root: pallas::Base,
    imt: SpacedLeafImtProvider,
}

impl TheirInput {
    fn new() -> Option<Self> {
        let fvk = FullViewingKey::from(&SpendingKey::from_bytes([7; 32]).into_option()?);
        let note = loop {
            let (mut rho, mut seed) = ([0; 32], [0; 32]);
            TheirRng.fill_bytes(&mut rho);
            TheirRng.fill_bytes(&mut seed);
            let Some(rho) = Rho::from_bytes(&rho).into_option() else { continue };
            let Some(seed) = RandomSeed::from_bytes(seed, &rho).into_option() else { continue };
            let to = fvk.address_at(0u32, Scope::External);
            let note = Note::from_parts(to, TheirValue::from_raw(13_000_000), rho, seed, NoteVersion::V3);
            if let Some(note) = note.into_option() {
                break note;
            }
        };
        let path: Vec<_> =
            (0..MERKLE_DEPTH_ORCHARD as u8).map(|i| MerkleHashOrchard::empty_root(Level::from(i))).collect();
        let path = MerklePath::from_parts(0, path.try_into().ok()?);
        let root = path.root(ExtractedNoteCommitment::from(note.commitment()));
        let root = pallas::Base::from_repr(root.to_bytes()).into_option()?;
        Some(Self { fvk, note, path, root, imt: SpacedLeafImtProvider::new() })
    }

    fn bundle(&self) -> anyhow::Result<DelegationBundle> {
        let mut rng = TheirRng;
        let nullifier = pallas::Base::from_repr(self.note.nullifier(&self.fvk).to_bytes()).into_option();
        let nullifier = nullifier.context("a nullifier is an element")?;
        let imt_proof = self.imt.non_membership_proof(nullifier).map_err(|error| anyhow!("{error:?}"))?;
        let input = RealNoteInput {
            note: self.note,
            fvk: self.fvk.clone(),
            merkle_path: self.path.clone(),
            imt_proof,
            scope: Scope::External,
        };
        build_delegation_bundle(
            vec![input],
            &self.fvk,
            pallas::Scalar::random(&mut rng),
            self.fvk.address_at(1u32, Scope::External),
            pallas::Base::random(&mut rng),
            self.root,
            pallas::Base::random(&mut rng),
            &self.imt,
            &mut rng,
            None,
        )
        .map_err(|error| anyhow!("{error:?}"))
    }
}
