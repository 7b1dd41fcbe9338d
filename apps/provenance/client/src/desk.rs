//! What registrars, issuers, owners and buyers do in the browser: forms, and what comes of them.

mod custody;
mod errors;
mod issue;
mod own;
mod present;
mod registry;
mod sale;

use tabella_desk::{Choice, Desk, Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_protocol::note::AssetId;
use tabella_provenance_rules::{
    NAME, Provenance,
    registry::RegistryId,
    schema::Schema,
    state::{BatchState, RegistryState, StoneState},
};

use crate::keys::ProvenanceKeys;

/// The desk of provenance.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProvenanceDesk;

const FORMS: &[Form] = &[
    own::MINE,
    own::CERTIFICATE,
    own::READ,
    own::CLAIM,
    present::PRESENT,
    sale::REVIEW,
    sale::SELL,
    custody::DISCLOSE,
    present::ASK,
    present::CHECK,
    sale::BUY,
    sale::COMPLETE,
    custody::SIGHT,
    custody::HISTORY,
    custody::EPCIS,
    own::KEYS,
    own::SCHEMA,
    issue::REGISTER,
    issue::REVIEW_CLAIM,
    issue::GRANT,
    registry::FOUND,
    registry::MARKS,
    registry::AUTHORISE,
    registry::DISMISS,
    issue::REVIEW_BATCH,
    issue::APPROVE,
    registry::REPORT,
    registry::LIFT,
];

impl Desk for ProvenanceDesk {
    fn application(&self) -> &'static str {
        NAME
    }

    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "mine" => own::mine(work),
            "certificate" => own::certificate(values, work),
            "read" => own::read(values, work),
            "claim" => own::claim(values, work),
            "keys" => own::keys(values, work),
            "schema" => own::schema(values),
            "ask" => present::ask(),
            "present" => present::present(values, work),
            "check" => present::check(values, work),
            "buy" => sale::buy(values, work),
            "review-offer" => sale::review(values, work),
            "sell" => sale::sell(values, work),
            "complete" => sale::complete(values, work),
            "custody" => custody::disclose(values, work),
            "sight" => custody::sight(values, work),
            "history" => custody::history(values, work),
            "epcis" => custody::epcis(values, work),
            "register" => issue::register(values, work),
            "review-batch" => issue::review_batch(values, work),
            "approve" => issue::approve(values, work),
            "review-claim" => issue::review_claim(values, work),
            "grant" => issue::grant(values, work),
            "found" => registry::found(values, work),
            "marks" => registry::marks(values, work),
            "authorise" => registry::authorise(values, work),
            "dismiss" => registry::dismiss(values, work),
            "report" => registry::report(values, work),
            "lift" => registry::lift(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

const ANYONE: Words = words("Anyone", "누구나");
const BUYER: Words = words("Buyer", "구매자");
const INSURER: Words = words("Insurer", "보험사");
const ISSUER: Words = words("Issuer of certificates", "감정서 발급자");
const OWNER: Words = words("Owner", "소유자");
const REGISTRAR: Words = words("Registrar", "등록 기관");

const THING: Field = Field::new("thing", words("Thing", "물건"), Kind::Id).hint(words(
    "The id of its asset: \"Read a certificate\" shows it.",
    "자산 식별자입니다. \"감정서 읽기\"에 나옵니다.",
));
const REGISTRY: Field = Field::new("registry", words("Registry", "등록부"), Kind::Instance);
const CERTIFICATE: Field = Field::new("certificate", words("Certificate", "감정서"), Kind::File);
const NUMBER: Field =
    Field::new("number", words("Number of the keys", "키 번호"), Kind::Number { least: 0, most: u32::MAX as u64 })
        .hint(words(
            "What is done with keys of different numbers cannot be linked. Empty: 0.",
            "번호가 다른 키로 한 일은 서로 연결되지 않습니다. 비우면 0입니다.",
        ))
        .optional();
const KIND: Field = Field::new("kind", words("Kind", "종류"), Kind::Choice { of: KINDS });
const KINDS: &[Choice] = &[
    Choice { id: "diamond", label: kind_words(Schema::Diamond) },
    Choice { id: "bottle", label: kind_words(Schema::Bottle) },
    Choice { id: "painting", label: kind_words(Schema::Painting) },
];

const ATTRIBUTE: Words = words("Attribute", "속성");
const KIND_LABEL: Words = words("Kind", "종류");
const MEASURED: Words = words("Registered with its measures", "크기와 함께 등록됨");
const REGISTRY_LABEL: Words = words("Registry", "등록부");
const STOLEN: Words = words("Reported as stolen", "도난 신고됨");
const THING_LABEL: Words = words("Thing", "물건");
const TOLD_APART: Words = words("Told apart from look-alikes", "구별한 비슷한 물건 수");
const VALUE: Words = words("Value", "값");

const fn kind_words(schema: Schema) -> Words {
    match schema {
        Schema::Diamond => words("Diamond", "다이아몬드"),
        Schema::Bottle => words("Bottle", "병(와인·증류주)"),
        Schema::Painting => words("Painting", "그림"),
    }
}

fn code(text: impl std::fmt::Display) -> Value {
    Value::code(text)
}

fn keys_of(values: &Values, work: &Work<'_>) -> Result<ProvenanceKeys, Stop> {
    Ok(ProvenanceKeys::of_seed(work.seed, values.optional("number")?.unwrap_or(0)))
}

fn kind(values: &Values) -> Result<Schema, Stop> {
    values.choice("kind", &["diamond", "bottle", "painting"])?.parse().map_err(|error| Stop::at("kind", error))
}

fn registry_of<'a>(values: &Values, work: &'a Work<'_>) -> Result<(RegistryId, &'a RegistryState), Stop> {
    let id = RegistryId(values.bytes32("registry")?);
    let known = work.rules::<Provenance>()?.registry(&id);
    Ok((
        id,
        known.ok_or_else(|| {
            Stop::at("registry", say!("there is no registry {id} on this ledger", "이 원장에 없는 등록부입니다: {id}"))
        })?,
    ))
}

fn asset_id(field: &str, text: &str) -> Result<AssetId, Stop> {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text.trim().to_lowercase(), &mut bytes).ok();
    let asset = decoded.and_then(|()| AssetId::from_bytes(&bytes));
    asset.ok_or_else(|| {
        Stop::at(
            field,
            words(
                "a thing is named by the id of its asset, 64 hexadecimal digits",
                "물건은 자산 ID(0–9와 a–f로 된 64자)로 가리킵니다",
            ),
        )
    })
}

