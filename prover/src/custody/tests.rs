use std::convert::Infallible;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use tabella_protocol::{
    asset::AssetClass,
    ceremony::{CeremonySetup, Signed, TrusteeName},
    keys::{Address, Diversifier},
    note::NoteValue,
    note_encryption::{Memo, NoteSeed, OutputNote},
    statement,
    transaction::{Action, ApplicationId, ProofBytes, TransferStatement},
};
use tabella_verifier::{files::decode, signature};

use super::{
    ceremony::{CeremonyError, Opened, Shared},
    message::{Draft, Messages, Nonces, Package, Proposal, SignatureShares},
    review::{Review, ReviewError},
    signing::{CustodyError, Session, combine, package},
    *,
};
use crate::{
    builder::{Blinding, Payer, PoolSetting, ProvingJob, SigningRequest, SpendableNote, TransactionBuilder},
    trustee::TrusteeIdentity,
    wallet::{
        Wallet,
        testing::{LEDGER, SimulatedPool, asset, person},
    },
};

mod ceremony;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

/// An engine that makes no proof but checks the relation.
fn relation(job: ProvingJob<'_>, _: &mut ChaCha20Rng) -> Result<ProofBytes, Infallible> {
    if let ProvingJob::Transfer { instance, witness } = job {
        statement::transfer::check(instance, witness).unwrap();
    }
    Ok(ProofBytes([7; 192]))
}

pub(super) struct Custodians {
    pub(super) setup: CeremonySetup,
    pub(super) identities: Vec<TrusteeIdentity>,
}

impl Custodians {
    pub(super) fn new(threshold: u16, names: &[&str]) -> Self {
        let identities: Vec<_> = names
            .iter()
            .map(|name| TrusteeIdentity::generate(TrusteeName::new(*name).unwrap(), &mut rng_of(name)))
            .collect();
        let cards = identities.iter().map(TrusteeIdentity::card).collect();
        let setup = CeremonySetup::new("treasury", threshold, cards, [9; 32]).unwrap();
        Self { setup, identities }
    }

    pub(super) fn open(&self) -> (Vec<Opened>, Vec<Signed<message::Opening>>) {
        let open = |identity: &TrusteeIdentity| {
            Opened::start(identity, self.setup.clone(), &mut rng_of(identity.name().as_str())).unwrap()
        };
        self.identities.iter().map(open).unzip()
    }

    pub(super) fn share(
        &self,
        opened: Vec<Opened>,
        openings: &[Signed<message::Opening>],
    ) -> (Vec<Shared>, Vec<Signed<message::Sharing>>) {
        let share = |(opened, identity): (Opened, &TrusteeIdentity)| opened.share(identity, openings).unwrap();
        opened.into_iter().zip(&self.identities).map(share).unzip()
    }

    fn keys(&self) -> Vec<CustodyKey> {
        let (opened, openings) = self.open();
        let (shared, sharings) = self.share(opened, &openings);
        let finish = |(shared, identity): (Shared, &TrusteeIdentity)| shared.finish(identity, &sharings).unwrap();
        let (keys, agreements): (Vec<_>, Vec<_>) = shared.into_iter().zip(&self.identities).map(finish).unzip();
        for key in &keys {
            key.account().check_agreements(&agreements).unwrap();
            assert_eq!(key.account().hash(), keys[0].account().hash());
        }
        keys
    }
}

fn rng_of(name: &str) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(name.bytes().map(u64::from).sum())
}

/// A treasury of three, two of whom sign, with 100 in its account; and the shop that it pays.
struct Scene {
    custodians: Custodians,
    keys: Vec<CustodyKey>,
    wallet: Wallet,
    pool: SimulatedPool,
    setting: PoolSetting,
}

fn shop() -> Address {
    person(9).address(Diversifier::from_index(0))
}

impl Scene {
    fn new() -> Self {
        let custodians = Custodians::new(2, &["Ada", "Bo", "Cy"]);
        let keys = custodians.keys();
        let mut wallet = Wallet::new(keys[0].account().viewing_key().clone());
        let mut pool = SimulatedPool::default();
        pool.issue_to(&wallet, 60);
        pool.issue_to(&wallet, 40);
        let setting = PoolSetting { pool: AssetClass::Ordinary.pool(LEDGER), ..pool.setting() };
        wallet.apply(setting.pool, &pool.log).unwrap();
        Self { custodians, keys, wallet, pool, setting }
    }

