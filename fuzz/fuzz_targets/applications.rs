//! The rules of every application on a ledger where nothing has happened: actions of any kind in one transaction. What decodes,
//! encodes to the same bytes again, and nothing panics, whether the ledger refuses the transaction, applies it, or shows
//! what it has made.

#![no_main]

use std::sync::LazyLock;

use borsh::{BorshDeserialize, BorshSerialize};
use libfuzzer_sys::fuzz_target;
use tabella_access_rules::Rentals;
use tabella_catalogue::catalogue;
use tabella_crowdfunding_rules::Crowdfunding;
use tabella_energy::rules::EnergyMarkets;
use tabella_market_rules::Market;
use tabella_notary_rules::Notary;
use tabella_protocol::{
    election::{self, ElectionAction},
    note::Timestamp,
    transaction::{
        Action, ApplicationId, LedgerId, LoggedTransaction, SignatureBytes, Transaction, TransactionEffects,
    },
};
use tabella_provenance_rules::Provenance;
use tabella_remittance::rules::Remittances;
use tabella_streaming_rules::Streams;
use tabella_trade_rules::TradeFinance;
use tabella_verifier::{
    accounts::Accounts,
    application::{Application, Catalogue},
    assets::Assets,
    groth16::VerifyingKeys,
    guards::ReleaseGuards,
    obligations::{Counts, Obligations},
    state::LedgerState,
};

/// The ledger that most of the test vectors are about.
const LEDGER: LedgerId = LedgerId([6; 32]);
/// Most actions of a transaction here: more of them find nothing else.
const MAX_ACTIONS: usize = 8;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(catalogue);
static FRESH: LazyLock<LedgerState> =
    LazyLock::new(|| LedgerState::with_applications(LEDGER, VerifyingKeys::development(), CATALOGUE.applications()));

/// The bytes of the next value; all that is left if there is none of this type.
fn next<T: BorshSerialize + BorshDeserialize>(rest: &mut &[u8]) -> Vec<u8> {
    let all = *rest;
    let Ok(value) = T::deserialize(rest) else {
        *rest = &[];
        return all.to_vec();
    };
    let bytes = borsh::to_vec(&value).expect("writing to memory");
    assert_eq!(bytes.as_slice(), &all[..all.len() - rest.len()], "a second encoding was accepted");
    bytes
}

/// The next action, and its proof.
fn action<B, P>(application: ApplicationId, rest: &mut &[u8]) -> (Action, Vec<u8>)
where
    B: BorshSerialize + BorshDeserialize,
    P: BorshSerialize + BorshDeserialize,
{
    (Action { application, body: next::<B>(rest) }, next::<P>(rest))
}

fn of<A: Application>(rest: &mut &[u8]) -> (Action, Vec<u8>)
where
    A::Body: BorshSerialize,
    A::Proof: BorshSerialize,
{
    action::<A::Body, A::Proof>(A::ID, rest)
}

// First the time of the block (4 bytes), then for each action the application (1 byte), its body, its proof.
fuzz_target!(|data: &[u8]| {
    let Some((time, mut rest)) = data.split_first_chunk() else { return };
    let time = Timestamp::new(u32::from_le_bytes(*time).into()).expect("below 2^40");
    let (mut actions, mut action_proofs) = (Vec::new(), Vec::new());
    while let Some((application, tail)) = rest.split_first().filter(|_| actions.len() < MAX_ACTIONS) {
        rest = tail;
        let (action, proof) = match application % 13 {
            0 => of::<Assets>(&mut rest),
            1 => of::<Accounts>(&mut rest),
            2 => of::<ReleaseGuards>(&mut rest),
            3 => of::<Rentals>(&mut rest),
            4 => of::<Crowdfunding>(&mut rest),
            5 => of::<EnergyMarkets>(&mut rest),
            6 => of::<Market>(&mut rest),
            7 => of::<Notary>(&mut rest),
            8 => of::<Provenance>(&mut rest),
            9 => of::<Remittances>(&mut rest),
            10 => of::<Streams>(&mut rest),
            11 => of::<TradeFinance>(&mut rest),
            _ => action::<ElectionAction, SignatureBytes>(election::APPLICATION, &mut rest),
        };
        actions.push(action);
        action_proofs.push(proof);
    }
    let effects = TransactionEffects::new(LEDGER, Vec::new(), actions);
    let entry = LoggedTransaction { time, transaction: Transaction { effects, transfers: Vec::new(), action_proofs } };
    let mut obligations = Obligations::new();
    // A ledger applies nothing of which a proof remains to be verified.
    if let Ok(checked) = FRESH.check(&entry, 0, &mut obligations)
        && obligations.counts() == Counts::default()
    {
        let mut state = FRESH.clone();
        state.execute(checked).expect("nothing happened since the check");
        for shown in CATALOGUE.shown() {
            let picture = shown.picture(state.applications()).expect("the ledger has the application");
            let _ = picture.page(None, MAX_ACTIONS, time);
        }
    }
});
