//! What both shapes share: the signer, the notes, and how input 0 is spent. Spec § 3, § 4 items 1, 2, 6 and 7.

use ark_bls12_381::Fr;
use tabella_protocol::{
    domain::Use,
    note::{Contract, Escrow},
    statement::{Signer, Spend},
};

use crate::{
    builder::{Builder, Result},
    gadget::{
        edwards::Point,
        fixed_base::FixedBase,
        poseidon::hash,
        range::{bits, enforce_range, power_of_two},
    },
    linear::Linear,
};

/// Bits of a time.
const TIME_BITS: usize = 40;

/// The signer's keys in the circuit.
pub(crate) struct SignerKeys {
    pub(crate) nk: Linear,
    ok: Linear,
}

impl SignerKeys {
    /// Item 1: rk = ak + α·G, and ak is on the curve; then `ok = H(ak.x, ak.y, nk)`.
    pub(crate) fn new(builder: &mut Builder, signer: Option<&Signer>, rk: &Point) -> Result<Self> {
        builder.block("RandomizedKey");
        let ak = Point::witness(builder, signer.map(|signer| signer.ak.point().affine()))?;
        let randomizer = FixedBase::spend_authority().multiply(builder, signer.map(|signer| signer.alpha))?;
        ak.enforce_sum(builder, &randomizer, rk)?;
        builder.block("owner key");
        let nk = builder.given(signer.map(|signer| signer.nk.element()))?;
        let ok = hash(builder, Use::OwnerKey, [&ak.x, &ak.y, &nk])?;
        Ok(Self { nk, ok })
    }

    /// `pk = H(ok, d)`.
    pub(crate) fn owner(&self, builder: &mut Builder, diversifier: Option<Fr>) -> Result<Linear> {
        builder.block("owner");
        let diversifier = builder.given(diversifier)?;
        hash(builder, Use::Owner, [&self.ok, &diversifier])
    }
}

/// How input 0 is spent, in the circuit. Without an escrow the opening is one of zeros, and nothing depends on it.
pub(crate) struct SpendPath {
    /// 1 on the claim path.
    pub(crate) claim: Linear,
    /// 1 on the refund path: the level.
    pub(crate) refund: Linear,
    /// 1 if input 0 is an escrow.
    pub(crate) escrow: Linear,
    /// The lock of input 0.
    pub(crate) lock: Linear,
    /// `nk'`.
    pub(crate) nullifier_key: Linear,
    /// The hash of the contract.
    pub(crate) contract: Linear,
    /// `sel`: claim path and guard != 0.
    pub(crate) guarded: Linear,
    /// The flag `burn_only`, whatever the path.
    pub(crate) burn_only: Linear,
}

