//! What is measured on: a person with a note, a question, and notes of other people.

use anyhow::{Context as _, ensure};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{BallotBody, BallotProof, BallotProofKind, BallotTerms, QuestionRule},
    elgamal::ElectionKey,
    keys::{Account, Diversifier, Seed, SpendingKey},
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::{Memo, NoteSeed, OutputNote},
    ristretto::hash_to_ristretto,
    statement::Shape,
    transaction::{LedgerId, PoolId, ProofBytes, TransactionDigest, TransferStatement},
    transcript::ProofContext,
    tree::{NoteCommitmentTree, Position},
};
use tabella_prover::{
    ballot::{encrypt, prove},
    builder::{
        Payer, PoolSetting, PreparedTransaction, Proven, SpendPath, SpendableNote, TransactionBuilder, Unproven,
        WindowPolicy,
    },
    parameters::Parameters,
    wallet::{LogContent, LogOutput, LogPoint, Ownership, ReceivedNote, Scanner},
};
use tabella_verifier::{
    ballot::{BallotItem, verify_ballot, verify_ballots},
    groth16::{ProofBatch, VerifyingKey},
};

const LEDGER: LedgerId = LedgerId([1; 32]);

/// A person who holds one note of a pool.
pub(super) struct Scene {
    key: SpendingKey,
    note: SpendableNote,
    setting: PoolSetting,
    pub(super) asset: AssetId,
}

impl Scene {
    pub(super) fn new(parameters: &Parameters, rng: &mut (impl RngCore + CryptoRng)) -> anyhow::Result<Self> {
        let key = person(rng);
        let asset = AssetId::from_bytes(&[7; 32]).context("a number below the modulus")?;
        let own = Diversifier::from_index(0);
        let output = OutputNote::plain(key.address(own), asset, NoteValue(100), Memo::empty(), &NoteSeed::random(rng))?;
        let mut tree = NoteCommitmentTree::new();
        let position = tree.append(&[output.commitment()])?;
        let now = Timestamp::new(1_000_000).context("a time")?;
        let setting = PoolSetting {
            pool: PoolId([2; 32]),
            anchor: tree.root(),
            window: WindowPolicy::default().window(now)?,
            transfer_key: parameters.verifying_key(Shape::Transfer).id(),
            cast_key: parameters.verifying_key(Shape::Cast).id(),
            reveal: false,
        };
        let place = (setting.pool, position, LogPoint { index: 0, time: now });
        let ownership = Ownership::Plain(own);
        let note = ReceivedNote::new(key.full_viewing_key(), place, *output.note(), ownership, Memo::empty(), None);
        let path = tree.path(position).context("the leaf was appended")?;
        Ok(Self { key, note: SpendableNote { note: note.context("the note is the person's")?, path }, setting, asset })
    }

