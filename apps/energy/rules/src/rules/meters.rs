//! Meters and readings: registered, signed, minted, added up.

use tabella_protocol::{bridge::BridgeProof, range::RangeProofBytes, statement::Mode, transaction::SignatureBytes};
use tabella_verifier::{application::signed_by, range::RangeObligation};

use super::{Check, EnergyRejection};
use crate::{
    reading::{Flow, MAX_CEILING, MeterRecord, Opening, Reading},
    state::{Evidence, Meter, StoredReading},
    terms::MarketId,
};

impl Check<'_, '_> {
    pub(super) fn register(
        &mut self,
        record: MeterRecord,
        certifier: u8,
        [certified, agreed]: &[SignatureBytes; 2],
    ) -> Result<(), EnergyRejection> {
        let market = self.market(record.market)?;
        let key = market.terms.certifiers.get(usize::from(certifier)).ok_or(EnergyRejection::Certifier(certifier))?;
        let signer = record.meter.signer;
        if let Ok(known) = self.meter(&signer) {
            return Err(EnergyRejection::Registered(known.record.market));
        }
        if !(1..=MAX_CEILING).contains(&record.ceiling) {
            return Err(EnergyRejection::Ceiling(record.ceiling));
        }
        let message = record.message();
        if !signed_by(key, &message, &certified.0) {
            return Err(EnergyRejection::Signature("certifier"));
        }
        if !signed_by(&signer, &message, &agreed.0) {
            return Err(EnergyRejection::Signature("meter"));
        }
        self.changes.meters.insert(signer, Meter { record, next: record.first, certifier, until: None, stopped: None });
        Ok(())
    }

    pub(super) fn attest(
        &mut self,
        reading: &Reading,
        [signature, household]: [SignatureBytes; 2],
        range: RangeProofBytes,
    ) -> Result<(), EnergyRejection> {
        let (market, number) = (reading.market, reading.interval);
        let mut meter = self.running(&reading.meter, number)?.clone();
        let terms = self.market(market)?.terms.clone();
        if meter.record.market != market {
            return Err(EnergyRejection::UnknownMeter(reading.meter));
        }
        let collectors = terms.collectors.len();
        if Flow::BOTH.into_iter().any(|flow| reading.register(flow).shares.len() != collectors) {
            return Err(EnergyRejection::Shares(collectors));
        }
        let message = reading.message();
        if !signed_by(&reading.meter, &message, &signature.0) {
            return Err(EnergyRejection::ReadingSignature);
        }
        // Whoever has the device knows what opens the reading, and could prove its range.
        self.signed(&meter.record.household.signer, "household", &household)?;
        if let Ok(stored) = self.reading(&reading.meter, number) {
            return Err(EnergyRejection::AlreadyRead { interval: number, before: stored.message, now: message });
        }
        if number < meter.next {
            return Err(EnergyRejection::Order { expected: meter.next, found: number });
        }
        self.from(terms.ends(number), "an interval is read")?;
        self.until(terms.closes(number), "an interval is read")?;
        // The last interval that has a number is never read: nothing could follow it.
        meter.next = number.checked_add(1).ok_or(EnergyRejection::NotRead(number))?;
        let commitments = Flow::BOTH.map(|flow| reading.register(flow).commitment());
        let mut interval = self.interval(&terms, (market, number));
        interval.totals.add(reading);
        let statement = meter.record.ceiling_statement(number, &commitments);
        self.place.push_range(RangeObligation { context: self.place.context(), statement, proof: range });
        let stored = StoredReading { message, signature, commitments, is_minted: false, is_left_out: false };
        self.changes.intervals.insert((market, number), interval);
        self.changes.readings.insert((reading.meter, number), stored);
        self.changes.meters.insert(reading.meter, meter);
        Ok(())
    }

    pub(super) fn expose(
        &mut self,
        readings: &[Reading; 2],
        signatures: [SignatureBytes; 2],
    ) -> Result<(), EnergyRejection> {
        let [first, second] = readings;
        let place = |reading: &Reading| (reading.meter, reading.market, reading.interval);
        if place(first) != place(second) || first == second {
            return Err(EnergyRejection::NoEvidence);
        }
        let mut meter = self.unexposed(&first.meter)?.clone();
        let messages = readings.each_ref().map(|reading| reading.message());
        let signed = messages.iter().zip(&signatures);
        if !signed.into_iter().all(|(message, signature)| signed_by(&first.meter, message, &signature.0)) {
            return Err(EnergyRejection::NoEvidence);
        }
        meter.stopped = Some(Evidence { interval: first.interval, messages, signatures });
        self.changes.meters.insert(first.meter, meter);
        Ok(())
    }

