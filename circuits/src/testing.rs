//! Random valid instances with their witnesses, for every mode and every way to spend input 0. For tests only.

use ark_bls12_381::Fr;
use ark_ff::{UniformRand, Zero};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    domain::Use,
    hash::poseidon_hash,
    jubjub::JubjubScalar,
    keys::{Account, Diversifier, NullifierKey, OwnerCommitment, Seed, SpendingKey},
    note::{
        AssetId, Contract, Escrow, Guard, LockCommitment, NoteCommitmentTrapdoor, NoteValue, Terms, Timestamp, commit,
    },
    statement::{
        CastInstance, CastWitness, InputWitness, Mode, OutputWitness, Signer, Spend, TransferInstance, TransferWitness,
        Window,
    },
    tree::{ARITY, Anchor, DEPTH, MerklePath, Position, child_index},
};

/// How a case spends input 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendKind {
    /// The signer's own note.
    Plain,
    /// An escrow that its claimant claims.
    Claim,
    /// The same with a guard, so that the contract is revealed.
    GuardedClaim,
    /// The same with the flag burn_only, which allows only mode consume.
    BurnOnlyClaim,
    /// An escrow that the refund party takes back; guarded and burn_only, which do not bind it.
    Refund,
}

impl SpendKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Plain, Self::Claim, Self::GuardedClaim, Self::BurnOnlyClaim, Self::Refund];

    /// Whether a mode allows this kind.
    #[must_use]
    pub const fn is_allowed_in(self, mode: Mode) -> bool {
        match (self, mode) {
            (Self::Plain, _) | (_, Mode::Consume) => true,
            (_, Mode::Entry) | (Self::BurnOnlyClaim, _) | (Self::GuardedClaim, Mode::Tag) => false,
            (Self::Claim | Self::GuardedClaim | Self::Refund, _) => true,
        }
    }
}

/// A valid instance, its witness, and the key that signs it (under the witness's `alpha`).
#[derive(Clone, Debug)]
pub struct Case<I, W> {
    /// What is proved.
    pub instance: I,
    /// What proves it.
    pub witness: W,
    /// Whose the inputs are.
    pub key: SpendingKey,
}

/// Every allowed pair of mode and kind.
pub fn transfer_kinds() -> impl Iterator<Item = (Mode, SpendKind)> {
    let pairs = Mode::ALL.into_iter().flat_map(|mode| SpendKind::ALL.map(|kind| (mode, kind)));
    pairs.filter(|(mode, kind)| kind.is_allowed_in(*mode))
}

