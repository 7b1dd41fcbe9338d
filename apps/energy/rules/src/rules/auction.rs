//! The auction of an interval: bids are locked, revealed, cleared, paid out.

use tabella_protocol::{
    bridge::BridgeProof, note::NoteValue, ristretto::CanonicalScalar, statement::Mode, transaction::SignatureBytes,
};

use super::{Check, EnergyRejection, locked_asset, unknown_bid};
use crate::{
    action::{BidId, Traded},
    bid::{Bid, BidTerms, SealedBid, Stage, lock, seal},
    state::{Interval, Outcome},
    terms::{MarketId, MarketTerms},
};

impl Check<'_, '_> {
    pub(super) fn bid(
        &mut self,
        sealed: SealedBid,
        (transfer, bridge): (u32, BridgeProof),
    ) -> Result<(), EnergyRejection> {
        let (market, number) = (sealed.market, sealed.interval);
        let terms = self.market(market)?.terms.clone();
        self.from(terms.ends(number), "bids are taken")?;
        self.until(terms.closes(number), "bids are taken")?;
        let mut interval = self.interval(&terms, (market, number));
        let next = u32::try_from(interval.bids.size()).ok().filter(|next| *next < terms.max_bids);
        let next = next.ok_or(EnergyRejection::Full(number))?;
        let asset = locked_asset(&terms, sealed.side)?;
        self.place.use_bridged(transfer, Mode::Exit, asset, sealed.lock, bridge)?;
        interval.bids.insert_mut(next, Bid { sealed, stage: Stage::Sealed });
        self.changes.intervals.insert((market, number), interval);
        Ok(())
    }

    pub(super) fn reveal(
        &mut self,
        id: BidId,
        said: BidTerms,
        blinding: CanonicalScalar,
    ) -> Result<(), EnergyRejection> {
        let (terms, interval, bid) = self.found(id)?;
        self.from(terms.closes(id.interval), "bids are revealed")?;
        self.until(terms.revealed_by(id.interval), "bids are revealed")?;
        let (sealed, number) = (bid.sealed, id.number);
        if bid.stage != Stage::Sealed {
            return Err(EnergyRejection::Revealed(number));
        }
        let place = (id.market, id.interval, sealed.side);
        if seal(place, &sealed.bidder, &said, &blinding) != sealed.seal {
            return Err(EnergyRejection::OtherBid(number));
        }
        if !said.is_within(&terms) {
            return Err(EnergyRejection::OutOfBounds(number));
        }
        let amount = said.amount(sealed.side, terms.lot);
        if lock(amount, &blinding.0) != sealed.lock {
            return Err(EnergyRejection::Unbacked { number, amount });
        }
        self.advance(id, interval, Bid { sealed, stage: Stage::Revealed(said) });
        Ok(())
    }

    pub(super) fn clear(
        &mut self,
        market: MarketId,
        number: u32,
        traded: Option<Traded>,
    ) -> Result<(), EnergyRejection> {
        let terms = self.market(market)?.terms.clone();
        self.from(terms.revealed_by(number), "an auction is cleared")?;
        let mut interval = self.interval(&terms, (market, number));
        if interval.outcome != Outcome::Open {
            return Err(EnergyRejection::Cleared(number));
        }
        let outcome = interval.clear(terms.tick);
        let found = match &outcome {
            Outcome::Cleared(clearing) => Some(Traded { price: clearing.price, lots: clearing.lots }),
            Outcome::Open | Outcome::Nothing => None,
        };
        if found != traded {
            let Traded { price, lots } = found.unwrap_or(Traded { price: 0, lots: 0 });
            return Err(EnergyRejection::OtherResult { interval: number, lots, price });
        }
        interval.outcome = outcome;
        self.changes.intervals.insert((market, number), interval);
        Ok(())
    }

    pub(super) fn take(
        &mut self,
        id: BidId,
        transfers: (Option<u32>, Option<u32>),
        bidder: &SignatureBytes,
    ) -> Result<(), EnergyRejection> {
        let (terms, interval, bid) = self.found(id)?;
        let said = match bid.stage {
            Stage::Paid(_) => return Err(EnergyRejection::Paid(id.number)),
            Stage::Sealed => return Err(EnergyRejection::NotRevealed(id.number)),
            Stage::Revealed(said) => said,
        };
        let payout = interval.payout(id.number, terms.lot).ok_or(EnergyRejection::NotCleared(id.interval))?;
        self.signed(&bid.sealed.bidder, "bidder", bidder)?;
        self.pay_both(&terms, payout, transfers)?;
        self.advance(id, interval, Bid { stage: Stage::Paid(Some(said)), ..bid });
        Ok(())
    }

    pub(super) fn reclaim(
        &mut self,
        id: BidId,
        (amount, blinding): (NoteValue, CanonicalScalar),
        transfer: Option<u32>,
        bidder: &SignatureBytes,
    ) -> Result<(), EnergyRejection> {
        let (terms, interval, bid) = self.found(id)?;
        self.from(terms.revealed_by(id.interval), "what was not revealed is reclaimed")?;
        let (sealed, number) = (bid.sealed, id.number);
        match bid.stage {
            Stage::Sealed => {}
            Stage::Revealed(_) => return Err(EnergyRejection::Revealed(number)),
            Stage::Paid(_) => return Err(EnergyRejection::Paid(number)),
        }
        self.signed(&sealed.bidder, "bidder", bidder)?;
        if lock(amount.0, &blinding.0) != sealed.lock {
            return Err(EnergyRejection::Unbacked { number, amount: amount.0 });
        }
        let penalty = terms.penalty_of(amount.0);
        let asset = locked_asset(&terms, sealed.side)?;
        self.pay(("what is left", asset), amount.0.saturating_sub(penalty), transfer)?;
        let mut market = self.market(id.market)?.clone();
        let waiting = market.penalty(sealed.side);
        // Beyond 2^64 units, which takes many lying meters, the rest is lost to the operator alone.
        *waiting = waiting.saturating_add(penalty);
        self.changes.markets.insert(id.market, market);
        self.advance(id, interval, Bid { sealed, stage: Stage::Paid(None) });
        Ok(())
    }

    /// A bid, with its market's terms and its interval, to be changed.
    fn found(&self, id: BidId) -> Result<(MarketTerms, Interval, Bid), EnergyRejection> {
        let terms = self.market(id.market)?.terms.clone();
        let interval = self.interval(&terms, (id.market, id.interval));
        let bid = *interval.bids.get(&id.number).ok_or_else(|| unknown_bid(id))?;
        Ok((terms, interval, bid))
    }

    fn advance(&mut self, id: BidId, mut interval: Interval, bid: Bid) {
        interval.bids.insert_mut(id.number, bid);
        self.changes.intervals.insert((id.market, id.interval), interval);
    }
}