impl SpendPath {
    /// Item 2: the signer owns input 0, plain or by a path of its escrow whose conditions hold.
    pub(crate) fn new(
        builder: &mut Builder,
        spend: Option<&Spend>,
        owner: &Linear,
        nk: &Linear,
        [start, end]: [&Linear; 2],
    ) -> Result<Self> {
        builder.block("path of the escrow");
        let claim = builder.boolean(spend.map(|spend| matches!(spend, Spend::Claim(_))))?;
        let refund = builder.boolean(spend.map(Spend::is_refund))?;
        // A bit too: never both.
        let escrow = &claim + &refund;
        builder.enforce_boolean(&escrow)?;

        builder.block("escrow of input 0");
        let part = |of: fn(&Escrow) -> Fr| spend.map(|spend| spend.escrow().map_or_else(Fr::default, of));
        let time =
            |of: fn(&Contract) -> u64| spend.map(|spend| spend.escrow().map_or(0, |escrow| of(&escrow.contract)));
        let claimant = builder.given(part(|escrow| escrow.contract.claimant.element()))?;
        let guard = builder.given(part(|escrow| escrow.contract.guard.element()))?;
        let refund_party = builder.given(part(|escrow| escrow.refund.element()))?;
        let nk_e = builder.given(part(|escrow| escrow.nullifier_key.element()))?;
        // terms = claim_until + 2^40·refund_from + 2^80·burn_only: 81 bits, far below the modulus, so they are unique.
        let claim_until: [_; TIME_BITS] = bits(builder, time(|contract| contract.terms.claim_until.seconds()))?;
        let refund_from: [_; TIME_BITS] = bits(builder, time(|contract| contract.terms.refund_from.seconds()))?;
        let [burn_only] = bits(builder, time(|contract| contract.terms.burn_only.into()))?;
        let claim_until = Linear::from_bits(&claim_until);
        let refund_from = Linear::from_bits(&refund_from);
        let terms = Linear::sum([
            (power_of_two(0), &claim_until),
            (power_of_two(40), &refund_from),
            (power_of_two(80), &burn_only),
        ]);
        let contract = hash(builder, Use::Contract, [&claimant, &terms, &guard])?;
        let escrow_lock = hash(builder, Use::Escrow, [&contract, &refund_party, &nk_e])?;
        let lock = owner + &builder.product(&escrow, &(&escrow_lock - owner))?;
        let nullifier_key = nk + &builder.product(&escrow, &(&nk_e - nk))?;

        builder.block("Spend(NotClaimant)");
        builder.enforce_either_zero(&claim, &(&claimant - owner))?;
        builder.block("Spend(NotRefundParty)");
        builder.enforce_either_zero(&refund, &(&refund_party - owner))?;

        // claim_until - end on the claim path, start - refund_from on the refund path, else 0. All four are below 2^40 (start
        // and end by the verifier's type), so a negative difference is above r - 2^40 and has no 40 bits.
        builder.block("Spend(ClaimWindow) Spend(RefundWindow)");
        let margin =
            &builder.product(&claim, &(&claim_until - end))? + &builder.product(&refund, &(start - &refund_from))?;
        enforce_range::<TIME_BITS>(builder, &margin)?;

        builder.block("guard");
        let has_guard = builder.is_nonzero(&guard)?;
        let guarded = builder.product(&claim, &has_guard)?;
        Ok(Self { claim, refund, escrow, lock, nullifier_key, contract, guarded, burn_only })
    }
}

/// An escrow that is only opened, not spent: the hash of its contract and its lock.
pub(crate) struct OpenedEscrow {
    pub(crate) contract: Linear,
    pub(crate) lock: Linear,
}

impl OpenedEscrow {
    /// Opens an escrow; `None` inside means zeros. The terms need no decomposition here: the contract is revealed with its
    /// opening, which the ledger checks.
    pub(crate) fn new(builder: &mut Builder, escrow: Option<Option<&Escrow>>) -> Result<Self> {
        let part = |of: fn(&Escrow) -> Fr| escrow.map(|escrow| escrow.map_or_else(Fr::default, of));
        let claimant = builder.given(part(|escrow| escrow.contract.claimant.element()))?;
        let terms = builder.given(part(|escrow| escrow.contract.terms.element()))?;
        let guard = builder.given(part(|escrow| escrow.contract.guard.element()))?;
        let refund_party = builder.given(part(|escrow| escrow.refund.element()))?;
        let nk_e = builder.given(part(|escrow| escrow.nullifier_key.element()))?;
        let contract = hash(builder, Use::Contract, [&claimant, &terms, &guard])?;
        let lock = hash(builder, Use::Escrow, [&contract, &refund_party, &nk_e])?;
        Ok(Self { contract, lock })
    }
}

/// `cm = H(asset, value, lock, rcm)`.
pub(crate) fn note_commitment(
    builder: &mut Builder,
    asset: &Linear,
    value: &Linear,
    lock: &Linear,
    rcm: Option<Fr>,
) -> Result<Linear> {
    let rcm = builder.given(rcm)?;
    hash(builder, Use::Note, [asset, value, lock, &rcm])
}

/// `nf = H(nk', cm, pos)`.
pub(crate) fn nullifier(builder: &mut Builder, nk: &Linear, cm: &Linear, position: &Linear) -> Result<Linear> {
    hash(builder, Use::Nullifier, [nk, cm, position])
}
