//! One action under check.

use tabella_protocol::{
    note::{AssetId, NoteValue},
    statement::Mode,
    transaction::SignatureBytes,
};
use tabella_verifier::{
    application::{Place, signed_by},
    range::RangeObligation,
};

use super::{Account, Listing, Market, MarketChanges, MarketRejection, WorkState};
use crate::{
    action::{
        List, MarketAction, MarketProof, Resale, Sale, Withdrawal, minimum_statement, party_message, presentation_time,
    },
    price::{Balance, CreditStatement, Price},
    rest::RestStatement,
    work::{AccountId, ListingId, PARTS_PER_UNIT, Party, ViewerKey, Work, WorkId},
};

type Outcome<T = ()> = Result<T, MarketRejection>;

pub(super) struct Check<'a, 'p> {
    pub(super) state: &'a Market,
    pub(super) changes: &'a mut MarketChanges,
    /// Parts are taken out as they are needed, and none may be left.
    pub(super) proof: MarketProof,
    pub(super) place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    pub(super) fn action(mut self, action: MarketAction) -> Outcome {
        match action {
            MarketAction::Register(work) => self.register(*work)?,
            MarketAction::Sale(sale) => self.sale(&sale)?,
            MarketAction::List(list) => self.list(&list)?,
            MarketAction::Unlist { listing, transfer } => self.unlist(listing, transfer)?,
            MarketAction::Resale(resale) => self.resale(&resale)?,
            MarketAction::Collect { work, account, version } => self.collect((work, account), version)?,
            MarketAction::Withdraw(withdrawal) => self.withdraw(&withdrawal)?,
            MarketAction::Present { work, transfer, .. } => self.present(&work, transfer)?,
        }
        if self.proof == MarketProof::default() {
            Ok(())
        } else {
            Err(MarketRejection::Proof("there is a part that it does not need"))
        }
    }

    fn register(&mut self, work: Work) -> Outcome {
        work.check()?;
        let id = work.id(self.place.ledger());
        if self.work(&id).is_ok() {
            return Err(MarketRejection::Registered(id));
        }
        if self.place.class_of(&work.payment).is_none() {
            return Err(MarketRejection::UnknownPayment);
        }
        let signers: Vec<_> = work.holders.iter().map(|holder| holder.party.owner).chain([*work.seller()]).collect();
        self.check_signatures(&signers)?;
        // Nobody holds a licence that is not bound by this: none exists.
        self.place.govern(work.licence_id()?)?;
        let zero = Balance::zero();
        for holder in &work.holders {
            self.changes.accounts.insert((id, holder.party.account(id)), Account::new(holder.party, zero));
        }
        let (paid, withdrawn) = (zero.amount, zero.amount);
        self.changes.works.insert(id, WorkState { work, sales: 0, licences: 0, resales: 0, paid, withdrawn });
        Ok(())
    }

    fn sale(&mut self, sale: &Sale) -> Outcome {
        let mut state = self.work(&sale.work)?.clone();
        if sale.licences == 0 {
            return Err(MarketRejection::NoLicence);
        }
        self.check_signatures(&[*state.work.seller()])?;
        let parties: Vec<_> = state.work.holders.iter().map(|holder| holder.party).collect();
        let viewers: Vec<_> = parties.iter().map(|party| party.viewer).collect();
        self.use_priced(sale.transfer, Mode::Exit, state.work.payment, &sale.price, &viewers)?;
        self.check_minimum(sale.work, &sale.price, state.work.minimum, sale.licences)?;
        self.place.allow_issue(state.work.licence_id()?, NoteValue(sale.licences.into()))?;
        self.credit(sale.work, &parties, &state.work.weights_of_sale(), &sale.price)?;
        state.sales += 1;
        state.licences += u64::from(sale.licences);
        state.paid = (state.paid.point() + sale.price.commitment().point()).into();
        self.changes.works.insert(sale.work, state);
        Ok(())
    }

    fn list(&mut self, list: &List) -> Outcome {
        let work = &self.work(&list.work)?.work;
        let (licence, minimum) = (work.licence_id()?, work.resale_minimum);
        if let Some(ask) = list.ask {
            at_least(ask, minimum, list.licences)?;
        }
        if list.licences == 0 {
            return Err(MarketRejection::NoLicence);
        }
        self.place.use_public(list.transfer, Mode::Exit, licence, NoteValue(list.licences.into()))?;
        let key = (list.work, list.reseller.account(list.work));
        if self.account(key).is_err() {
            self.changes.accounts.insert(key, Account::new(list.reseller, Balance::zero()));
        }
        let id = ListingId::derive(self.place.digest(), self.place.context().index);
        let List { work, licences, reseller, ask, .. } = *list;
        self.changes.listings.insert(id, Some(Listing { work, licences, reseller, ask }));
        Ok(())
    }