    fn notes(&self) -> Vec<SpendableNote> {
        self.wallet.unspent().map(|note| self.pool.spendable(note)).collect()
    }

    fn payer(&self) -> Payer<'_> {
        let mut change = Diversifier::from_index(0);
        change.0[10] = 1;
        Payer { key: self.wallet.key(), setting: &self.setting, change }
    }

    fn custody(&self) -> tabella_protocol::ceremony::CeremonyId {
        self.custodians.setup.id()
    }

    /// A payment of 50 to the shop, and one of 5 from another note.
    fn draft(&self, transfers: usize) -> Draft {
        let (mut builder, rng) = (TransactionBuilder::new(LEDGER), &mut rng());
        let memo = Memo::from_text("flour").unwrap();
        for (note, amount) in self.notes().into_iter().zip([50, 5]).take(transfers) {
            builder.add(self.payer().send(vec![note], shop(), NoteValue(amount), memo.clone(), rng).unwrap());
        }
        Draft::new(self.custody(), &builder.build().unwrap().prove(&relation, rng).unwrap()).unwrap()
    }

    fn commit(&self, who: usize, proposal: &Proposal) -> Session {
        let identity = &self.custodians.identities[who];
        Session::commit(&self.keys[who], identity, proposal.clone(), &mut rand_core::OsRng).unwrap().0
    }

    fn refused(&self, proposal: Proposal) -> CustodyError {
        Session::commit(&self.keys[0], &self.custodians.identities[0], proposal, &mut rng()).unwrap_err()
    }

    fn sign(&self, who: usize, session: Session, package: &Package) -> Result<(Session, Vec<u8>), CustodyError> {
        session.sign(&self.keys[who], &self.custodians.identities[who], package)
    }

    fn package(&self, proposal: &Proposal, sessions: &[&Session]) -> Package {
        let nonces: Vec<_> = sessions.iter().map(|session| read::<Nonces>(&session.nonces())).collect();
        package(self.keys[0].account(), proposal, &nonces).unwrap()
    }
}

fn read<P>(file: &[u8]) -> Signed<P>
where
    Messages<P>: tabella_verifier::files::PublicFile,
{
    decode::<Messages<P>>(file).unwrap().messages.pop().unwrap()
}

fn copy(session: &Session) -> Session {
    borsh::from_slice(&borsh::to_vec(session).unwrap()).unwrap()
}

#[test]
fn any_two_of_three_sign_and_what_they_sign_is_what_they_see() {
    let scene = Scene::new();
    for pair in [[0, 1], [0, 2], [2, 1]] {
        let draft = scene.draft(2);
        let sessions = pair.map(|who| scene.commit(who, &draft.proposal));
        let review = sessions[0].review(&scene.keys[pair[0]]).unwrap();
        let seen: Vec<_> = review.payments.iter().map(|each| (each.to, each.value.0, each.memo.text())).collect();
        assert_eq!(seen, [(shop(), 50, Some("flour")), (shop(), 5, Some("flour"))]);
        assert_eq!(review.back.into_values().collect::<Vec<_>>(), [45]);
        let together = scene.package(&draft.proposal, &[&sessions[0], &sessions[1]]);
        let answers: Vec<_> = pair
            .into_iter()
            .zip(sessions)
            .map(|(who, session)| read::<SignatureShares>(&scene.sign(who, session, &together).unwrap().1))
            .collect();
        let transaction = draft.finish(scene.keys[0].account(), &together, &answers).unwrap();
        let digest = transaction.effects.digest();
        for (transfer, authorization) in transaction.effects.transfers.iter().zip(&transaction.transfers) {
            signature::verify(transfer.rk(), &digest, &authorization.signature).unwrap();
        }
    }
}

