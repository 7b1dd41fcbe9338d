//! A ledger's state in memory, a registrar, two issuers and two owners. Groth16 proofs are left out and forgiven; everything else
//! is verified.

use rand_core::OsRng;
use tabella_payments::holder::{Holder, Moment, Next, PaymentOrder};
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::{LedgerId, LoggedTransaction, Transaction, TransactionEffects},
};
use tabella_provenance::{
    Certificate, ProvenanceKeys,
    batch::{Prepared, Setting, prepare},
    build::{ClaimRequest, found, register, set_issuer},
    identity::normal_text,
    rules::{
        Provenance, ProvenanceRejection,
        action::{ProvenanceAction, ProvenanceProof, Role},
        attribute::Value,
        registry::RegistryId,
        schema::Schema,
    },
};
use tabella_prover::builder::UnprovenTransfer;
pub(crate) use tabella_stage::testing::{no_proof, proving_keys, time};
use tabella_verifier::{
    application::Catalogue,
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
};

pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn seed(byte: u8) -> Seed {
    Seed::new([byte; 32])
}

pub(crate) fn keys(byte: u8) -> ProvenanceKeys {
    ProvenanceKeys::of_seed(&seed(byte), 0)
}

pub(crate) type Outcome = Result<Culprits, LedgerRejection>;

/// The rule of this application that refused.
#[track_caller]
pub(crate) fn rule(outcome: Outcome) -> ProvenanceRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<ProvenanceRejection>().unwrap_or_else(|| panic!("{rejection}")).clone()
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn accepted(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits::default()));
}

/// The attributes of a diamond, by name.
pub(crate) fn diamond(attributes: &[(&str, &str)]) -> Vec<Value> {
    let schema = Schema::Diamond;
    let mut values = vec![Value::Empty; schema.attributes().len()];
    for (name, text) in attributes {
        let index = schema.index(name).unwrap();
        let attribute = schema.attribute(index).unwrap();
        values[usize::from(index)] = match tabella_provenance::rules::attribute::parse_number(attribute, text) {
            Ok(number) => Value::Number(number),
            Err(_) => normal_text(text).unwrap(),
        };
    }
    values
}

/// A stone of 1.2 carats, by its number, of measures that no other has.
pub(crate) fn stone(number: u32) -> Vec<Value> {
    let number = number.to_string();
    let (inscription, height) = (format!("GIA {number}"), format!("{number}.5"));
    diamond(&[
        ("inscription", &inscription),
        ("laboratory", "GIA"),
        ("certificate", &number),
        ("carat", "1.2"),
        ("colour", "E"),
        ("clarity", "VS1"),
        ("depth", "61.5"),
        ("length", "6.41"),
        ("width", "6.43"),
        ("height", &height),
    ])
}

