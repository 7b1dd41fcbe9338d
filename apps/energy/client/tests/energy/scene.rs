//! A ledger's state in memory, an operator, households and collectors. Groth16 proofs are left out and forgiven; everything else is
//! verified.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_energy::{
    EnergyKeys, MeterDevice, OwnBid, OwnReading, Readings, SignedReading, build,
    keys::Which,
    meter::MeterKey,
    reading,
    rules::{
        BidTerms, EnergyAction, EnergyMarkets, EnergyProof, EnergyRejection, Interval, MarketId, MarketTerms,
        MeterRecord, Side, action::BidId, reading::Flow,
    },
};
use tabella_payments::{
    holder::{Holder, Moment, Next},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    bridge::BridgeProof,
    jubjub::JubjubPoint,
    keys::Seed,
    note::{AssetId, NoteValue, Timestamp},
    range::RangeProofBytes,
    transaction::{LedgerId, LoggedTransaction, SignatureBytes, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{Blinding, TransactionBuilder, UnprovenTransfer, ValueOpening},
};
pub(crate) use tabella_stage::testing::time;
use tabella_stage::testing::{no_proof, proving_keys};
use tabella_verifier::{
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
};

/// When interval 0 begins.
pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const LENGTH: u64 = 900;
/// When the files of this test end.
pub(crate) const END_OF_FILES: u64 = START + 8 * LENGTH;
pub(crate) const BIDDING: u64 = 600;
pub(crate) const REVEALING: u64 = 300;
pub(crate) const LOT: u32 = 100;
pub(crate) const TICK: u64 = 5;
pub(crate) const MAX_PRICE: u64 = 100;
/// What meters of this test are certified for, in Wh of an interval.
pub(crate) const CEILING: u64 = 200_000;
/// A tenth of what was locked.
pub(crate) const PENALTY: u16 = 1_000;

/// When an interval ends.
pub(crate) fn end(interval: u32) -> u64 {
    START + LENGTH * (u64::from(interval) + 1)
}

pub(crate) fn operator() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// The other certifier of the market.
pub(crate) fn certifier() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

/// Somebody's keys.
pub(crate) fn keys(person: u8) -> EnergyKeys {
    EnergyKeys::of_seed(&Seed::new([person; 32]), 0)
}

fn household_of(record: &MeterRecord) -> EnergyKeys {
    (1..=9).map(keys).find(|keys| keys.public() == record.household).unwrap()
}

/// The seed of the device of a household.
pub(crate) fn seed_of_device(household: u8) -> Seed {
    Seed::new([household + 50; 32])
}

pub(crate) const COLLECTORS: [u8; 2] = [101, 102];

fn asset(name: &str, decimals: u8) -> AssetDescription {
    AssetDescription {
        issuer: operator().verifying_key().to_bytes(),
        name: name.into(),
        decimals,
        cap: 1 << 40,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    }
}

/// The terms of a market of a name.
pub(crate) fn terms(name: &str) -> MarketTerms {
    let own = operator().verifying_key().to_bytes();
    MarketTerms {
        name: name.into(),
        operator: own,
        certifiers: vec![certifier().verifying_key().to_bytes(), own],
        collectors: COLLECTORS.map(|person| keys(person).public()).into(),
        energy: asset(&format!("kWh of {name}"), 3),
        payment: asset("Crown", 4).id().unwrap(),
        start: time(START),
        interval_seconds: LENGTH as u32,
        bid_seconds: BIDDING as u32,
        reveal_seconds: REVEALING as u32,
        lot: LOT,
        tick: TICK,
        max_price: MAX_PRICE,
        max_bids: 6,
        penalty: PENALTY,
        smallest_group: 3,
        nonce: [1; 32],
    }
}

pub(crate) type Outcome = Result<Culprits, LedgerRejection>;

/// The rule that refused.
#[track_caller]
pub(crate) fn rule(outcome: Outcome) -> EnergyRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<EnergyRejection>().unwrap().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// Nothing is wrong but a range proof.
#[track_caller]
pub(crate) fn only_the_range(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits { ranges: [7].into(), ..Culprits::default() }));
}

/// Nothing is wrong but a bridge.
#[track_caller]
pub(crate) fn only_the_bridge(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits { bridges: [7].into(), ..Culprits::default() }));
}

#[track_caller]
pub(crate) fn accepted(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits::default()));
}

/// The transfer's C, and what opens it.
pub(crate) struct Crossing(JubjubPoint, ValueOpening);

