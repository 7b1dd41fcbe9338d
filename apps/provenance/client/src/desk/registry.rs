//! Registries, who issues in them, and thefts.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Values, Work, say, short, words};
use tabella_provenance_rules::{
    action::{Authority, Role},
    registry::{MAX_NAME_BYTES, RegistryId},
    state::RegistryState,
};

use super::{
    NUMBER, REGISTRAR, REGISTRY, REGISTRY_LABEL, STOLEN, THING, THING_LABEL, code, keys_of, registry_of, stone, thing,
};
use crate::{build, files::MarkKeyFile, keys::ProvenanceKeys};

pub(super) const FOUND: Form = Form {
    id: "found",
    role: REGISTRAR,
    title: words("Found a registry", "등록부 열기"),
    about: words(
        "You say who certifies in it. You are given the key of its marks: for the issuers that you authorise, and \
         nobody else. Whoever has it can find out which things are registered.",
        "이 등록부에서 누가 감정서를 발급할지 정하게 됩니다. 표지 키 파일을 받으면 허가한 발급자에게만 주십시오. 이 키가 있으면 \
         어떤 물건이 등록되었는지 알아낼 수 있습니다.",
    ),
    fields: &[Field::new("name", words("Name of the registry", "등록부의 이름"), Kind::Text), NUMBER],
    proves: false,
};

pub(super) const MARKS: Form = Form {
    id: "marks",
    role: REGISTRAR,
    title: words("Write the key of the marks again", "표지 키 파일 다시 만들기"),
    about: words(
        "The same file that you were given when you founded the registry.",
        "등록부를 열 때 받은 것과 같은 파일입니다.",
    ),
    fields: &[REGISTRY, NUMBER],
    proves: false,
};

const ISSUER_KEY: Field = Field::new("issuer", words("Key of the issuer", "발급자의 키"), Kind::Id)
    .hint(words("\"Show my keys\" shows it to the issuer.", "발급자가 \"내 키 보기\"에서 볼 수 있습니다."));

pub(super) const AUTHORISE: Form = Form {
    id: "authorise",
    role: REGISTRAR,
    title: words("Authorise an issuer", "발급자 허가"),
    about: words("It may register things from then on.", "그때부터 물건을 등록할 수 있습니다."),
    fields: &[
        REGISTRY,
        ISSUER_KEY,
        Field::new("name", words("Name of the issuer", "발급자의 이름"), Kind::Text),
        NUMBER,
    ],
    proves: false,
};

pub(super) const DISMISS: Form = Form {
    id: "dismiss",
    role: REGISTRAR,
    title: words("Dismiss an issuer", "발급자 허가 취소"),
    about: words(
        "It registers nothing any more, and grants no claims. What it registered stays.",
        "더 이상 물건을 등록하거나 노트 신청을 승인하지 못합니다. 이미 등록한 것은 남습니다.",
    ),
    fields: &[REGISTRY, ISSUER_KEY, NUMBER],
    proves: false,
};

pub(super) const REPORT: Form = Form {
    id: "report",
    role: words("Registrar or issuer", "등록 기관 또는 발급자"),
    title: words("Report a theft", "도난 신고"),
    about: words(
        "The ledger refuses every transfer of the thing until the report is lifted. The report is public.",
        "신고를 풀 때까지 원장이 이 물건의 이전을 모두 거절합니다. 신고는 공개됩니다.",
    ),
    fields: &[THING, NUMBER],
    proves: false,
};

pub(super) const LIFT: Form = Form {
    id: "lift",
    role: words("Registrar or issuer", "등록 기관 또는 발급자"),
    title: words("Lift a report of theft", "도난 신고 풀기"),
    about: words("The thing moves again.", "물건을 다시 옮길 수 있습니다."),
    fields: &[THING, NUMBER],
    proves: false,
};

pub(super) fn found(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys_of(values, work)?;
    let ledger = work.state.id();
    let (terms, transaction) = build::found(&keys, ledger, values.text("name")?, &mut OsRng);
    terms.check().map_err(|error| Stop::at("name", error))?;
    let registry = terms.id(ledger);
    Ok(mark_key(Outcome::submit(transaction), registry, &keys))
}