    fn unlist(&mut self, id: ListingId, transfer: u32) -> Outcome {
        let listing = self.listing(&id)?;
        self.check_signatures(&[listing.reseller.owner])?;
        self.take_listed(id, &listing, transfer)
    }

    fn resale(&mut self, resale: &Resale) -> Outcome {
        let listing = self.listing(&resale.listing)?;
        let mut state = self.work(&listing.work)?.clone();
        match listing.ask {
            Some(ask) if resale.price == Price::Public(ask) => {}
            Some(ask) => return Err(MarketRejection::Ask(ask.0)),
            None => self.check_signatures(&[listing.reseller.owner])?,
        }
        let holders = state.work.holders.iter().map(|holder| holder.party);
        let parties: Vec<_> = holders.chain([listing.reseller]).collect();
        let viewers: Vec<_> = parties.iter().map(|party| party.viewer).collect();
        self.use_priced(resale.payment, Mode::Exit, state.work.payment, &resale.price, &viewers)?;
        self.check_minimum(listing.work, &resale.price, state.work.resale_minimum, listing.licences)?;
        self.take_listed(resale.listing, &listing, resale.licence)?;
        self.credit(listing.work, &parties, &state.work.weights_of_resale(), &resale.price)?;
        state.resales += 1;
        state.paid = (state.paid.point() + resale.price.commitment().point()).into();
        self.changes.works.insert(listing.work, state);
        Ok(())
    }

    fn collect(&mut self, key: (WorkId, AccountId), version: u64) -> Outcome {
        let mut account = self.owned(key, version)?;
        if account.incoming.is_zero() {
            return Err(MarketRejection::NothingToCollect(key.1));
        }
        account.settled = account.balance();
        account.incoming = Balance::zero();
        account.version += 1;
        self.changes.accounts.insert(key, account);
        Ok(())
    }

    fn withdraw(&mut self, withdrawal: &Withdrawal) -> Outcome {
        let Withdrawal { work, account: id, version, transfer, ref amount, rest } = *withdrawal;
        let mut account = self.owned((work, id), version)?;
        let mut state = self.work(&work)?.clone();
        let viewer = account.party.viewer;
        self.use_priced(transfer, Mode::Entry, state.work.payment, amount, &[viewer])?;
        account.settled = account.settled.minus(PARTS_PER_UNIT, amount, 0);
        let statement = RestStatement { account: id, version, viewer, balance: account.settled, rest };
        let context = self.place.context();
        let proof = self.proof.rest.take().ok_or(MarketRejection::Proof("there is no proof of the rest"))?;
        for equation in statement.equations(&context, &proof) {
            self.place.push_equation(equation);
        }
        let proof = self.proof.range.take().ok_or(MarketRejection::Proof("there is no range proof"))?;
        self.place.push_range(RangeObligation { context, statement: statement.range(), proof });
        account.version += 1;
        self.changes.accounts.insert((work, id), account);
        state.withdrawn = (state.withdrawn.point() + amount.commitment().point()).into();
        self.changes.works.insert(work, state);
        Ok(())
    }

    fn present(&mut self, work: &WorkId, transfer: u32) -> Outcome {
        if self.place.time() < presentation_time() {
            return Err(MarketRejection::Presentation);
        }
        let licence = self.work(work)?.work.licence_id()?;
        self.place.use_public(transfer, Mode::Exit, licence, NoteValue(1))?;
        Ok(())
    }

    /// Uses a transfer of a price: a public one as it is, a hidden one by a bridge and with handles that are proved.
    fn use_priced(
        &mut self,
        transfer: u32,
        mode: Mode,
        asset: AssetId,
        price: &Price,
        viewers: &[ViewerKey],
    ) -> Outcome {
        match price {
            Price::Public(value) => {
                self.place.use_public(transfer, mode, asset, *value)?;
            }
            Price::Hidden(hidden) => {
                if hidden.parts.len() != viewers.len() {
                    return Err(MarketRejection::Parts(viewers.len()));
                }
                let bridge = self.proof.bridge.take().ok_or(MarketRejection::Proof("there is no bridge"))?;
                let credit = self.proof.credit.take();
                let credit = credit.ok_or(MarketRejection::Proof("there is no proof of the handles"))?;
                self.place.use_bridged(transfer, mode, asset, hidden.commitment, bridge)?;
                let statement = CreditStatement { price: hidden, viewers };
                let equations = statement.equations(&self.place.context(), &credit);
                for equation in equations.ok_or(MarketRejection::Parts(viewers.len()))? {
                    self.place.push_equation(equation);
                }
            }
        }
        Ok(())
    }