#[test]
fn fewer_than_the_threshold_sign_nothing() {
    let scene = Scene::new();
    let draft = scene.draft(1);
    let account = scene.keys[0].account();
    let session = scene.commit(0, &draft.proposal);
    let own = read::<Nonces>(&session.nonces());
    let alone = package(account, &draft.proposal, std::slice::from_ref(&own));
    assert_eq!(alone, Err(CustodyError::TooFew { found: 1, threshold: 2 }));
    // Once more does not make two.
    let twice = package(account, &draft.proposal, &[own.clone(), own.clone()]);
    assert_eq!(twice, Err(CustodyError::TooFew { found: 1, threshold: 2 }));
    let forged = Package { custody: account.id(), digest: session.digest(), nonces: vec![own.clone(), own] };
    assert_eq!(scene.sign(0, copy(&session), &forged).unwrap_err(), CustodyError::Order);

    // A custodian who forgets the threshold: one share alone is a signature under another key.
    let nonces = super::frost::round1::commit(&scene.keys[0].signing_share().unwrap(), &mut rng());
    let own = super::frost::identifier(scene.keys[0].custodian()).unwrap();
    let signing = super::frost::SigningPackage::new([(own, nonces.1)].into(), session.digest().as_bytes());
    let (_, alpha) = &draft.proposal.request.alphas()[0];
    let share = scene.keys[0].signing_share().unwrap();
    let key = super::frost::KeyPackage::new(own, share, share.into(), account.verifying_key().unwrap(), 1);
    let share = super::frost::sign(&signing, &nonces.0, &key, alpha.expose()).unwrap();
    let everybody = account.public_keys().unwrap();
    let lax =
        super::frost::PublicKeyPackage::new(everybody.verifying_shares().clone(), *everybody.verifying_key(), Some(1));
    super::frost::aggregate(&signing, &[(own, share)].into(), &lax, alpha.expose()).unwrap_err();
}

/// Whether the secret of a commitment stands somewhere in bytes.
fn holds(bytes: &[u8], commitment: &[u8; 32]) -> bool {
    let key =
        |part: &[u8]| reddsa::SigningKey::<reddsa::sapling::SpendAuth>::try_from(<[u8; 32]>::try_from(part).unwrap());
    bytes
        .windows(32)
        .any(|part| key(part).is_ok_and(|key| <[u8; 32]>::from(reddsa::VerificationKey::from(&key)) == *commitment))
}

#[test]
fn nonces_are_used_once_whatever_the_coordinator_asks_for() {
    let scene = Scene::new();
    let draft = scene.draft(1);
    let [ada, bo, cy] = [0, 1, 2].map(|who| scene.commit(who, &draft.proposal));
    let with_bo = scene.package(&draft.proposal, &[&ada, &bo]);
    let with_cy = scene.package(&draft.proposal, &[&ada, &cy]);
    let pair = read::<Nonces>(&ada.nonces()).payload.pairs[0];
    assert!(holds(&borsh::to_vec(&ada).unwrap(), &pair.hiding), "the nonces are there");
    let (signed, answer) = scene.sign(0, ada, &with_bo).unwrap();
    let stored = borsh::to_vec(&signed).unwrap();
    assert!(!holds(&stored, &pair.hiding) && !holds(&stored, &pair.binding), "the nonces are gone");
    for _ in 0..2 {
        assert_eq!(scene.sign(0, copy(&signed), &with_cy).unwrap_err(), CustodyError::Used);
        assert_eq!(scene.sign(0, copy(&signed), &with_bo).unwrap().1, answer, "the same answer again");
    }
    // Nonces that are not the custodian's own, in its name or left out.
    let other = scene.commit(0, &draft.proposal);
    assert_eq!(scene.sign(0, other, &with_bo).unwrap_err(), CustodyError::OwnNonces);
    let without = scene.package(&draft.proposal, &[&bo, &cy]);
    assert_eq!(scene.sign(0, scene.commit(0, &draft.proposal), &without).unwrap_err(), CustodyError::OwnNonces);
}

