//! Taking escrows: the campaign what was pledged to it, the backer what was not claimed. Each needs nobody else.

use rand_core::{CryptoRng, RngCore};
use tabella_crowdfunding_rules::{CampaignId, Crowdfunding};
use tabella_payments::holder::{Holder, Moment, PaymentError};
use tabella_protocol::{
    note::{Lock, NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::PoolId,
    tree::Position,
};
use tabella_prover::{
    builder::{PreparedTransaction, Settlement, SpendPath, TransactionBuilder, Unproven},
    wallet::{Ownership, ReceivedNote, Wallet},
};
use tabella_verifier::state::LedgerState;

/// Most escrows that one transaction settles: each has a proof to make.
pub const MAX_SETTLED: usize = 16;

/// An escrow of a campaign that can be taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takable {
    /// The campaign.
    pub campaign: CampaignId,
    /// The milestone for which it was pledged.
    pub milestone: u8,
    /// The pool that it is in.
    pub pool: PoolId,
    /// Its position there.
    pub position: Position,
    /// How much it holds.
    pub value: NoteValue,
}

/// What a campaign can claim now: escrows under its contracts whose milestones are open, those that it never counted, too.
#[must_use]
pub fn claimable(state: &LedgerState, wallet: &Wallet, campaign: CampaignId, now: Timestamp) -> Vec<Takable> {
    let Some(standing) = state.application::<Crowdfunding>().and_then(|rules| rules.campaign(&campaign)) else {
        return Vec::new();
    };
    let mine = escrows(state, wallet, |ownership| matches!(ownership, Ownership::Escrow { claim: Some(_), .. }));
    let open = mine.filter(|each| each.campaign == campaign && standing.is_open(each.milestone, now));
    open.filter(|_| now < standing.campaign.claim_until).collect()
}

/// What a backer can take back now, of one campaign or of all.
#[must_use]
pub fn refundable(state: &LedgerState, wallet: &Wallet, campaign: Option<CampaignId>, now: Timestamp) -> Vec<Takable> {
    let Some(rules) = state.application::<Crowdfunding>() else { return Vec::new() };
    let mine = escrows(state, wallet, |ownership| matches!(ownership, Ownership::Escrow { refund: Some(_), .. }));
    let of = mine.filter(|each| campaign.is_none_or(|campaign| each.campaign == campaign));
    of.filter(|each| rules.campaign(&each.campaign).is_some_and(|it| now >= it.campaign.refund_from)).collect()
}

/// The wallet's unspent escrows that have a contract of some campaign, in the order of the tree.
fn escrows<'a>(
    state: &'a LedgerState,
    wallet: &'a Wallet,
    is_mine: impl Fn(&Ownership) -> bool + 'a,
) -> impl Iterator<Item = Takable> + 'a {
    let rules = state.application::<Crowdfunding>();
    wallet.unspent().filter(move |note| is_mine(note.ownership())).filter_map(move |note| {
        let (campaign, milestone) = milestone_of(rules?, note)?;
        let (pool, position, value) = (note.pool(), note.position(), note.note().value);
        Some(Takable { campaign, milestone, pool, position, value })
    })
}

/// The campaign and the milestone whose contract a note is under.
pub(crate) fn milestone_of(rules: &Crowdfunding, note: &ReceivedNote) -> Option<(CampaignId, u8)> {
    let Lock::Escrow(escrow) = note.note().lock else { return None };
    let (id, milestone) = rules.milestone_of(&escrow.contract.guard)?;
    let standing = rules.campaign(&id)?;
    let is_right = standing.contracts.get(usize::from(milestone)) == Some(&escrow.contract)
        && standing.campaign.asset == note.note().asset;
    is_right.then_some((id, milestone))
}

/// Prepares a transaction that takes up to [`MAX_SETTLED`] escrows into the holder's own notes.
///
/// # Errors
/// [`PaymentError::Window`] outside the terms, and the other variants.
pub fn prepare(
    holder: &mut Holder,
    at: &Moment<'_>,
    escrows: &[Takable],
    path: SpendPath,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<PreparedTransaction<Unproven>, PaymentError> {
    let mut builder = TransactionBuilder::new(at.state.id());
    let to = holder.wallet().address(0);
    for escrow in escrows.iter().take(MAX_SETTLED) {
        let place = (escrow.pool, escrow.position);
        let settlement = Settlement::To(to, Memo::empty());
        builder.add(holder.prepare_settlement(at, place, path, settlement, rng)?);
    }
    Ok(builder.build()?)
}
