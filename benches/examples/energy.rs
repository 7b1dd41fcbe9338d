//! The figures of the market for energy: what a reading costs a meter and its household, and what an auction of 1,000 bids costs
//! whoever checks it.
//!
//! `cargo run --release -p tabella-benches --example energy`. One thread. The auction is computed twice. By whoever reads the sealed
//! bids: every bid is opened (hash and lock), the market is cleared, and every payout is computed and added up. And by the ledger:
//! each bid, each opening and the clearing is a transaction of its own, which is checked by the application's rules and those of the
//! pool, and executed. What transactions leave to be verified in batches (Groth16 proofs, bridges and signatures of transfers) is
//! not in it: `cargo bench -p tabella-benches --bench ledger`.

#![allow(clippy::unwrap_used, reason = "it stops where something unforeseen happens")]

use std::{hint::black_box, time::Instant};

use ark_bls12_381::Fr;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer as _, SigningKey};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use tabella_energy::{
    EnergyKeys, MeterDevice, OwnBid, build,
    meter::MeterKey,
    rules::{
        BidTerms, EnergyAction, EnergyMarkets, EnergyProof, Interval, MarketTerms, Side,
        action::BidId,
        bid::{Bid, SealedBid, Stage, lock, seal},
        state::Outcome,
    },
};
use tabella_protocol::{
    asset::{self, AssetClass, AssetDescription, Issue, IssuedNote, issuer_message},
    bridge::BridgeProof,
    jubjub::{JubjubPoint, JubjubScalar, value_base},
    keys::Seed,
    note::{AssetId, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, Nullifier, Timestamp},
    note_encryption::{ENC_BYTES, NoteCiphertext, OUT_BYTES},
    ristretto::{self, CanonicalScalar},
    statement::{Mode, Shape, TransferInstance, Window},
    transaction::{
        Action, LedgerId, LoggedTransaction, ProofBytes, SignatureBytes, Transaction, TransactionEffects,
        TransferAuthorization, TransferEffects, TransferStatement,
    },
    transcript::ProofContext,
};
use tabella_prover::bridge::{BridgeOpening, prove_bridge};
use tabella_verifier::{
    application::Applications, groth16::VerifyingKeys, obligations::Obligations, state::LedgerState,
};

const BIDS: u32 = 1_000;
const READINGS: u32 = 2_000;
const ATTESTED: u32 = 100;
const LEDGER: LedgerId = LedgerId([1; 32]);

fn keys(person: u8) -> EnergyKeys {
    EnergyKeys::of_seed(&Seed::new([person; 32]), 0)
}

fn operator() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn asset(name: &str, decimals: u8) -> AssetDescription {
    AssetDescription {
        issuer: operator().verifying_key().to_bytes(),
        name: name.into(),
        decimals,
        cap: 1,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    }
}