fn mark_key(outcome: Outcome, registry: RegistryId, keys: &ProvenanceKeys) -> Outcome {
    let name = short(registry);
    let file = MarkKeyFile { registry, key: keys.mark_key().clone() };
    outcome.show(REGISTRY_LABEL, code(registry)).give_file(format!("{name}.marks"), &file)
}

/// The keys, if they are those of the registrar.
fn registrar(values: &Values, work: &Work<'_>, known: &RegistryState) -> Result<ProvenanceKeys, Stop> {
    let keys = keys_of(values, work)?;
    if keys.public(Role::Registrar) == known.registry.registrar {
        return Ok(keys);
    }
    Err(Stop::at(
        "number",
        words(
            "these are not the keys of the registry's registrar: choose the number that it was founded with",
            "등록부를 맡은 등록기관의 키가 아닙니다. 등록부를 만들 때의 번호를 고르십시오",
        ),
    ))
}

pub(super) fn marks(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (registry, known) = registry_of(values, work)?;
    let keys = registrar(values, work, known)?;
    if keys.mark_key().digest() != known.registry.mark_key {
        return Err(Stop::at(
            "registry",
            words(
                "the key of its marks is not derived from this wallet's seed",
                "표식 키가 이 지갑의 시드에서 나온 것이 아닙니다",
            ),
        ));
    }
    Ok(mark_key(Outcome::new(), registry, &keys))
}

pub(super) fn authorise(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let name = values.text("name")?;
    if name.len() > MAX_NAME_BYTES {
        return Err(Stop::at(
            "name",
            say!("a name has 1 to {MAX_NAME_BYTES} bytes", "이름은 1–{MAX_NAME_BYTES}바이트입니다"),
        ));
    }
    change(values, work, Some(name))
}

pub(super) fn dismiss(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    change(values, work, None)
}

fn change(values: &Values, work: &Work<'_>, name: Option<&str>) -> Result<Outcome, Stop> {
    let (registry, known) = registry_of(values, work)?;
    let issuer = values.bytes32("issuer")?;
    let keys = registrar(values, work, known)?;
    let is_authorised = name.is_some();
    let before = known.issuers.get(&issuer);
    if !is_authorised && before.is_none_or(|before| !before.is_authorised) {
        return Err(Stop::at(
            "issuer",
            words("this key is no issuer's that may register here", "여기에 등록할 수 있는 발행자의 키가 아닙니다"),
        ));
    }
    let name = name.or(before.map(|before| before.name.as_str())).unwrap_or("unknown");
    let at = (registry, known.version);
    let transaction = build::set_issuer(&keys, work.state.id(), at, (issuer, name), is_authorised);
    Ok(Outcome::submit(transaction)
        .show(words("Issuer", "발급자"), name)
        .show(words("Key of the issuer", "발급자의 키"), code(hex::encode(issuer)))
        .show(words("May certify", "증명할 수 있음"), is_authorised))
}

pub(super) fn report(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    act(values, work, true)
}

pub(super) fn lift(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    act(values, work, false)
}

fn act(values: &Values, work: &Work<'_>, is_stolen: bool) -> Result<Outcome, Stop> {
    let (asset, keys) = (thing(values)?, keys_of(values, work)?);
    let (stone, batch) = stone("thing", asset, work)?;
    let rules = work.rules::<tabella_provenance_rules::Provenance>()?;
    let registrar = rules.registry(&batch.registry).map(|known| known.registry.registrar);
    let by = if registrar == Some(keys.public(Role::Registrar)) {
        Authority::Registrar
    } else if keys.public(Role::Issuer) == batch.issuer {
        Authority::Issuer
    } else {
        let message = words(
            "these keys are neither of the registrar of the thing's registry nor of the issuer of its \
                       certificate: ask one of them",
            "물건의 등록기관이나 인증서 발행자의 키가 아닙니다. 그 가운데 하나에게 요청하십시오",
        );
        return Err(Stop::at("number", message));
    };
    if stone.theft.is_none() && !is_stolen {
        return Err(Stop::at("thing", words("no theft of it is reported", "도난이 신고되지 않은 물건입니다")));
    }
    let make = if is_stolen { build::report } else { build::lift };
    Ok(Outcome::submit(make(&keys, work.state.id(), asset, stone.version, by))
        .show(THING_LABEL, code(asset))
        .show(STOLEN, is_stolen))
}