pub(crate) struct Scene {
    pub(crate) state: LedgerState,
    pub(crate) now: u64,
    pub(crate) log: Vec<LoggedTransaction>,
    pub(crate) registrar: ProvenanceKeys,
    /// Two issuers; both are authorised.
    pub(crate) issuer: ProvenanceKeys,
    pub(crate) other: ProvenanceKeys,
    /// The first owner.
    pub(crate) owner: ProvenanceKeys,
    pub(crate) registry: RegistryId,
    pub(crate) alice: Holder,
    pub(crate) bob: Holder,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let id = LedgerId::derive("ledger.test", &[4; 32]);
        let applications = Catalogue::standard().with(Provenance::default()).unwrap().applications();
        let state = LedgerState::with_applications(id, VerifyingKeys::development(), applications);
        let registrar = keys(1);
        let (registry, transaction) = found(&registrar, id, "Diamonds of the world", &mut OsRng);
        let mut scene = Self {
            state,
            now: NOW,
            log: Vec::new(),
            registrar,
            issuer: keys(2),
            other: keys(3),
            owner: keys(4),
            registry: registry.id(id),
            alice: Holder::new(&seed(4), 0),
            bob: Holder::new(&seed(5), 0),
        };
        accepted(scene.submit(transaction));
        for (version, byte, name) in [(0, 2, "Antwerp"), (1, 3, "Mumbai")] {
            let act = scene.set_issuer(version, byte, name, true);
            accepted(scene.submit(act));
        }
        scene
    }

    pub(crate) fn ledger(&self) -> LedgerId {
        self.state.id()
    }

    pub(crate) fn provenance(&self) -> &Provenance {
        self.state.application().unwrap()
    }

    pub(crate) fn set_issuer(&self, version: u64, byte: u8, name: &str, is_authorised: bool) -> Transaction {
        let issuer = keys(byte).public(Role::Issuer);
        set_issuer(&self.registrar, self.ledger(), (self.registry, version), (issuer, name), is_authorised)
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
        }
        Ok(culprits)
    }

    /// A transaction of one action under signatures of somebody's choice.
    pub(crate) fn signed(
        &self,
        action: &ProvenanceAction,
        (role, by): (Role, &ProvenanceKeys),
        approval: Option<(Role, &ProvenanceKeys)>,
    ) -> Transaction {
        let effects = TransactionEffects::new(self.ledger(), Vec::new(), vec![action.action()]);
        let digest = effects.digest();
        let approval = approval.map(|(role, by)| by.sign(role, digest));
        let proof = ProvenanceProof { signature: by.sign(role, digest), approval };
        Transaction { effects, transfers: Vec::new(), action_proofs: vec![borsh::to_vec(&proof).unwrap()] }
    }

    /// A transaction of several actions, all signed in one role.
    pub(crate) fn signed_all(&self, actions: &[ProvenanceAction], (role, by): (Role, &ProvenanceKeys)) -> Transaction {
        let actions = actions.iter().map(ProvenanceAction::action).collect();
        let effects = TransactionEffects::new(self.ledger(), Vec::new(), actions);
        let proof = ProvenanceProof { signature: by.sign(role, effects.digest()), approval: None };
        let action_proofs = vec![borsh::to_vec(&proof).unwrap(); effects.actions.len()];
        Transaction { effects, transfers: Vec::new(), action_proofs }
    }

    pub(crate) fn prepare(&self, by: &ProvenanceKeys, things: Vec<Vec<Value>>) -> Prepared {
        let holder = self.owner.public(Role::Holder);
        let setting = Setting { ledger: self.ledger(), registry: self.registry, schema: Schema::Diamond, holder };
        prepare(by, self.registrar.mark_key(), self.provenance(), &setting, things).unwrap()
    }

    /// The first issuer registers things.
    pub(crate) fn register(&mut self, things: Vec<Vec<Value>>) -> Vec<Certificate> {
        let prepared = self.prepare(&self.issuer, things);
        let transaction = register(&self.issuer, self.ledger(), prepared.batch);
        accepted(self.submit(transaction));
        prepared.certificates
    }

    pub(crate) fn request(&self, assets: &[AssetId]) -> ClaimRequest {
        self.request_at(assets, 0)
    }

    /// At an address of Alice's.
    pub(crate) fn request_at(&self, assets: &[AssetId], index: u32) -> ClaimRequest {
        let address = self.alice.wallet().address(index);
        let claims: Vec<_> = assets.iter().map(|asset| (*asset, address)).collect();
        let known = (self.provenance(), self.state.assets());
        ClaimRequest::new(&self.owner, self.ledger(), known, &claims, &mut OsRng).unwrap()
    }

    /// A stone that Alice has, and its certificate.
    pub(crate) fn claimed(&mut self, number: u32) -> (AssetId, Certificate) {
        self.claimed_at(number, 0)
    }

    /// The same, at an address of hers.
    pub(crate) fn claimed_at(&mut self, number: u32, index: u32) -> (AssetId, Certificate) {
        let certificate = self.register(vec![stone(number)]).remove(0);
        let asset = certificate.check(self.provenance(), self.ledger()).unwrap();
        let request = self.request_at(&[asset], index);
        let transaction = request.grant(&self.issuer, self.ledger(), self.provenance()).unwrap();
        accepted(self.submit(transaction));
        self.read();
        (asset, certificate)
    }

    pub(crate) fn read(&mut self) {
        for holder in [&mut self.alice, &mut self.bob] {
            holder.read_log(&self.state, &self.log).unwrap();
        }
    }

    /// One unit from one to the other.
    pub(crate) fn transfer(&mut self, asset: AssetId, from_alice: bool) -> UnprovenTransfer {
        self.pay(asset, 1, from_alice)
    }

    pub(crate) fn pay(&mut self, asset: AssetId, amount: u64, from_alice: bool) -> UnprovenTransfer {
        self.read();
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        let (from, to) = if from_alice { (&mut self.alice, &self.bob) } else { (&mut self.bob, &self.alice) };
        let order = PaymentOrder { to: to.wallet().address(0), asset, amount: NoteValue(amount), memo: Memo::empty() };
        match from.prepare_send(&at, &order, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one note suffices"),
        }
    }

    pub(crate) fn hand_over(&mut self, asset: AssetId, from_alice: bool) -> Transaction {
        let transfer = self.transfer(asset, from_alice);
        let mut builder = tabella_prover::builder::TransactionBuilder::new(self.ledger());
        builder.add(transfer);
        let from = if from_alice { &self.alice } else { &self.bob };
        from.authorize(builder.build().unwrap(), &no_proof, &mut OsRng).unwrap()
    }

    pub(crate) fn holds(&mut self, asset: AssetId, is_alice: bool) -> u128 {
        self.read();
        let pool = self.state.pool(tabella_protocol::asset::AssetClass::Named).id();
        let holder = if is_alice { &self.alice } else { &self.bob };
        holder.wallet().balance(pool, asset, time(self.now)).spendable
    }
}