#[test]
fn wrong_shares_are_named() {
    let scene = Scene::new();
    let draft = scene.draft(2);
    let account = scene.keys[0].account();
    let sessions = [0, 1, 2].map(|who| scene.commit(who, &draft.proposal));
    let together = scene.package(&draft.proposal, &[&sessions[0], &sessions[1], &sessions[2]]);
    let mut answers: Vec<Signed<SignatureShares>> = Vec::new();
    for (who, session) in sessions.into_iter().enumerate() {
        answers.push(read(&scene.sign(who, session, &together).unwrap().1));
    }
    combine(account, &draft.proposal, &together, &answers).unwrap();
    let again = |who: usize, payload: SignatureShares| {
        scene.custodians.identities[who].sign(&scene.custodians.setup, scene.keys[who].custodian(), payload)
    };
    let mut wrong = answers.clone();
    // By different amounts: equal ones could cancel, and the signature would be good.
    for who in [1, 2] {
        let mut payload = answers[who].payload.clone();
        payload.shares[1][0] ^= who as u8;
        wrong[who] = again(who, payload);
    }
    let error = combine(account, &draft.proposal, &together, &wrong).unwrap_err();
    assert!(matches!(&error, CustodyError::Shares(culprits) if culprits.len() == 2), "{error}");
    assert!(error.to_string().contains("(Bo) and trustee 3 (Cy)"), "{error}");
    let mut other = answers[1].payload.clone();
    other.package[0] ^= 1;
    let elsewhere = combine(account, &draft.proposal, &together, &[answers[0].clone(), again(1, other)]);
    assert!(matches!(elsewhere, Err(CustodyError::OtherPackage(custodian)) if custodian.name == "Bo"));
    let mut short = answers[1].payload.clone();
    short.shares.pop();
    let malformed = combine(account, &draft.proposal, &together, &[answers[0].clone(), again(1, short)]);
    assert!(matches!(malformed, Err(CustodyError::Malformed(culprit)) if culprit.name == "Bo"));
    // In another's name, and not at all.
    let mut forged = answers[1].clone();
    forged.trustee = scene.keys[0].custodian();
    assert!(matches!(combine(account, &draft.proposal, &together, &[forged]), Err(CustodyError::Message(_))));
    let missing = combine(account, &draft.proposal, &together, &answers[..2]).unwrap_err();
    assert!(missing.to_string().contains("(Cy) is missing"), "{missing}");
    // Who is not in the package does not matter, whatever came from there.
    let sessions = [0, 1].map(|who| scene.commit(who, &draft.proposal));
    let two = scene.package(&draft.proposal, &[&sessions[0], &sessions[1]]);
    let mut of_two = vec![answers[2].clone()];
    for (who, session) in sessions.into_iter().enumerate() {
        of_two.push(read(&scene.sign(who, session, &two).unwrap().1));
    }
    combine(account, &draft.proposal, &two, &of_two).unwrap();
}

#[test]
fn custodian_is_not_blamed_for_nonces_that_somebody_else_wrote() {
    let scene = Scene::new();
    let draft = scene.draft(1);
    let account = scene.keys[0].account();
    let [ada, bo] = [0, 1].map(|who| read::<Nonces>(&scene.commit(who, &draft.proposal).nonces()));
    // Bo's pairs in Ada's name, beside Ada's own.
    let forged = Signed { payload: bo.payload.clone(), ..ada.clone() };
    for messages in [[forged.clone(), ada.clone(), bo.clone()], [ada.clone(), forged, bo.clone()]] {
        assert!(matches!(package(account, &draft.proposal, &messages), Err(CustodyError::Message(_))));
    }
    // Two of her own are her doing.
    let other = read::<Nonces>(&scene.commit(0, &draft.proposal).nonces());
    let twice = package(account, &draft.proposal, &[ada, other, bo]);
    assert!(matches!(twice, Err(CustodyError::Malformed(culprit)) if culprit.name == "Ada"));
}

