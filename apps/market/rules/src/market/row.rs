//! What everybody is shown of a work.

use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_verifier::application::{InstanceId, Readable};

use super::Market;
use crate::work::WorkId;

/// Most offers that are shown with a work.
const SHOWN_OFFERS: usize = 100;

/// A work, as everybody sees it: no price but those that are public.
#[derive(Clone, Debug, Serialize)]
pub struct WorkRow {
    /// Its title.
    pub title: String,
    /// Digest of the names and roles.
    pub metadata: String,
    /// Who has a share.
    pub holders: Vec<HolderRow>,
    /// Ed25519 key of whoever sells.
    pub seller: String,
    /// Asset of the licences.
    pub licence: String,
    /// Its name.
    pub licence_name: String,
    /// The most licences that there can be.
    pub edition: u64,
    /// Asset in which prices are paid.
    pub payment: String,
    /// In basis points, of resales.
    pub royalty: u16,
    /// Least price of one licence, in smallest units.
    pub minimum: u64,
    /// Least price of one licence that is sold again.
    pub resale_minimum: u64,
    /// How many sales there were.
    pub sales: u64,
    /// How many licences were sold, which is how many exist.
    pub licences: u64,
    /// How many resales there were.
    pub resales: u64,
    /// Licences that are offered again; at most 100 offers.
    pub offers: Vec<OfferRow>,
    /// How many accounts there are.
    pub accounts: usize,
    /// Whether the accounts hold all that was paid and not withdrawn, to the last part.
    pub adds_up: bool,
}

/// Somebody with a share.
#[derive(Clone, Debug, Serialize)]
pub struct HolderRow {
    /// The account.
    pub account: String,
    /// In basis points.
    pub share: u16,
    /// Ed25519 key that signs.
    pub owner: String,
    /// Key that reads.
    pub viewer: String,
}

/// Licences that are offered.
#[derive(Clone, Debug, Serialize)]
pub struct OfferRow {
    /// Which.
    pub offer: String,
    /// How many.
    pub licences: u32,
    /// For how much, in smallest units; `null` if the reseller agrees to a price.
    pub ask: Option<u64>,
}

impl Readable for Market {
    const NAME: &'static str = "market";
    type Row = WorkRow;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        use std::ops::Bound::{Excluded, Unbounded};
        let start = after.map_or(Unbounded, |id| Excluded(WorkId(id.0)));
        self.works.range((start, Unbounded)).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, _now: Timestamp) -> Option<WorkRow> {
        let id = WorkId(id.0);
        let state = self.work(&id)?;
        let audit = self.audit(&id)?;
        let work = &state.work;
        let holders = work.holders.iter().map(|holder| HolderRow {
            account: holder.party.account(id).to_string(),
            share: holder.share,
            owner: hex::encode(holder.party.owner),
            viewer: hex::encode(holder.party.viewer.element().as_bytes()),
        });
        let offers = self.offers(id).take(SHOWN_OFFERS).map(|(offer, listing)| OfferRow {
            offer: offer.to_string(),
            licences: listing.licences,
            ask: listing.ask.map(|ask| ask.0),
        });
        Some(WorkRow {
            title: work.title.clone(),
            metadata: hex::encode(work.metadata),
            holders: holders.collect(),
            seller: hex::encode(work.seller()),
            licence: work.licence_id().ok()?.to_string(),
            licence_name: work.licence.name.clone(),
            edition: work.licence.cap,
            payment: work.payment.to_string(),
            royalty: work.royalty,
            minimum: work.minimum,
            resale_minimum: work.resale_minimum,
            sales: state.sales,
            licences: state.licences,
            resales: state.resales,
            offers: offers.collect(),
            accounts: audit.accounts,
            adds_up: audit.holds,
        })
    }
}
