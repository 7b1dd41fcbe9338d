//! A treasury: three custodians, two of whom sign.

use anyhow::{Context as _, ensure};
use rand_core::OsRng;
use tabella_payments::{holder::read_wallet, many::Sending};
use tabella_protocol::{
    ceremony::{CeremonySetup, TrusteeName},
    keys::Diversifier,
};
use tabella_prover::{
    builder::WindowPolicy,
    custody::{
        CustodyKey,
        ceremony::Opened,
        message::{Draft, Messages, Nonces, SignatureShares},
        signing::{Session, package},
    },
    trustee::TrusteeIdentity,
    wallet::Wallet,
};
use tabella_verifier::files::decode;

use super::Play;
use crate::commands::demonstration::hundredths;

struct Treasury {
    identities: Vec<TrusteeIdentity>,
    keys: Vec<CustodyKey>,
}

impl Treasury {
    fn new() -> anyhow::Result<Self> {
        let named = |name: &str| Ok(TrusteeIdentity::generate(TrusteeName::new(name)?, &mut OsRng));
        let identities = ["Ada", "Bo", "Cy"].into_iter().map(named).collect::<anyhow::Result<Vec<_>>>()?;
        let cards = identities.iter().map(TrusteeIdentity::card).collect();
        let setup = CeremonySetup::new("treasury", 2, cards, [0; 32])?;
        let (mut opened, mut openings) = (Vec::new(), Vec::new());
        for identity in &identities {
            let (state, message) = Opened::start(identity, setup.clone(), &mut OsRng)?;
            opened.push(state);
            openings.push(message);
        }
        let (mut shared, mut sharings) = (Vec::new(), Vec::new());
        for (state, identity) in opened.into_iter().zip(&identities) {
            let (state, message) = state.share(identity, &openings)?;
            shared.push(state);
            sharings.push(message);
        }
        let (mut keys, mut agreements) = (Vec::new(), Vec::new());
        for (state, identity) in shared.into_iter().zip(&identities) {
            let (key, message) = state.finish(identity, &sharings)?;
            keys.push(key);
            agreements.push(message);
        }
        for key in &keys {
            key.account().check_agreements(&agreements)?;
        }
        Ok(Self { identities, keys })
    }
}

impl Play {
    pub(super) fn custody(&mut self) -> anyhow::Result<()> {
        let treasury = Treasury::new()?;
        let first = treasury.keys.first().context("there are three")?;
        let account = first.account();
        self.account
            .steps
            .add("Treasury", "Ada, Bo and Cy make a spending key that none of them has: two sign together");
        let address = account.viewing_key().incoming().address(Diversifier::from_index(0));
        let donation = self.order(address, 10_000, "for the roof")?;
        self.pay(vec![donation])?;
        self.account.steps.add("Alice", "sends the treasury 100.00");

        let mut wallet = Wallet::new(account.viewing_key().clone());
        read_wallet(&mut wallet, &self.stage.ledger)?;
        let order = self.order(self.carol.address(2), 4_000, "slates")?;
        let at = self.stage.moment()?;
        let mut sending = Sending::plan(&wallet, &at, vec![order])?;
        let round = sending.next(&mut wallet, &at, WindowPolicy::default(), &mut OsRng)?.context("a payment")?;
        let proven = round.transaction.prove(self.stage.parameters(), &mut OsRng)?;
        let draft = Draft::new(account.id(), &proven).context("all of it is the account's own")?;
        self.account
            .steps
            .add("Dora", "coordinates: she prepares and proves a payment of 40.00 to Carol, and cannot sign it");

        // Each custodian opens what it is to sign by itself.
        let custodians = treasury.keys.iter().zip(&treasury.identities).take(2);
        let mut sessions = Vec::new();
        for (key, identity) in custodians.clone() {
            let (session, review) = Session::commit(key, identity, draft.proposal.clone(), &mut OsRng)?;
            let [payment] = review.payments.as_slice() else { anyhow::bail!("one payment") };
            ensure!(payment.to == self.carol.address(2), "custodians see whom they pay");
            sessions.push(session);
        }
        let text = "open the transaction themselves: 40.00 to Carol, \"slates\"; 60.00 comes back";
        self.account.steps.add("Ada, Bo", text);
        let mut nonces = Vec::new();
        for session in &sessions {
            nonces.extend(decode::<Messages<Nonces>>(&session.nonces())?.messages);
        }
        let alone = package(account, &draft.proposal, nonces.get(..1).unwrap_or_default());
        let refused = alone.err().context("one custodian is too few")?;
        self.account.steps.add("Dora", format!("tries with Ada alone\n{:12}refused: {refused}", ""));
        let together = package(account, &draft.proposal, &nonces)?;
        let mut answers = Vec::new();
        for ((key, identity), session) in custodians.zip(sessions) {
            let (signed, answer) = session.sign(key, identity, &together)?;
            answers.extend(decode::<Messages<SignatureShares>>(&answer)?.messages);
            let again = signed.sign(
                key,
                identity,
                &tabella_prover::custody::message::Package {
                    nonces: nonces.iter().rev().cloned().collect(),
                    ..together.clone()
                },
            );
            ensure!(again.is_err(), "nonces are used once");
        }
        self.stage.submit(draft.finish(account, &together, &answers)?)?;
        self.account
            .steps
            .add("Ada, Bo", "sign; their nonces are used up. For the ledger it is a signature like any other");
        read_wallet(&mut wallet, &self.stage.ledger)?;
        self.account.treasury = wallet.unspent().map(|note| note.note().value.0).sum();
        ensure!(hundredths(self.account.treasury) == "60.00", "the treasury has its change");
        Ok(())
    }
}
