//! Before a rental: keys, offers, the payment.

use std::collections::BTreeSet;

use rand_core::{OsRng, RngCore as _};
use tabella_access_rules::{
    Rentals,
    terms::{MAX_PARTS, MAX_UNIT_SECONDS, MAX_UNITS, TermsError},
};
use tabella_desk::{Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::holder::{Holder, LockOrder, Next, PaymentError, PaymentOrder};
use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::TransactionEffects,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{Blinding, TransactionBuilder, UnprovenTransfer},
};

use super::party::{LAST_NUMBER, RENTAL, find_keys};
use crate::{
    build::{self, Payment},
    keys::AccessKeys,
    offer::{Offer, OfferError, OfferOrder, Prices},
};

/// A renter's keys: of the number that was chosen, or of one that no rental has.
pub(super) fn renter_keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let number =
        if values.is_given("number") { values.number("number", (0, LAST_NUMBER), 0)? } else { unused_number(work)? };
    let keys = AccessKeys::of_seed(work.seed, number).public();
    Ok(Outcome::new()
        .show(words("Keys for the owner", "소유자에게 줄 키"), Value::code(keys))
        .show(words("Number of the keys", "키 번호"), Value::number(number)))
}

/// 0 is for whoever lets or decides, whose key lasts.
fn unused_number(work: &Work<'_>) -> Result<u32, Stop> {
    let rentals = work.rules::<Rentals>()?.rentals();
    let used: BTreeSet<_> =
        rentals.flat_map(|(_, rental)| [rental.terms().renter.signer, rental.terms().owner]).collect();
    let unused = (1..=LAST_NUMBER).find(|number| !used.contains(&AccessKeys::of_seed(work.seed, *number).signer()));
    unused.ok_or_else(|| {
        Stop::at(
            "number",
            say!(
                "this wallet has rentals of all numbers up to {LAST_NUMBER}",
                "이 지갑은 {LAST_NUMBER}까지의 번호를 모두 썼습니다"
            ),
        )
    })
}

/// The key of an owner or an arbiter.
pub(super) fn own_key(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = AccessKeys::of_seed(work.seed, values.number("number", (0, LAST_NUMBER), 0)?);
    Ok(Outcome::new().show(words("Key", "키"), Value::code(hex::encode(keys.signer()))))
}

/// Makes an offer.
pub(super) fn make(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = AccessKeys::of_seed(work.seed, values.number("number", (0, LAST_NUMBER), 0)?);
    let assets = work.state.assets();
    let (asset, _) = values.asset("asset", assets)?;
    let parts = values.number("parts", (1, MAX_PARTS), 100)?;
    let deposit = values.amount("deposit", assets, &asset)?.0;
    if deposit % u64::from(parts) != 0 {
        let rest = work.amount_and_name(&asset, deposit % u64::from(parts));
        let message = say!(
            "{parts} equal parts leave {rest} over: change the deposit or the number of its parts",
            "{parts}몫으로 똑같이 나누면 {rest}이(가) 남습니다. 보증금이나 몫의 수를 바꾸십시오"
        );
        return Err(Stop::at("deposit", message));
    }
    let within = u64::from(values.number("within-days", (1, 365), 1)?);
    let use_until = Timestamp::new(work.now.seconds().saturating_add(within.saturating_mul(86_400)));
    let order = OfferOrder {
        renter: values.parse("renter").map_err(|_: Stop| {
            Stop::at(
                "renter",
                words(
                    "the keys of a renter have 128 characters, 0 to 9 and a to f: copy all of them",
                    "빌리는 사람의 키는 0–9와 a–f로 된 128자입니다. 빠짐없이 복사하십시오",
                ),
            )
        })?,
        // An address of this rental alone: claiming the rent shows who owns it.
        payee: work.holder.wallet().address(OsRng.next_u32()),
        arbiter: values.bytes32("arbiter")?,
        device: values.bytes32("device")?,
        asset,
        price: values.amount("price", assets, &asset)?,
        units: values.number("units", (1, MAX_UNITS), 1)?,
        unit_seconds: values.number("unit-minutes", (1, MAX_UNIT_SECONDS / 60), 15)?.saturating_mul(60),
        part: NoteValue(deposit / u64::from(parts)),
        parts,
        public: values.flag("public"),
        use_until: use_until.ok_or_else(|| {
            Stop::at(
                "within-days",
                words("a right that is used so late is none", "그렇게 늦게까지 쓸 수 있는 권리는 없습니다"),
            )
        })?,
        delay_seconds: values.number("delay-minutes", (1, 43_200), 1_440)?.saturating_mul(60),
    };
    let offer = Offer::new(&keys, work.state.id(), &order, &mut OsRng).map_err(|error| match error {
        OfferError::Price => Stop::at("price", error),
        OfferError::Terms(TermsError::SameKey) => Stop::at("arbiter", error),
        OfferError::Terms(TermsError::UnitLength) => Stop::at("unit-minutes", error),
        other => other.into(),
    })?;
    let prices = Prices { price: AmountOpening::public(order.price), part: AmountOpening::public(order.part) };
    let name = format!("rental-{:.8}.offer", offer.rental().to_string());
    Ok(show_offer(Outcome::new(), work, &offer, &prices)?.give_file(name, &offer))
}