#[test]
fn coordinator_who_shows_another_recipient_gets_no_signature() {
    let scene = Scene::new();
    let honest = scene.draft(1).proposal;
    // The file is all that custodians go by: bytes of the transaction, and α.
    let altered = |change: &dyn Fn(&mut tabella_protocol::transaction::TransactionEffects)| {
        let mut effects = honest.request.effects().clone();
        change(&mut effects);
        let alphas = honest.request.alphas().iter().map(|(i, alpha)| (*i, *alpha.expose()));
        Proposal { custody: honest.custody, request: SigningRequest::of(effects, alphas) }
    };
    // A ciphertext for somebody else's note, so that it reads well: the commitment says otherwise.
    let key = scene.wallet.key();
    let nice = OutputNote::plain(shop(), asset(), NoteValue(1), Memo::empty(), &NoteSeed::new([1; 32])).unwrap();
    let shown = altered(&|effects| {
        if let TransferStatement::Transfer { ciphertexts, .. } = &mut effects.transfers[0].statement {
            ciphertexts[0] = nice.encrypt(key.outgoing(), None);
        }
    });
    assert!(matches!(
        scene.refused(shown),
        CustodyError::Review(ReviewError::Unreadable { transfer: 0, output: 0, .. })
    ));
    // A payment to the coordinator, under an outgoing key that is not the account's.
    let thief = person(13);
    let own = OutputNote::plain(
        thief.address(Diversifier::from_index(0)),
        asset(),
        NoteValue(50),
        Memo::empty(),
        &NoteSeed::new([2; 32]),
    );
    let own = own.unwrap();
    let hidden = altered(&|effects| {
        if let TransferStatement::Transfer { instance, ciphertexts } = &mut effects.transfers[0].statement {
            instance.commitments[0] = own.commitment();
            ciphertexts[0] = own.encrypt(thief.full_viewing_key().outgoing(), None);
        }
    });
    assert!(matches!(scene.refused(hidden), CustodyError::Review(ReviewError::Unreadable { .. })));
    // Written for the account's own key it is seen for what it is.
    let open = altered(&|effects| {
        if let TransferStatement::Transfer { instance, ciphertexts } = &mut effects.transfers[0].statement {
            instance.commitments[0] = own.commitment();
            ciphertexts[0] = own.encrypt(key.outgoing(), None);
        }
    });
    let review = Review::new(key, &open.request).unwrap();
    assert_eq!((review.payments.len(), review.payments[0].to), (1, *own.recipient()));

    let action = altered(&|effects| {
        effects.actions.push(Action { application: ApplicationId([1; 8]), body: Vec::new() });
    });
    assert_eq!(scene.refused(action), ReviewError::Action.into());
    let foreign = altered(&|effects| effects.transfers.push(effects.transfers[0].clone()));
    assert_eq!(scene.refused(foreign), ReviewError::Foreign(1).into());
    let elsewhere = altered(&|effects| effects.transfers[0].pool.0[0] ^= 1);
    assert_eq!(scene.refused(elsewhere), ReviewError::Mode(0).into());
    let empty = Proposal {
        custody: honest.custody,
        request: SigningRequest::of(altered(&|e| e.transfers.clear()).request.effects().clone(), []),
    };
    assert_eq!(scene.refused(empty), ReviewError::Empty.into());
    let shifted = honest.request.alphas().iter().map(|(i, alpha)| (*i, *alpha.expose() + alpha.expose()));
    let shifted = SigningRequest::of(honest.request.effects().clone(), shifted);
    assert_eq!(scene.refused(Proposal { custody: honest.custody, request: shifted }), ReviewError::Key(0).into());
    // Value that leaves the pool.
    let mut builder = TransactionBuilder::new(LEDGER);
    builder.add(scene.payer().exit(vec![scene.notes().remove(0)], NoteValue(9), Blinding::Public, &mut rng()).unwrap());
    let request = builder.build().unwrap().signing_request();
    assert_eq!(scene.refused(Proposal { custody: honest.custody, request }), ReviewError::Mode(0).into());

    // Nonces given for one transaction sign no other.
    let (other, session) = (scene.draft(2), scene.commit(0, &honest));
    let sessions = [0, 1].map(|who| scene.commit(who, &other.proposal));
    let together = scene.package(&other.proposal, &[&sessions[0], &sessions[1]]);
    assert!(matches!(scene.sign(0, session, &together), Err(CustodyError::Digest { .. })));
    let mut stranger = honest;
    stranger.custody.0[0] ^= 1;
    assert!(matches!(scene.refused(stranger), CustodyError::OtherCustody { .. }));
}