    /// From an interval on whose totals nobody tells yet: what a meter has read before stays as it is.
    pub(super) fn stop(
        &mut self,
        signer: [u8; 32],
        interval: u32,
        certifier: &SignatureBytes,
    ) -> Result<(), EnergyRejection> {
        let mut meter = self.meter(&signer)?.clone();
        if let Some(until) = meter.until.filter(|until| *until <= interval) {
            return Err(EnergyRejection::StoppedFrom(until));
        }
        let terms = &self.market(meter.record.market)?.terms;
        let by = EnergyRejection::Certifier(meter.certifier);
        let key = terms.certifiers.get(usize::from(meter.certifier)).ok_or(by)?;
        self.signed(key, "certifier of the meter", certifier)?;
        self.until(terms.revealed_by(interval), "a meter is stopped from an interval on")?;
        meter.until = Some(interval);
        self.changes.meters.insert(signer, meter);
        Ok(())
    }

    /// Collectors tell their sums afterwards, once, so that there are no two sums whose difference is somebody's reading.
    pub(super) fn leave_out(&mut self, reading: &Reading) -> Result<(), EnergyRejection> {
        let (signer, number) = (reading.meter, reading.interval);
        let meter = self.meter(&signer)?;
        if meter.until.is_none_or(|until| number < until) {
            return Err(EnergyRejection::NotStopped(number));
        }
        let market = meter.record.market;
        let mut stored = *self.reading(&signer, number)?;
        if stored.message != reading.message() {
            return Err(EnergyRejection::OtherReading(number));
        }
        if stored.is_left_out {
            return Err(EnergyRejection::LeftOut(number));
        }
        let terms = self.market(market)?.terms.clone();
        self.until(terms.revealed_by(number), "a reading is left out")?;
        let mut interval = self.interval(&terms, (market, number));
        interval.totals.leave_out(reading, stored.is_minted);
        stored.is_left_out = true;
        self.changes.intervals.insert((market, number), interval);
        self.changes.readings.insert((signer, number), stored);
        Ok(())
    }

    pub(super) fn mint(
        &mut self,
        (signer, number): ([u8; 32], u32),
        household: &SignatureBytes,
        (transfer, bridge): (u32, BridgeProof),
    ) -> Result<(), EnergyRejection> {
        let record = self.running(&signer, number)?.record;
        let mut stored = *self.reading(&signer, number)?;
        if stored.is_minted {
            return Err(EnergyRejection::Minted(number));
        }
        self.signed(&record.household.signer, "household", household)?;
        let energy = self.market(record.market)?.terms.energy_id()?;
        let produced = stored.commitment(Flow::Produced);
        self.place.use_bridged(transfer, Mode::Entry, energy, produced, bridge)?;
        stored.is_minted = true;
        self.changes.readings.insert((signer, number), stored);
        Ok(())
    }

    pub(super) fn subtotal(
        &mut self,
        (market, number): (MarketId, u32),
        collector: u8,
        sums: [Opening; 2],
        signature: &SignatureBytes,
    ) -> Result<(), EnergyRejection> {
        let terms = self.market(market)?.terms.clone();
        let index = usize::from(collector);
        let keys = terms.collectors.get(index).ok_or(EnergyRejection::Collector(collector))?;
        // The readings do not change any more: until then, one may be left out.
        self.from(terms.revealed_by(number), "an interval is added up")?;
        let mut interval = self.interval(&terms, (market, number));
        let (found, needed) = (interval.totals.readings(), terms.smallest_group);
        if found < needed {
            return Err(EnergyRejection::SmallGroup { found, needed });
        }
        if interval.totals.is_told(index) {
            return Err(EnergyRejection::Told(collector));
        }
        // A meter chooses its shares: without the collector's signature the last one to read could choose the sums as well.
        self.signed(&keys.signer, "collector", signature)?;
        if !interval.totals.is_opened_by(index, &sums) {
            return Err(EnergyRejection::Subtotal(collector));
        }
        interval.totals.tell(index, sums);
        self.changes.intervals.insert((market, number), interval);
        Ok(())
    }

    fn meter(&self, signer: &[u8; 32]) -> Result<&Meter, EnergyRejection> {
        let known = self.changes.meters.get(signer).or_else(|| self.state.meter(signer));
        known.ok_or(EnergyRejection::UnknownMeter(*signer))
    }

    /// A meter that was not shown to have signed twice.
    fn unexposed(&self, signer: &[u8; 32]) -> Result<&Meter, EnergyRejection> {
        let meter = self.meter(signer)?;
        meter.stopped.map_or(Ok(meter), |evidence| Err(EnergyRejection::Stopped(evidence.interval)))
    }

    /// A meter that was not stopped, as far as an interval is concerned.
    fn running(&self, signer: &[u8; 32], interval: u32) -> Result<&Meter, EnergyRejection> {
        let meter = self.unexposed(signer)?;
        let until = meter.until.filter(|until| interval >= *until);
        until.map_or(Ok(meter), |until| Err(EnergyRejection::StoppedFrom(until)))
    }

    fn reading(&self, meter: &[u8; 32], number: u32) -> Result<&StoredReading, EnergyRejection> {
        let known = self.changes.readings.get(&(*meter, number)).or_else(|| self.state.reading(meter, number));
        known.ok_or(EnergyRejection::NotRead(number))
    }
}