/// Shows an offer to whom it is for.
pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (_, offer, prices) = read_offer(values, work)?;
    show_offer(Outcome::new(), work, &offer, &prices)
}

/// Rents.
pub(super) fn rent(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (keys, offer, prices) = read_offer(values, work)?;
    let (terms, id) = (&offer.terms, offer.rental());
    if values.bytes32("rental")? != id.0 {
        return Err(Stop::at(
            "rental",
            words(
                "the file is of another rental than this: check it before you pay",
                "다른 대여의 파일입니다. 지급하기 전에 확인하십시오",
            ),
        ));
    }
    if values.asset("asset", work.state.assets())?.0 != terms.asset {
        return Err(Stop::at(
            "asset",
            say!("the offer asks for another asset, {}", "제안은 다른 자산을 요구합니다: {}", terms.asset),
        ));
    }
    let (rent, deposit) = rent_and_deposit(&offer, &prices)?;
    for (amount, field) in [(rent, "at-most"), (deposit, "deposit-at-most")] {
        let most = values.amount(field, work.state.assets(), &terms.asset)?;
        if amount > most {
            let amount = work.amount_and_name(&terms.asset, amount.0);
            return Err(Stop::at(
                field,
                say!("the offer asks for {amount}, which is more", "제안은 더 많은 {amount}을(를) 요구합니다"),
            ));
        }
    }
    let right = work.recipient(values, "right-to")?;
    let order = prices.lock_order(terms, id).ok_or_else(|| too_much(&offer))?;
    let payment = pay(work, terms.asset, &order, deposit)?;
    let with = build::rent(&keys, &work.moment(), (&offer, &prices), payment, right, &mut OsRng)?;
    let outcome = Outcome::submit(work.prove(with.transaction, with.proofs)?);
    Ok(show_offer(outcome, work, &offer, &prices)?
        .show(words("The right goes to", "이용권을 받는 주소"), Value::code(right))
        .show(
            words("Next", "다음"),
            words("Once the owner has accepted, the right can be used.", "소유자가 승인하면 이용권을 쓸 수 있습니다."),
        ))
}

/// An offer that the wallet may take, and its prices.
fn read_offer(values: &Values, work: &Work<'_>) -> Result<(AccessKeys, Offer, Prices), Stop> {
    let offer: Offer = values.decode("offer")?;
    let keys = find_keys(work.seed, |keys| keys.public() == offer.terms.renter);
    let keys = keys.unwrap_or_else(|| AccessKeys::of_seed(work.seed, 0));
    let prices = offer.check(&keys, work.state.id(), work.now).map_err(|error| match error {
        OfferError::Renter => Stop::at(
            "offer",
            words(
                "it is for another wallet than this: give the owner your own keys",
                "다른 지갑에 주는 제안입니다. 소유자에게 내 키를 주십시오",
            ),
        ),
        other => Stop::at("offer", other),
    })?;
    Ok((keys, offer, prices))
}

fn too_much(offer: &Offer) -> Stop {
    Stop::at(
        "offer",
        say!("rental {} costs more than can be paid", "대여 {}의 값이 지급할 수 있는 한도를 넘습니다", offer.rental()),
    )
}

fn rent_and_deposit(offer: &Offer, prices: &Prices) -> Result<(NoteValue, NoteValue), Stop> {
    let rent = prices.rent(&offer.terms).ok_or_else(|| too_much(offer))?;
    let deposit = prices.share(offer.terms.parts).ok_or_else(|| too_much(offer))?;
    Ok((rent.value(), deposit.value()))
}