fn stone<'a>(field: &str, asset: AssetId, work: &'a Work<'_>) -> Result<(&'a StoneState, &'a BatchState), Stop> {
    let known = work.rules::<Provenance>()?.stone_and_batch(&asset);
    known.ok_or_else(|| {
        Stop::at(field, say!("no thing is registered as asset {asset}", "자산 {asset}(으)로 등록된 물건이 없습니다"))
    })
}

fn thing(values: &Values) -> Result<AssetId, Stop> {
    asset_id("thing", values.text("thing")?)
}

/// The lines of a field that say something.
fn lines<'a>(values: &'a Values, field: &str) -> impl Iterator<Item = &'a str> {
    let text = values.optional_text(field).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// What a thing looks like: from how many it was told apart, or that nobody could count them.
fn show_likeness(outcome: Outcome, is_measured: bool, told_apart: u32) -> Outcome {
    let outcome = outcome.show(MEASURED, is_measured);
    if is_measured {
        return outcome.show(TOLD_APART, Value::number(told_apart));
    }
    outcome.show(
        words("Look-alikes", "비슷한 물건"),
        words(
            "Nobody has counted them; that it is none of those registered before, the registrar has approved.",
            "센 사람이 없습니다. 이미 등록된 물건이 아니라는 것은 등록 기관이 승인했습니다.",
        ),
    )
}

/// What everybody sees of a thing.
fn show_thing(outcome: Outcome, asset: AssetId, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (stone, batch) = stone("thing", asset, work)?;
    let known = work.rules::<Provenance>()?.registry(&batch.registry);
    let issuer = known.and_then(|known| known.issuers.get(&batch.issuer));
    let outcome = outcome
        .show(THING_LABEL, code(asset))
        .show(KIND_LABEL, kind_words(batch.schema))
        .show(REGISTRY_LABEL, known.map(|known| known.registry.name.clone()).unwrap_or_default())
        .show(words("Id of the registry", "등록부 식별자"), code(batch.registry))
        .show(words("Certified by", "발급자"), issuer.map(|issuer| issuer.name.clone()).unwrap_or_default())
        .show(words("Key of the issuer", "발급자의 키"), code(hex::encode(batch.issuer)))
        .show(
            words("The issuer may still certify", "발급자가 아직 증명할 수 있음"),
            issuer.is_some_and(|issuer| issuer.is_authorised),
        )
        .show(words("Registered", "등록"), batch.time)
        .show(words("Its note is made", "노트가 만들어짐"), stone.is_claimed)
        .show(STOLEN, stone.theft.is_some());
    let outcome = match batch.schema.has_measures() {
        true => show_likeness(outcome, stone.is_measured, stone.told_apart),
        false => outcome,
    };
    Ok(match stone.theft {
        Some(theft) => outcome.show(words("Stolen since", "도난 신고"), theft.since),
        None => outcome,
    })
}