    /// That a price is not below the minimum of so many licences.
    fn check_minimum(&mut self, work: WorkId, price: &Price, minimum: u64, licences: u32) -> Outcome {
        match price {
            Price::Public(value) => at_least(*value, minimum, licences),
            Price::Hidden(hidden) => {
                let total = u128::from(minimum) * u128::from(licences);
                let total = u64::try_from(total).map_err(|_| MarketRejection::Minimum(total))?;
                if total == 0 {
                    return Ok(());
                }
                let statement = minimum_statement(work, &hidden.commitment, total);
                let proof = self.proof.range.take();
                let proof = proof.ok_or(MarketRejection::Proof("there is no range proof of the minimum"))?;
                self.place.push_range(RangeObligation { context: self.place.context(), statement, proof });
                Ok(())
            }
        }
    }

    /// The licences of an offer enter the pool again.
    fn take_listed(&mut self, id: ListingId, listing: &Listing, transfer: u32) -> Outcome {
        let licence = self.work(&listing.work)?.work.licence_id()?;
        self.place.use_public(transfer, Mode::Entry, licence, NoteValue(listing.licences.into()))?;
        self.changes.listings.insert(id, None);
        Ok(())
    }

    fn credit(&mut self, work: WorkId, parties: &[Party], weights: &[u64], price: &Price) -> Outcome {
        for (part, (party, weight)) in parties.iter().zip(weights).enumerate() {
            let key = (work, party.account(work));
            let mut account = *self.account(key)?;
            account.incoming = account.incoming.plus(*weight, price, part);
            self.changes.accounts.insert(key, account);
        }
        Ok(())
    }

    /// An account at the version that its owner has signed for, whose balance may change.
    fn owned(&mut self, key: (WorkId, AccountId), version: u64) -> Outcome<Account> {
        let account = *self.account(key)?;
        if account.version != version {
            return Err(MarketRejection::Version { expected: account.version, found: version });
        }
        self.check_signatures(&[account.party.owner])?;
        let payment = self.work(&key.0)?.work.payment;
        if self.place.is_frozen(&payment) { Err(MarketRejection::Frozen) } else { Ok(account) }
    }

    /// Takes the signatures, which are those of these keys, in their order.
    fn check_signatures(&mut self, keys: &[[u8; 32]]) -> Outcome {
        let signatures = std::mem::take(&mut self.proof.signatures);
        let (expected, found) = (keys.len(), signatures.len());
        if expected != found {
            return Err(MarketRejection::Signatures { expected, found });
        }
        let message = party_message(self.place.digest());
        let is_wrong = |(key, signature): (&[u8; 32], &SignatureBytes)| !signed_by(key, &message, &signature.0);
        match keys.iter().zip(&signatures).position(is_wrong) {
            Some(index) => Err(MarketRejection::Signature(index)),
            None => Ok(()),
        }
    }

    fn work(&self, id: &WorkId) -> Outcome<&WorkState> {
        let work = self.changes.works.get(id).or_else(|| self.state.works.get(id));
        work.ok_or(MarketRejection::UnknownWork(*id))
    }

    fn account(&self, key: (WorkId, AccountId)) -> Outcome<&Account> {
        let account = self.changes.accounts.get(&key).or_else(|| self.state.accounts.get(&key));
        account.ok_or(MarketRejection::UnknownAccount { work: key.0, account: key.1 })
    }

    fn listing(&self, id: &ListingId) -> Outcome<Listing> {
        let listing = match self.changes.listings.get(id) {
            Some(changed) => *changed,
            None => self.state.listings.get(id).copied(),
        };
        listing.ok_or(MarketRejection::UnknownListing(*id))
    }
}

/// Whether a public price is one, and not below the minimum of so many licences.
fn at_least(price: NoteValue, minimum: u64, licences: u32) -> Outcome {
    let total = u128::from(minimum) * u128::from(licences);
    if price.0 == 0 {
        return Err(MarketRejection::Zero);
    }
    if u128::from(price.0) < total { Err(MarketRejection::Minimum(total)) } else { Ok(()) }
}