fn terms() -> MarketTerms {
    let own = operator().verifying_key().to_bytes();
    MarketTerms {
        name: "Elm Street".into(),
        operator: own,
        certifiers: vec![own],
        collectors: [101, 102].map(|person| keys(person).public()).into(),
        energy: asset("kWh", 3),
        payment: asset("Crown", 2).id().unwrap(),
        start: Timestamp::new(1_800_000_000).unwrap(),
        interval_seconds: 900,
        bid_seconds: 600,
        reveal_seconds: 300,
        lot: 100,
        tick: 1,
        max_price: 10_000,
        max_bids: BIDS,
        penalty: 1_000,
        smallest_group: 3,
        nonce: [0; 32],
    }
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn meter(terms: &MarketTerms, rng: &mut ChaCha20Rng) {
    let household = keys(1);
    let key = MeterKey::new(Seed::new([51; 32]), terms, (terms.id(LEDGER), household.public()), (0, 25_000));
    let mut device = MeterDevice::start(&key, 0);
    let start = Instant::now();
    let signed: Vec<_> =
        (0..READINGS).map(|interval| device.sign(interval, [1_000 + u64::from(interval), 500]).unwrap()).collect();
    let micros = millis(start) * 1e3 / f64::from(READINGS);
    println!(
        "a reading, committed to for household and {} collectors, and signed: {micros:.0} us",
        terms.collectors.len()
    );
    let start = Instant::now();
    for signed in signed.iter().take(ATTESTED as usize) {
        black_box(build::attest(&household, LEDGER, key.record(), signed, rng).unwrap());
    }
    let each = millis(start) / f64::from(ATTESTED);
    println!("its household opens it and proves that it is not above the ceiling: {each:.1} ms");
}

/// A bid as the ledger has it, and what opens it.
type Sealed = (SealedBid, BidTerms, CanonicalScalar);

fn check(terms: &MarketTerms, bids: &[Sealed]) -> (u64, u64) {
    let mut interval = Interval::new(terms.collectors.len());
    let mut locked = [0_u64; 2];
    for (number, (sealed, said, blinding)) in (0..).zip(bids) {
        assert_eq!(seal((sealed.market, sealed.interval, sealed.side), &sealed.bidder, said, blinding), sealed.seal);
        let amount = said.amount(sealed.side, terms.lot);
        assert_eq!(lock(amount, &blinding.0), sealed.lock);
        locked[usize::from(sealed.side == Side::Sell)] += amount;
        interval.bids.insert_mut(number, Bid { sealed: *sealed, stage: Stage::Revealed(*said) });
    }
    interval.outcome = interval.clear(terms.tick);
    let payouts = (0..).zip(bids).map(|(number, _)| interval.payout(number, terms.lot).unwrap());
    let paid = payouts.fold([0, 0], |[money, energy], payout| [money + payout.money, energy + payout.energy]);
    assert_eq!(paid, locked, "nothing is made or lost");
    let Outcome::Cleared(clearing) = interval.outcome else { return (0, 0) };
    (clearing.price, clearing.lots)
}

/// A ledger that takes transactions without what is verified in batches.
struct Ledger {
    state: LedgerState,
    bridge: BridgeProof,
    transfers: u64,
}

impl Ledger {
    /// The market is open.
    fn new(terms: &MarketTerms, rng: &mut ChaCha20Rng) -> Self {
        let applications = Applications::none().with(EnergyMarkets::default()).unwrap();
        let opening = BridgeOpening::new(1, JubjubScalar::from(1_u64), Scalar::from(1_u64));
        let statement = opening.statement(std::num::NonZeroU32::MIN);
        let digest = TransactionEffects::new(LEDGER, Vec::new(), Vec::new()).digest();
        let context = ProofContext { ledger: LEDGER, digest, index: 0 };
        let bridge = prove_bridge(&context, &statement, &opening, rng).unwrap();
        let state = LedgerState::with_applications(LEDGER, VerifyingKeys::development(), applications);
        let mut ledger = Self { state, bridge, transfers: 0 };
        // One note, so that there is a tree. Nobody looks at those behind the bids, of which proofs alone would tell.
        let (lock, rcm) = (LockCommitment::new(Fr::from(1_u64)), NoteCommitmentTrapdoor::new(Fr::from(1_u64)));
        let notes = vec![IssuedNote { lock, value: NoteValue(1), rcm }];
        let issue = Issue { asset: asset("Crown", 2), sequence: 0, notes, seal: true };
        let body = borsh::to_vec(&issue).unwrap();
        let effects =
            TransactionEffects::new(LEDGER, Vec::new(), vec![Action { application: asset::APPLICATION, body }]);
        let issued = operator().sign(&issuer_message(effects.digest())).to_bytes().to_vec();
        ledger.submit(Transaction { effects, transfers: Vec::new(), action_proofs: vec![issued] }, terms.start);
        ledger.submit(build::open(&operator(), LEDGER, terms), terms.start);
        ledger
    }

    fn submit(&mut self, transaction: Transaction, time: Timestamp) {
        let entry = LoggedTransaction { time, transaction };
        let checked = self.state.check(&entry, 0, &mut Obligations::new()).unwrap();
        self.state.execute(checked).unwrap();
    }

    /// A transfer in mode exit, of notes that there need not be.
    fn exit(&mut self, asset: AssetId, time: Timestamp) -> TransferEffects {
        self.transfers += 1;
        let field = |offset: u64| Fr::from(4 * self.transfers + offset);
        let point = JubjubPoint::new(*value_base() * JubjubScalar::from(self.transfers));
        let ciphertext =
            NoteCiphertext { epk: (*ristretto::blinding_base()).into(), enc: [0; ENC_BYTES], out: [0; OUT_BYTES] };
        let pool = self.state.pool(AssetClass::Ordinary);
        let instance = TransferInstance {
            anchor: pool.tree().root(),
            nullifiers: [Nullifier::new(field(0)), Nullifier::new(field(1))],
            commitments: [NoteCommitment::new(field(2)), NoteCommitment::new(field(3))],
            rk: point,
            value_commitment: point,
            asset_revealed: asset.element(),
            contract_revealed: Fr::from(0_u64),
            window: Window::new(time, Timestamp::MAX).unwrap(),
            mode: Mode::Exit,
            reveal: true,
            level: false,
        };
        TransferEffects {
            pool: pool.id(),
            verifying_key: self.state.keys().of_shape(Shape::Transfer).next().unwrap().id(),
            statement: TransferStatement::Transfer { instance, ciphertexts: vec![ciphertext.clone(), ciphertext] },
            contract: None,
        }
    }

    fn transaction(transfers: Vec<TransferEffects>, action: &EnergyAction, proof: &EnergyProof) -> Transaction {
        let authorization = TransferAuthorization { proof: ProofBytes([0; 192]), signature: SignatureBytes([0; 64]) };
        let authorizations = vec![authorization; transfers.len()];
        let effects = TransactionEffects::new(LEDGER, transfers, vec![action.action()]);
        Transaction { effects, transfers: authorizations, action_proofs: vec![build::proof_bytes(proof)] }
    }
}

/// The auction as the ledger has it: what each part takes.
fn on_the_ledger(terms: &MarketTerms, bids: &[Sealed], rng: &mut ChaCha20Rng) {
    let mut ledger = Ledger::new(terms, rng);
    let market = terms.id(LEDGER);
    let (ends, closes, over) = (terms.ends(0).unwrap(), terms.closes(0).unwrap(), terms.revealed_by(0).unwrap());
    let made: Vec<Transaction> = bids
        .iter()
        .map(|(sealed, ..)| {
            let asset = if sealed.side == Side::Buy { terms.payment } else { terms.energy_id().unwrap() };
            let exit = ledger.exit(asset, ends);
            let action = EnergyAction::Bid { bid: Box::new(*sealed), transfer: 0 };
            Ledger::transaction(vec![exit], &action, &EnergyProof::Bridge(ledger.bridge))
        })
        .collect();
    let revealed = (0..).zip(bids).map(|(number, (_, said, blinding))| {
        let bid = BidId { market, interval: 0, number };
        let action = EnergyAction::Reveal { bid, said: *said, blinding: *blinding };
        Ledger::transaction(Vec::new(), &action, &EnergyProof::None)
    });
    let revealed: Vec<Transaction> = revealed.collect();
    let start = Instant::now();
    made.into_iter().for_each(|bid| ledger.submit(bid, ends));
    let bidding = millis(start);
    let start = Instant::now();
    revealed.into_iter().for_each(|reveal| ledger.submit(reveal, closes));
    let revealing = millis(start);
    let start = Instant::now();
    let interval = ledger.state.application::<EnergyMarkets>().unwrap().interval(market, 0).unwrap().clone();
    ledger.submit(build::clear(LEDGER, (market, 0), &interval, terms.tick), over);
    let clearing = millis(start);
    println!(
        "{BIDS} bids on a ledger, without what is verified in batches: taken in {bidding:.0} ms, opened in {revealing:.0} ms, \
         cleared in {clearing:.0} ms"
    );
}

fn main() {
    let terms = terms();
    let (rng, market, own) = (&mut ChaCha20Rng::from_seed([7; 32]), terms.id(LEDGER), keys(1));
    meter(&terms, rng);
    let now = terms.ends(0).unwrap();
    let bids: Vec<Sealed> = (0..BIDS)
        .map(|index| {
            let side = if index % 2 == 0 { Side::Buy } else { Side::Sell };
            // Prices that overlap, and lots that do not fit.
            let said = BidTerms { lots: 1 + index * 7 % 23, price: 1 + u64::from(index) * 7_919 % 10_000 };
            let bid = OwnBid::new(&own, (market, &terms), (0, side), said, now, rng).unwrap();
            (bid.sealed, said, bid.blinding())
        })
        .collect();
    let start = Instant::now();
    let (price, lots) = check(&terms, &bids);
    let took = millis(start);
    println!("{BIDS} bids opened, cleared ({lots} lots at {price}) and paid out: {took:.0} ms");
    on_the_ledger(&terms, &bids, rng);
}
