//! What is the wallet's: rentals, and rights.

use tabella_access_rules::{
    Rentals, Stage,
    terms::{Party, RentalId},
};
use tabella_desk::{Outcome, Stop, Value, Words, Work, words};
use tabella_prover::wallet::NoteKind;

use super::party::{LAST_NUMBER, RENTAL, party_name};
use crate::{history::OwnRentals, keys::AccessKeys};

/// The rentals of all of the wallet's keys.
pub(super) fn rentals(work: &Work<'_>) -> Result<Outcome, Stop> {
    let rentals = work.rules::<Rentals>()?;
    let mut rows = Vec::new();
    for number in 0..=LAST_NUMBER {
        let keys = AccessKeys::of_seed(work.seed, number);
        let signer = keys.signer();
        let mine = |terms: &tabella_access_rules::RentalTerms| {
            let parties = [Party::Renter, Party::Owner];
            parties.into_iter().any(|party| *terms.signer(party) == signer) || terms.arbiter == signer
        };
        if !rentals.rentals().any(|(_, rental)| mine(rental.terms())) {
            continue;
        }
        let own = OwnRentals::of_log(&keys, work.log)?;
        for (id, rental) in rentals.rentals().filter(|(_, rental)| mine(rental.terms())) {
            let found = own.get(&id);
            let role = found.map_or(words("arbiter", "중재자"), |own| party_name(own.party));
            let stage = rental.stage(work.now);
            let (name, until, parts) = describe(stage);
            let until = until.or(match stage {
                Stage::Rented | Stage::Accepted => Some(rental.terms().use_until.seconds()),
                _ => None,
            });
            let due = found.and_then(|own| own.due(rental, work.now));
            let due = due.map(|(_, value)| work.amount_and_name(&rental.terms().asset, value.0));
            rows.push(vec![
                Value::code(id),
                role.into(),
                name.into(),
                until.map_or_else(nothing, Value::Time),
                parts.map_or_else(nothing, Value::number),
                due.map_or_else(nothing, Value::Text),
            ]);
        }
    }
    let columns = vec![
        RENTAL,
        words("You are", "내 자격"),
        words("Stage", "상태"),
        words("Until", "까지"),
        words("Parts for the owner", "소유자 몫 조각"),
        words("To withdraw of the deposit", "찾을 보증금"),
    ];
    Ok(table(words("Rentals", "대여"), columns, rows))
}

/// The rights that the wallet holds.
pub(super) fn rights(work: &Work<'_>) -> Result<Outcome, Stop> {
    let rentals = work.rules::<Rentals>()?;
    let held = work.holder.wallet().unspent().filter(|note| note.kind() == NoteKind::Plain);
    let rows = held.filter_map(|note| {
        let asset = note.note().asset;
        let id = RentalId(work.state.assets().get(&asset)?.description.body);
        let rental = rentals.rental(&id)?;
        let terms = rental.terms();
        if terms.right(id).id() != Some(asset) {
            return None;
        }
        Some(vec![
            Value::code(id),
            Value::code(hex::encode(terms.device)),
            describe(rental.stage(work.now)).0.into(),
            terms.use_until.into(),
            Value::number(terms.seconds()),
        ])
    });
    let columns = vec![
        RENTAL,
        words("Device", "장치"),
        words("Stage", "상태"),
        words("Used before", "이용 기한"),
        words("Paid time, in seconds", "낸 시간(초)"),
    ];
    Ok(table(words("Rights", "이용권"), columns, rows.collect()))
}

fn table(label: Words, columns: Vec<Words>, rows: Vec<Vec<Value>>) -> Outcome {
    if rows.is_empty() {
        return Outcome::new().show(label, words("none", "없음"));
    }
    Outcome::new().show(label, Value::Table { columns, rows })
}

fn nothing() -> Value {
    Value::from("")
}

/// A stage's name, when it ends if it says so, and the parts that the owner claims or keeps.
fn describe(stage: Stage) -> (Words, Option<u64>, Option<u32>) {
    match stage {
        Stage::Rented => (words("rented, not accepted yet", "빌림, 승인 전"), None, None),
        Stage::Accepted => (words("accepted, can be used", "승인됨, 이용 가능"), None, None),
        Stage::Used { claim_until } => (words("used", "이용함"), Some(claim_until.seconds()), None),
        Stage::Claimed { parts, until } => (words("damage claimed", "손해 청구됨"), Some(until.seconds()), Some(parts)),
        Stage::Disputed { parts, until } => (words("disputed", "다툼 중"), Some(until.seconds()), Some(parts)),
        Stage::Settled { parts } => (words("settled", "정산됨"), None, Some(parts)),
    }
}