impl Crossing {
    pub(crate) fn of(transfer: &UnprovenTransfer) -> Self {
        let TransferStatement::Transfer { instance, .. } = &transfer.effects().statement else { panic!("a Cast") };
        Self(instance.value_commitment, transfer.opening().unwrap())
    }

    pub(crate) fn bridge(&self, at: &ProofContext, opening: &AmountOpening) -> BridgeProof {
        opening.bridge(at, self.0, &self.1, &mut OsRng).unwrap()
    }
}

pub(crate) struct Scene {
    pub(crate) state: LedgerState,
    pub(crate) now: u64,
    pub(crate) market: MarketId,
    pub(crate) terms: MarketTerms,
    pub(crate) energy: AssetId,
    /// One wallet for everybody: who is who, keys of the market say.
    holder: Holder,
    pub(crate) log: Vec<LoggedTransaction>,
}

impl Scene {
    /// The market is open; the wallet has notes of money.
    pub(crate) fn new() -> Self {
        let id = LedgerId::derive("ledger.test", &[4; 32]);
        let state = LedgerState::with_applications(id, VerifyingKeys::development(), catalogue().applications());
        let terms = terms("Elm Street");
        let mut scene = Self {
            state,
            now: START,
            market: terms.id(id),
            energy: terms.energy_id().unwrap(),
            terms,
            holder: Holder::new(&Seed::new([9; 32]), 0),
            log: Vec::new(),
        };
        let notes = vec![(scene.holder.wallet().address(0), NoteValue(100_000)); 12];
        let (_, issue) = next_issue(scene.state.assets(), asset("Crown", 4), &notes, true, &mut OsRng).unwrap();
        accepted(scene.submit(sign_issue(&operator(), id, &issue).unwrap()));
        accepted(scene.submit(build::open(&operator(), id, &scene.terms)));
        scene
    }

    pub(crate) fn ledger(&self) -> LedgerId {
        self.state.id()
    }

    pub(crate) fn markets(&self) -> &EnergyMarkets {
        self.state.application().unwrap()
    }

    pub(crate) fn interval(&self, interval: u32) -> &Interval {
        self.markets().interval(self.market, interval).unwrap()
    }

