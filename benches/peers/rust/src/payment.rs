//! A private payment, from the witness to its proofs, beside Zcash's two pools.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use orchard::{
    Anchor as OrchardAnchor, Bundle,
    builder::{Builder as OrchardBuilder, BundleType as OrchardBundleType},
    bundle::BundleVersion,
    circuit::{OrchardCircuitVersion, ProvingKey, VerifyingKey},
    keys::{FullViewingKey, Scope, SpendingKey},
    value::NoteValue as OrchardValue,
};
use rand_zcash::{rand_core::UnwrapErr, rngs::SysRng};
use sapling_crypto::{
    CommitmentTree, IncrementalWitness, Node, Note, Rseed,
    builder::{Builder, BundleType, UnauthorizedBundle},
    circuit::{OutputParameters, SpendParameters},
    note_encryption::Zip212Enforcement,
    value::NoteValue,
    zip32::ExtendedSpendingKey,
};
use tabella_protocol::statement::Shape;
use tabella_prover::parameters::Parameters;

use crate::{
    measure::{Question, compare, time},
    ours::Case,
};

const NAME: &str = "a payment, witness to proof";

pub(crate) fn sapling() -> anyhow::Result<()> {
    let (spend, output) = wagyu_zcash_parameters::load_sapling_parameters();
    let spend = SpendParameters::read(spend.as_slice(), false)?;
    let output = OutputParameters::read(output.as_slice(), false)?;
    let bundle = sapling_bundle()?;
    let question = Question {
        name: NAME.into(),
        against: "sapling-crypto 0.9, 1 spend, 2 outputs",
        bar: 25.0,
        differs: "ours spends 2 notes in one proof and verifies it; theirs is 3 proofs, of 1 note spent and 2 made",
    };
    compare(&question, our_payment()?, || {
        let bundle = bundle.clone();
        time(|| bundle.create_proofs(&spend, &output, rng(), ()))
    });
    Ok(())
}

fn sapling_bundle() -> anyhow::Result<UnauthorizedBundle<i64>> {
    let key = ExtendedSpendingKey::master(&[7; 32]).context("a master key")?;
    let (_, address) = key.default_address();
    let note = Note::from_parts(address, NoteValue::from_raw(30), Rseed::AfterZip212([8; 32]));
    let mut tree = CommitmentTree::empty();
    tree.append(Node::from_cmu(&note.cmu())).map_err(|()| anyhow!("the tree is full"))?;
    let witness = IncrementalWitness::from_tree(tree).context("a tree with a leaf")?;
    let path = witness.path().context("a path")?;
    let mut builder = Builder::new(Zip212Enforcement::On, BundleType::DEFAULT, witness.root().into());
    let keys = key.to_diversifiable_full_viewing_key();
    builder.add_spend(keys.fvk().clone(), note, path).map_err(|error| anyhow!("{error}"))?;
    for value in [10, 20] {
        builder.add_output(None, address, NoteValue::from_raw(value), [0; 512]).map_err(|error| anyhow!("{error}"))?;
    }
    let built = builder.build::<SpendParameters, OutputParameters, _, i64>(&[key], rng());
    Ok(built.map_err(|error| anyhow!("{error}"))?.context("an empty bundle")?.0)
}

pub(crate) fn orchard() -> anyhow::Result<()> {
    let key = ProvingKey::build(OrchardCircuitVersion::FixedPostNu6_2);
    let version = BundleVersion::orchard_v2();
    let anchor = OrchardAnchor::from_bytes([0; 32]).into_option().context("an anchor")?;
    let mut builder = OrchardBuilder::new(OrchardBundleType::DEFAULT, version, version.default_flags(), anchor)
        .map_err(|error| anyhow!("{error:?}"))?;
    let sk = SpendingKey::from_bytes([7; 32]).into_option().context("a key")?;
    let recipient = FullViewingKey::from(&sk).address_at(0u32, Scope::External);
    for value in [10, 20] {
        let added = builder.add_output(None, recipient, OrchardValue::from_raw(value), [0; 512]);
        added.map_err(|error| anyhow!("{error:?}"))?;
    }
    let (bundle, _): (Bundle<_, i64>, _) =
        builder.build(rng()).map_err(|error| anyhow!("{error:?}"))?.context("an empty bundle")?;
    let instances: Vec<_> = bundle.actions().iter().map(|a| a.to_instance(*bundle.flags(), *bundle.anchor())).collect();
    let prove = || bundle.authorization().create_proof(&key, &instances, rng()).expect("the witness is whole");
    prove()
        .verify(&VerifyingKey::build(OrchardCircuitVersion::FixedPostNu6_2), &instances)
        .map_err(|error| anyhow!("{error:?}"))?;
    let question = Question {
        name: NAME.into(),
        against: "orchard 0.16, 2 actions",
        bar: 16.0,
        differs: "ours also verifies the proof; theirs needs no trusted setup (Halo 2)",
    };
    compare(&question, our_payment()?, || time(prove));
    Ok(())
}

fn our_payment() -> anyhow::Result<impl FnMut() -> Duration> {
    let (parameters, case) = (Parameters::development()?, Case::transfer());
    Ok(move || time(|| case.prove(parameters.prover(Shape::Transfer))))
}

/// The operating system's generator, in the form of rand 0.10.
fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