    /// A transaction that is planned and not proved: a payment, or a right that is cast.
    pub(super) fn prepare(
        &self,
        shape: Shape,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> anyhow::Result<PreparedTransaction<Unproven>> {
        let change = Diversifier::from_index(1);
        let payer = Payer { key: self.key.full_viewing_key(), setting: &self.setting, change };
        let mut builder = TransactionBuilder::new(LEDGER);
        builder.add(match shape {
            Shape::Transfer => {
                let to = person(rng).address(change);
                payer.send(vec![self.note.clone()], to, NoteValue(40), Memo::empty(), rng)?
            }
            Shape::Cast => payer.cast(&self.note, SpendPath::Own, rng)?,
        });
        Ok(builder.build()?)
    }

    /// Signs, and takes the one statement and its proof out.
    pub(super) fn finish(
        &self,
        proven: PreparedTransaction<Proven>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> anyhow::Result<Proved> {
        let transaction = proven.sign(&self.key.spend_authorizing_key(), rng)?.finish(Vec::new())?;
        let effects = transaction.effects.transfers.into_iter().next().context("there is one transfer")?;
        let authorization = transaction.transfers.into_iter().next().context("there is one transfer")?;
        Ok(Proved { statement: effects.statement, proof: authorization.proof })
    }

    /// Notes from one stranger to another, as a log has them.
    pub(super) fn others_outputs(
        &self,
        count: usize,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> anyhow::Result<Vec<LogOutput>> {
        let (from, to) = (person(rng), person(rng).address(Diversifier::from_index(0)));
        let outputs = (0..count).map(|position| {
            let note = OutputNote::plain(to, self.asset, NoteValue(1), Memo::empty(), &NoteSeed::random(rng))?;
            let ciphertext = note.encrypt(from.full_viewing_key().outgoing(), None);
            let content = LogContent::Encrypted { commitment: note.commitment(), ciphertext };
            Ok(LogOutput { position: Position(u32::try_from(position)?), content })
        });
        outputs.collect()
    }

    /// Looks for notes of this person, as a wallet does.
    pub(super) fn scan(&self, outputs: &[LogOutput]) -> anyhow::Result<()> {
        let outputs: Vec<&LogOutput> = outputs.iter().collect();
        let found = Scanner::full(self.key.full_viewing_key()).scan(&outputs);
        ensure!(found.is_empty(), "a stranger's note passes for this person's");
        Ok(())
    }
}

fn person(rng: &mut (impl RngCore + CryptoRng)) -> SpendingKey {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    Seed::new(seed).account(&Account::Payment(0))
}

/// A statement and its proof.
pub(super) struct Proved {
    statement: TransferStatement,
    proof: ProofBytes,
}

impl Proved {
    pub(super) fn verify(&self, key: &VerifyingKey) -> anyhow::Result<()> {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => key.verify_statement(instance, &self.proof)?,
            TransferStatement::Cast(instance) => key.verify_statement(instance, &self.proof)?,
        }
        Ok(())
    }

    pub(super) fn join(&self, batch: &mut ProofBatch, key: &VerifyingKey) -> anyhow::Result<()> {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => batch.push_statement(key, instance, self.proof)?,
            TransferStatement::Cast(instance) => batch.push_statement(key, instance, self.proof)?,
        };
        Ok(())
    }
}

/// An election with one question of approval.
pub(super) struct Booth {
    context: ProofContext,
    election: [u8; 32],
    key: ElectionKey,
    rules: [QuestionRule; 1],
    points: [Vec<u16>; 1],
}

/// A ballot and its proof.
pub(super) type Ballot = (BallotBody, BallotProof);

impl Booth {
    pub(super) fn new(options: u16) -> anyhow::Result<Self> {
        Ok(Self {
            context: ProofContext { ledger: LEDGER, digest: TransactionDigest([2; 32]), index: 0 },
            election: [3; 32],
            key: ElectionKey::new(hash_to_ristretto("key of benchmarks", &[]).into()).context("not the identity")?,
            rules: [QuestionRule::choose(options, 0, options)?],
            points: [(0..options).map(|option| u16::from(option % 2 == 0)).collect()],
        })
    }

    fn terms(&self) -> BallotTerms<'_> {
        let Self { election, key, rules, .. } = self;
        BallotTerms { election, key, rules, proofs: BallotProofKind::Compressed }
    }

    /// Encrypts and proves.
    pub(super) fn build(&self, rng: &mut (impl RngCore + CryptoRng)) -> anyhow::Result<Ballot> {
        let (body, opening) = encrypt(&self.rules, &self.key, None, &self.points, rng)?;
        let proof = prove(&self.context, self.terms(), &body, &opening, rng)?;
        Ok((body, proof))
    }

    pub(super) fn verify(&self, (body, proof): &Ballot) -> anyhow::Result<()> {
        Ok(verify_ballot(&self.context, self.terms(), body, proof)?)
    }

    /// Verifies a batch of so many: the work does not depend on whether they are equal.
    pub(super) fn verify_many(
        &self,
        (body, proof): &Ballot,
        count: usize,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> anyhow::Result<()> {
        let item = BallotItem { context: self.context, terms: self.terms(), body, proof };
        Ok(verify_ballots(&vec![item; count], rng)?)
    }
}