    /// Executes a transaction unless something but a missing Groth16 proof is wrong with it.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Outcome {
        let mut obligations = Obligations::new();
        let entry = LoggedTransaction { time: time(self.now), transaction };
        let checked = self.state.check(&entry, 7, &mut obligations)?;
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if culprits.is_empty() {
            self.state.execute(checked)?;
            self.log.push(entry);
            let all = std::mem::take(&mut self.log);
            self.holder.read_log(&self.state, &all).unwrap();
            self.log = all;
        }
        Ok(culprits)
    }

    /// A transaction of these transfers and one action.
    pub(crate) fn attempt(
        &mut self,
        transfers: Vec<UnprovenTransfer>,
        actions: &[EnergyAction],
        proof: impl Fn(&ProofContext) -> EnergyProof,
    ) -> Outcome {
        let mut builder = TransactionBuilder::new(self.ledger());
        for transfer in transfers {
            builder.add(transfer);
        }
        for action in actions {
            builder.add_action(action.action());
        }
        let digest = builder.effects().digest();
        let at = |index| ProofContext { ledger: self.ledger(), digest, index };
        let proofs = (0..actions.len() as u32).map(|index| build::proof_bytes(&proof(&at(index)))).collect();
        let prepared = builder.build().unwrap();
        let transaction = self.holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
        self.submit(transaction)
    }

    /// What was built, proved in the way of this scene.
    pub(crate) fn finish(&mut self, with: build::WithTransfers) -> Outcome {
        let proofs = with.proofs;
        let transaction = self.holder.authorize_with(with.transaction, &no_proof, &mut OsRng, |_| proofs).unwrap();
        self.submit(transaction)
    }

    fn moment(&self) -> Moment<'_> {
        Moment { state: &self.state, keys: proving_keys(), now: time(self.now) }
    }

    /// A transfer out of the pool.
    pub(crate) fn exit(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        match self.holder.prepare_exit(&at, asset, NoteValue(amount), blinding, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one or two notes suffice"),
        }
    }

    /// A transfer into the pool.
    pub(crate) fn entry(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        let to = self.holder.wallet().address(0);
        self.holder.prepare_entry(&at, asset, to, NoteValue(amount), blinding, &mut OsRng).unwrap()
    }

    pub(crate) fn holds(&self, asset: AssetId) -> u128 {
        let pool = self.moment().state.pool(AssetClass::Ordinary).id();
        self.holder.wallet().balance(pool, asset, time(self.now)).spendable
    }

    pub(crate) fn device_of(&self, household: u8, terms: &MarketTerms) -> MeterKey {
        self.device_for(household, terms, CEILING)
    }

    /// The same key in a device that signs up to another ceiling.
    pub(crate) fn device_for(&self, household: u8, terms: &MarketTerms, ceiling: u64) -> MeterKey {
        let market = terms.id(self.ledger());
        MeterKey::new(seed_of_device(household), terms, (market, keys(household).public()), (0, ceiling))
    }

    /// A registered meter.
    pub(crate) fn meter(&mut self, household: u8) -> MeterDevice {
        let key = self.device_of(household, &self.terms);
        let certificate = key.request().certify(&operator(), &self.terms).unwrap();
        accepted(self.submit(build::register(self.ledger(), &certificate)));
        MeterDevice::start(&key, 0)
    }

    /// By the meter's household, without a proof if that cannot open it.
    pub(crate) fn attest(&mut self, signed: &SignedReading) -> Outcome {
        let record = self.markets().meter(&signed.reading.meter).unwrap().record;
        match build::attest(&household_of(&record), self.ledger(), &record, signed, &mut OsRng) {
            Ok(transaction) => self.submit(transaction),
            Err(_) => self.attest_as(signed, |_| RangeProofBytes(Vec::new())),
        }
    }

    /// With whatever somebody proves.
    pub(crate) fn attest_as(
        &mut self,
        signed: &SignedReading,
        prove: impl Fn(&ProofContext) -> RangeProofBytes,
    ) -> Outcome {
        let body = EnergyAction::Attest(Box::new(signed.reading.clone()));
        let household = household_of(&self.markets().meter(&signed.reading.meter).unwrap().record);
        self.attempt(Vec::new(), &[body], |at| {
            EnergyProof::Reading([signed.signature, household.sign(at.digest)], prove(at))
        })
    }

    pub(crate) fn readings(&self) -> Readings {
        let mut readings = Readings::new(self.market);
        self.log.iter().for_each(|entry| readings.read(&entry.transaction).unwrap());
        readings
    }

    /// The reading of a household's meter in an interval, as the household reads it from the ledger.
    pub(crate) fn own(&self, household: u8, interval: u32) -> OwnReading {
        let keys = keys(household);
        self.readings().own(&keys, self.markets()).find(|own| own.interval == interval).unwrap()
    }

    /// Mints with a note of some amount, bridged as if that were the reading.
    pub(crate) fn mint_as(&mut self, own: &OwnReading, amount: u64, signer: u8) -> Outcome {
        let entry = self.entry(self.energy, amount, Blinding::Random);
        let crossing = Crossing::of(&entry);
        let body = EnergyAction::Mint { meter: own.meter, interval: own.interval, transfer: 0 };
        let record = self.markets().meter(&own.meter).unwrap().record;
        let which = Which { market: self.market, meter: own.meter, interval: own.interval, flow: Flow::Produced };
        let blinding = keys(signer).share(&record.meter.reader).blinding(which);
        let lie = AmountOpening::new(NoteValue(amount), *blinding);
        self.attempt(vec![entry], &[body], |at| {
            EnergyProof::Mint(keys(signer).sign(at.digest), crossing.bridge(at, &lie))
        })
    }

    /// Somebody stops a meter, and leaves out what it has read from there on.
    pub(crate) fn stop(&mut self, meter: [u8; 32], from: u32, certifier: &SigningKey) -> Outcome {
        let readings = self.readings();
        let left_out: Vec<_> = readings.counted(self.markets(), meter, from).collect();
        let stop = build::stop(certifier, self.ledger(), (meter, from), left_out);
        self.submit(stop)
    }

    /// The household mints what its meter has read.
    pub(crate) fn mint(&mut self, household: u8, interval: u32) -> Outcome {
        let own = self.own(household, interval);
        let entry = self.entry(self.energy, own.produced.value().0, Blinding::Random);
        let with = build::mint(&keys(household), self.ledger(), &own, entry, &mut OsRng).unwrap();
        self.finish(with)
    }

    /// Energy for a seller: a household's meter reads so much in interval 0, and the clock goes to its end.
    pub(crate) fn produce(&mut self, household: u8, watt_hours: u64) {
        let mut meter = self.meter(household);
        self.now = end(0);
        let signed = meter.sign(0, [watt_hours, 10]).unwrap();
        accepted(self.attest(&signed));
        accepted(self.mint(household, 0));
    }

    // Auctions.

    /// A bid that is not on the ledger yet.
    pub(crate) fn bid(&self, person: u8, side: Side, lots: u32, price: u64) -> OwnBid {
        let market = (self.market, &self.terms);
        let said = BidTerms { lots, price };
        OwnBid::new(&keys(person), market, (0, side), said, time(end(0)), &mut OsRng).unwrap()
    }

    /// Puts a bid on the ledger.
    pub(crate) fn place(&mut self, own: &OwnBid) -> Outcome {
        let locked = own.locked(&self.terms);
        let exit = self.exit(own.asset(&self.terms).unwrap(), locked.value().0, Blinding::Random);
        let with = build::bid(self.ledger(), own, &locked, exit, &mut OsRng).unwrap();
        self.finish(with)
    }

    /// A bid that is on the ledger: its number.
    pub(crate) fn placed(&mut self, person: u8, side: Side, lots: u32, price: u64) -> u32 {
        let own = self.bid(person, side, lots, price);
        accepted(self.place(&own));
        self.interval(0).bids.size() as u32 - 1
    }

    pub(crate) const fn id(&self, number: u32) -> BidId {
        BidId { market: self.market, interval: 0, number }
    }

    /// A bid as its bidder finds it on the ledger.
    pub(crate) fn found(&self, person: u8, number: u32) -> OwnBid {
        OwnBid::recover(&keys(person), LOT, number, self.interval(0).bids.get(&number).unwrap()).unwrap()
    }

    pub(crate) fn reveal(&mut self, person: u8, number: u32) -> Outcome {
        let own = self.found(person, number);
        self.submit(build::reveal(self.ledger(), &own).unwrap())
    }

    pub(crate) fn clear(&mut self) -> Outcome {
        let transaction = build::clear(self.ledger(), (self.market, 0), self.interval(0), TICK);
        self.submit(transaction)
    }

    /// Takes energy and money, as much as is said, under the signature of some bid's key.
    pub(crate) fn take_as(&mut self, number: u32, signer: &OwnBid, [energy, money]: [u64; 2]) -> Outcome {
        let mut transfers = Vec::new();
        let mut pay = |scene: &mut Self, asset, amount: u64| {
            (amount > 0).then(|| {
                transfers.push(scene.entry(asset, amount, Blinding::Public));
                transfers.len() as u32 - 1
            })
        };
        let assets = [self.energy, self.terms.payment];
        let (energy, money) = (pay(self, assets[0], energy), pay(self, assets[1], money));
        let body = EnergyAction::Take { bid: self.id(number), energy, money };
        self.attempt(transfers, &[body], |at| EnergyProof::Signature(signer.sign(at.digest)))
    }

    /// The bidder takes what a bid came to.
    pub(crate) fn take(&mut self, person: u8, number: u32, amounts: [u64; 2]) -> Outcome {
        let own = self.found(person, number);
        self.take_as(number, &own, amounts)
    }

    pub(crate) fn reclaim(&mut self, person: u8, number: u32, amount: u64, back: u64) -> Outcome {
        let own = self.found(person, number);
        let asset = own.asset(&self.terms).unwrap();
        let entry = (back > 0).then(|| self.entry(asset, back, Blinding::Public));
        let with = build::reclaim(self.ledger(), &own, NoteValue(amount), entry).unwrap();
        self.finish(with)
    }

    /// Bids of this scene are revealed now.
    pub(crate) const fn close(&mut self) {
        self.now = START + LENGTH + BIDDING;
    }

    /// And no longer.
    pub(crate) const fn over(&mut self) {
        self.now = START + LENGTH + BIDDING + REVEALING;
    }

    /// The bidder takes what a bid came to, as the client does: the auction is cleared first if nobody has.
    pub(crate) fn settle(&mut self, person: u8, number: u32) -> Outcome {
        let own = self.found(person, number);
        let at = (self.market, &self.terms);
        let (cleared, clear) = build::settled(at, (0, self.interval(0)), time(self.now)).unwrap();
        let payout = cleared.payout(number, LOT).unwrap();
        let assets = [(self.energy, payout.energy), (self.terms.payment, payout.money)];
        let [energy, money] =
            assets.map(|(asset, amount)| (amount > 0).then(|| self.entry(asset, amount, Blinding::Public)));
        let with = build::take(self.ledger(), &own, clear, energy, money).unwrap();
        self.finish(with)
    }

    pub(crate) fn subtotal(&mut self, collector: usize) -> Outcome {
        let keys = keys(COLLECTORS[collector]);
        let told = reading::subtotal(&keys, self.markets(), &self.readings(), 0, Timestamp::MAX).unwrap();
        self.submit(build::subtotal(&keys, self.ledger(), (self.market, 0), told))
    }
}

pub(crate) const fn wrong_signature() -> SignatureBytes {
    SignatureBytes([7; 64])
}