fn show_offer(outcome: Outcome, work: &Work<'_>, offer: &Offer, prices: &Prices) -> Result<Outcome, Stop> {
    let (terms, (rent, deposit)) = (&offer.terms, rent_and_deposit(offer, prices)?);
    let amount = |value: NoteValue| work.amount_and_name(&terms.asset, value.0);
    Ok(outcome
        .show(RENTAL, Value::code(offer.rental()))
        .show(words("Device", "장치"), Value::code(hex::encode(terms.device)))
        .show(words("Owner", "소유자"), Value::code(hex::encode(terms.owner)))
        .show(words("Arbiter", "중재자"), Value::code(hex::encode(terms.arbiter)))
        .show(words("The rent goes to", "사용료를 받는 주소"), Value::code(terms.payee))
        .show(words("Rent", "사용료"), amount(rent))
        .show(words("Price of a unit", "단위 가격"), amount(prices.price.value()))
        .show(words("Units of time", "시간 단위 수"), Value::number(terms.units))
        .show(words("Length of a unit, in seconds", "단위 길이(초)"), Value::number(terms.unit_seconds))
        .show(words("Deposit", "보증금"), amount(deposit))
        .show(words("Parts of the deposit", "보증금 조각 수"), Value::number(terms.parts))
        .show(words("Asset", "자산"), Value::code(terms.asset))
        .show(words("Everybody sees price and deposit", "가격과 보증금 공개"), terms.sealed.is_none())
        .show(words("Used before", "이용 기한"), terms.use_until)
        .show(
            words("For a claim, a dispute, a decision each, in seconds", "청구, 이의, 결정 기한 각각(초)"),
            Value::number(terms.delay_seconds),
        ))
}

/// The transfers of rent and deposit. Each spends notes of its own: where the wallet has one alone, it is split first.
///
/// The deposit comes first: of a wallet that was split for it, it takes the note that is exactly so much.
fn pay(work: &mut Work<'_>, asset: AssetId, rent: &LockOrder, deposit: NoteValue) -> Result<Payment, Stop> {
    let together = || {
        Stop::at(
            "offer",
            words(
                "rent and deposit together are more than can be paid",
                "사용료와 보증금의 합이 지급할 수 있는 한도를 넘습니다",
            ),
        )
    };
    let amount = rent.amount.0.checked_add(deposit.0).ok_or_else(together)?;
    let pool = work.state.pool(AssetClass::Ordinary).id();
    let available = work.holder.wallet().balance(pool, asset, work.now).spendable;
    if available < u128::from(amount) {
        return Err(work.explain(PaymentError::Insufficient { available, amount }, &asset));
    }
    let first = work.ready(|holder, at| holder.prepare_exit(at, asset, deposit, Blinding::Random, &mut OsRng))?;
    match work.holder.prepare_lock(&work.moment(), asset, rent, &mut OsRng) {
        Ok(Next::Transfer(rent)) => Ok(Payment { rent: *rent, deposit: first }),
        Ok(Next::Merge(merge)) => {
            release(work, &first);
            Err(Stop::First(Box::new(work.prove(merge, Vec::new())?)))
        }
        Err(PaymentError::Insufficient { .. }) => {
            release(work, &first);
            Err(split(work, asset, deposit)?)
        }
        Err(other) => {
            release(work, &first);
            Err(other.into())
        }
    }
}

/// Pays the deposit to the wallet itself.
fn split(work: &mut Work<'_>, asset: AssetId, deposit: NoteValue) -> Result<Stop, Stop> {
    let to = work.holder.wallet().address(0);
    let order = PaymentOrder { to, asset, amount: deposit, memo: Memo::empty() };
    let split = work.ready(|holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
    let mut builder = TransactionBuilder::new(work.state.id());
    builder.add(split);
    Ok(Stop::First(Box::new(work.prove(builder.build()?, Vec::new())?)))
}

/// Gives the notes back that a transfer would have spent: it is made anew when the form is handed in again.
fn release(work: &mut Work<'_>, transfer: &UnprovenTransfer) {
    let effects = TransactionEffects::new(work.state.id(), vec![transfer.effects().clone()], Vec::new());
    Holder::release(work.holder, &effects);
}