/// A random valid Transfer. Input 1, and in mode entry input 0, is a dummy half of the time.
///
/// # Panics
/// If the mode does not allow the kind.
pub fn random_transfer(
    mode: Mode,
    kind: SpendKind,
    rng: &mut (impl RngCore + CryptoRng),
) -> Case<TransferInstance, TransferWitness> {
    assert!(kind.is_allowed_in(mode), "{kind:?} is not allowed in mode {mode:?}");
    let key = random_key(rng);
    let signer = random_signer(&key, rng);
    let window = random_window(rng);
    let asset = AssetId::new(Fr::rand(rng));
    let diversifiers = [random_diversifier(rng), random_diversifier(rng)];
    let spend = random_spend(kind, signer.owner(diversifiers[0]), &window, rng);

    let coin = |rng: &mut (dyn RngCore + '_)| rng.next_u32() & 1 == 1;
    let real = [mode != Mode::Entry || coin(rng), mode != Mode::Consume && coin(rng)];
    let amount = |real: bool, rng: &mut (dyn RngCore + '_)| if real { (rng.next_u64() >> 2).max(1) } else { 0 };
    let inputs = [amount(real[0], rng), amount(real[1], rng)];
    let total = inputs[0] + inputs[1];
    let v = match mode {
        Mode::Internal => 0,
        Mode::Exit => 1 + rng.next_u64() % total,
        Mode::Entry => 1 + (rng.next_u64() >> 2),
        Mode::Tag => 1 + rng.next_u64() % total,
        Mode::Consume => total,
    };
    let out = match mode {
        Mode::Internal | Mode::Tag => total,
        Mode::Exit | Mode::Consume => total - v,
        Mode::Entry => total + v,
    };
    let first = match mode {
        Mode::Tag => v,
        _ => rng.next_u64() % (out + 1),
    };
    let tagged = (mode == Mode::Tag).then(|| random_escrow(random_owner(rng), random_owner(rng), &window, rng));
    let mut output = |value: u64, lock: Option<LockCommitment>| OutputWitness {
        value: NoteValue(value),
        lock: lock.unwrap_or_else(|| LockCommitment::new(Fr::rand(rng))),
        rcm: random_rcm(rng),
    };
    let outputs = [output(first, tagged.map(|escrow| escrow.lock_commitment())), output(out - first, None)];

    let input = |i: usize, rng: &mut _| InputWitness {
        value: NoteValue(inputs[i]),
        diversifier: diversifiers[i],
        rcm: random_rcm(rng),
        path: real[i].then(|| MerklePath::new(Position(0), [[Fr::zero(); ARITY]; DEPTH])),
    };
    let inputs = [input(0, rng), input(1, rng)];
    let r = if mode == Mode::Internal { JubjubScalar::zero() } else { JubjubScalar::rand(rng) };
    let mut witness = TransferWitness { signer, asset, inputs, spend, outputs, tagged, v: NoteValue(v), r };
    let anchor = plant(&mut witness, rng);
    let reveal = mode != Mode::Internal || coin(rng);
    let instance = witness.instance(anchor, mode, window, reveal);
    Case { instance, witness, key }
}

/// Puts the input notes that have a path into a random tree, as they now are, and returns its root.
pub fn plant(witness: &mut TransferWitness, rng: &mut (impl RngCore + CryptoRng)) -> Anchor {
    let leaf = |i: usize| {
        let input = &witness.inputs[i];
        let spend = if i == 0 { witness.spend } else { Spend::Plain };
        commit(witness.asset, input.value, spend.lock(witness.signer.owner(input.diversifier)), input.rcm)
    };
    let (anchor, paths) = random_paths([leaf(0).element(), leaf(1).element()], rng);
    for (input, path) in witness.inputs.iter_mut().zip(paths) {
        if input.path.is_some() {
            input.path = Some(path);
        }
    }
    anchor
}

/// A random valid Cast.
pub fn random_cast(kind: SpendKind, rng: &mut (impl RngCore + CryptoRng)) -> Case<CastInstance, CastWitness> {
    let key = random_key(rng);
    let signer = random_signer(&key, rng);
    let window = random_window(rng);
    let diversifier = random_diversifier(rng);
    let spend = random_spend(kind, signer.owner(diversifier), &window, rng);
    let (asset, value, rcm) = (AssetId::new(Fr::rand(rng)), NoteValue(1 + (rng.next_u64() >> 24)), random_rcm(rng));
    let leaf = commit(asset, value, spend.lock(signer.owner(diversifier)), rcm).element();
    let (_, [path, _]) = random_paths([leaf, Fr::rand(rng)], rng);
    let witness = CastWitness { signer, asset, value, diversifier, rcm, path, spend };
    let instance = witness.instance(window);
    Case { instance, witness, key }
}

/// A random spending key.
pub fn random_key(rng: &mut (impl RngCore + CryptoRng)) -> SpendingKey {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    Seed::new(seed).account(&Account::Payment(0))
}

/// An escrow that may be claimed and refunded in a window.
pub fn random_escrow(
    claimant: OwnerCommitment,
    refund: OwnerCommitment,
    window: &Window,
    rng: &mut (impl RngCore + CryptoRng),
) -> Escrow {
    let late = window.end().seconds() + u64::from(rng.next_u32() & 1);
    let early = window.start().seconds() - u64::from(rng.next_u32() & 1);
    let time = |seconds| Timestamp::new(seconds).expect("below 2^40");
    Escrow {
        contract: Contract {
            claimant,
            terms: Terms { claim_until: time(late), refund_from: time(early), burn_only: false },
            guard: Guard::none(),
        },
        refund,
        nullifier_key: NullifierKey::new(Fr::rand(rng)),
    }
}

fn random_spend(
    kind: SpendKind,
    owner: OwnerCommitment,
    window: &Window,
    rng: &mut (impl RngCore + CryptoRng),
) -> Spend {
    let mut escrow = match kind {
        SpendKind::Plain => return Spend::Plain,
        SpendKind::Refund => random_escrow(random_owner(rng), owner, window, rng),
        _ => random_escrow(owner, random_owner(rng), window, rng),
    };
    if matches!(kind, SpendKind::GuardedClaim | SpendKind::Refund) {
        escrow.contract.guard = Guard::new(Fr::rand(rng));
    }
    escrow.contract.terms.burn_only = matches!(kind, SpendKind::BurnOnlyClaim | SpendKind::Refund);
    match kind {
        SpendKind::Refund => Spend::Refund(escrow),
        _ => Spend::Claim(escrow),
    }
}

fn random_signer(key: &SpendingKey, rng: &mut (impl RngCore + CryptoRng)) -> Signer {
    let full = key.full_viewing_key();
    Signer { ak: *full.spend_validating_key(), nk: full.nullifier_key(), alpha: JubjubScalar::rand(rng) }
}

fn random_window(rng: &mut impl RngCore) -> Window {
    let start = 1 + (rng.next_u64() >> 25);
    let end = start + 1 + u64::from(rng.next_u32());
    let time = |seconds| Timestamp::new(seconds).expect("below 2^40");
    Window::new(time(start), time(end)).expect("it ends after it starts")
}

fn random_diversifier(rng: &mut impl RngCore) -> Diversifier {
    let mut bytes = [0; 11];
    rng.fill_bytes(&mut bytes);
    Diversifier(bytes)
}

/// An owner commitment that nobody knows the key of.
pub fn random_owner(rng: &mut (impl RngCore + CryptoRng)) -> OwnerCommitment {
    OwnerCommitment::new(Fr::rand(rng))
}

/// A random trapdoor.
pub fn random_rcm(rng: &mut (impl RngCore + CryptoRng)) -> NoteCommitmentTrapdoor {
    NoteCommitmentTrapdoor::new(Fr::rand(rng))
}

/// Two neighbours at a random place of a tree of which only the nodes beside their common path are chosen.
fn random_paths(leaves: [Fr; 2], rng: &mut (impl RngCore + CryptoRng)) -> (Anchor, [MerklePath; 2]) {
    let place = rng.next_u32();
    let [first, second] = [(place & 3) as usize, ((place & 3) ^ 2) as usize];
    let mut children: [[Fr; ARITY]; DEPTH] = std::array::from_fn(|_| std::array::from_fn(|_| Fr::rand(rng)));
    children[0][first] = leaves[0];
    children[0][second] = leaves[1];
    let mut node = poseidon_hash(Use::Node, children[0]);
    for (level, row) in children.iter_mut().enumerate().skip(1) {
        row[child_index(Position(place), level)] = node;
        node = poseidon_hash(Use::Node, *row);
    }
    let path = |place: u32| MerklePath::new(Position(place), children);
    (Anchor::new(node), [path(place), path(place ^ 2)])
}
