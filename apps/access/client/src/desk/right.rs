//! The right and the device: accepting a rental, using the right, answering the lock; and the rent.

use rand_core::OsRng;
use tabella_access_lock::Challenge;
use tabella_access_rules::terms::Party;
use tabella_desk::{Message, Outcome, Stop, Value, Values, Words, Work, words};
use tabella_protocol::note_encryption::Memo;
use tabella_prover::builder::{Settlement, SpendPath, TransactionBuilder};

use super::party::{RENTAL, find_keys, own_as, rental_id, stored};
use crate::{
    answer::{AnswerError, Evidence},
    build,
    history::find_use,
    keys::AccessKeys,
};

/// Accepts a rental whose rent the wallet has found.
pub(super) fn accept(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Owner)?;
    let expected = own.prices.as_ref().and_then(|prices| prices.rent(&own.terms)).map(|rent| rent.value());
    match build::find_rent(work.holder.wallet(), stored(work, own.id)?) {
        Some((_, _, found)) if Some(found) == expected => {}
        _ => {
            let message = words(
                "this wallet finds no rent of it to claim: do not accept; the renter has it back by itself",
                "이 지갑에서 받을 수 있는 사용료를 찾지 못했습니다. 승인하지 마십시오. 빌린 사람에게 저절로 돌아갑니다",
            );
            return Err(Stop::at("rental", message));
        }
    }
    let rent = work.amount_and_name(&own.terms.asset, expected.map_or(0, |rent| rent.0));
    Ok(Outcome::submit(build::accept(&keys, work.state.id(), own.id))
        .show(RENTAL, Value::code(own.id))
        .show(words("Rent, yours once the right was used", "이용권이 쓰이면 받을 사용료"), rent)
        .show(words("The right can be used before", "이용 기한"), own.terms.use_until))
}

/// Uses a right: with the keys of its rental if they are the wallet's, and with those of number 0 if it was passed on.
pub(super) fn use_right(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = rental_id(values)?;
    let terms = stored(work, id)?.terms();
    let keys = find_keys(work.seed, |keys| keys.public() == terms.renter);
    let keys = keys.unwrap_or_else(|| AccessKeys::of_seed(work.seed, 0));
    let with = build::use_right(&keys, work.holder, &work.moment(), (id, terms), &mut OsRng)?;
    Ok(Outcome::submit(work.prove(with.transaction, with.proofs)?)
        .show(RENTAL, Value::code(id))
        .show(words("Device", "장치"), Value::code(hex::encode(terms.device)))
        .show(words("Paid time, in seconds", "낸 시간(초)"), Value::number(terms.seconds()))
        .show(
            words("Next", "다음"),
            words(
                "The time runs. Answer the device, and it opens.",
                "시간이 흐르고 있습니다. 장치에 응답하면 열립니다.",
            ),
        ))
}

/// Answers a device.
pub(super) fn answer(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = rental_id(values)?;
    stored(work, id)?;
    let challenge = Challenge::from_json(&values.file("challenge")?.bytes)
        .map_err(|error| Stop::at("challenge", Message::from(NO_CHALLENGE).detail(error)))?;
    let (checkpoint, _) = work.signed()?;
    let unused =
        || Stop::at("rental", words("its right was not used with this wallet", "이 지갑으로 쓴 권리가 아닙니다"));
    let (number, used) = find_use(work.log, &id)?.ok_or_else(unused)?;
    let keys = find_keys(work.seed, |keys| keys.use_key(id) == used.key).ok_or_else(unused)?;
    let evidence = Evidence::of_log(work.log, checkpoint, number, &challenge.seen)?;
    let opening = evidence.answer(&keys, work.state.id(), &used, &challenge).map_err(|error| match error {
        AnswerError::Device => Stop::at("challenge", error),
        other => other.into(),
    })?;
    Ok(Outcome::new()
        .show(RENTAL, Value::code(id))
        .show(words("Paid from", "이용 시작"), Value::Time(opening.interval.from))
        .show(words("Paid until", "이용 끝"), Value::Time(opening.interval.until))
        .give("opening.json", opening.to_json().into_bytes()))
}

/// Takes the rent: the owner that of a right that was used, the renter that of one that was not.
pub(super) fn collect(values: &Values, work: &mut Work<'_>, party: Party) -> Result<Outcome, Stop> {
    let (_, own) = own_as(values, work, party)?;
    let rental = stored(work, own.id)?;
    let (path, found) = match party {
        Party::Owner if rental.used().is_none() => {
            return Err(Stop::at(
                "rental",
                words("its rent is yours once the right was used", "권리가 쓰인 뒤에 사용료를 받을 수 있습니다"),
            ));
        }
        Party::Owner => (SpendPath::Claim, build::find_rent(work.holder.wallet(), rental)),
        Party::Renter => (SpendPath::Refund, build::find_refund(work.holder.wallet(), rental)),
    };
    let gone = || {
        Stop::at(
            "rental",
            words("its rent is no longer there: it was collected", "사용료가 더는 없습니다. 이미 받아 갔습니다"),
        )
    };
    let (pool, position, value) = found.ok_or_else(gone)?;
    let settlement = Settlement::To(work.recipient(values, "to")?, Memo::empty());
    let transfer = work.holder.prepare_settlement(&work.moment(), (pool, position), path, settlement, &mut OsRng);
    let transfer = transfer.map_err(|error| {
        let window = words(
            "the owner claims the rent until the rental closes, and the renter takes it back from then on",
            "대여가 끝날 때까지는 소유자가 사용료를 받고, 그 뒤에는 빌린 사람이 돌려받습니다",
        );
        Stop::at("rental", Message::from(window).detail(error))
    })?;
    let mut builder = TransactionBuilder::new(work.state.id());
    builder.add(transfer);
    Ok(Outcome::submit(work.prove(builder.build()?, Vec::new())?)
        .show(RENTAL, Value::code(own.id))
        .show(words("Rent", "사용료"), work.amount_and_name(&own.terms.asset, value.0)))
}

const NO_CHALLENGE: Words = words("this is not what a device asks", "장치가 묻는 내용이 아닙니다");
