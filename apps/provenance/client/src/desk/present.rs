//! Questions, and attributes that are shown.

use rand_core::{OsRng, RngCore as _};
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, short, words};
use tabella_provenance_rules::{
    attribute,
    presentation::{Bounds, Challenge, Learned, Presentation},
    schema::{self, Attribute, Schema},
};

use super::{ATTRIBUTE, BUYER, CERTIFICATE, OWNER, THING_LABEL, VALUE, code, lines, show_thing};
use crate::certificate::{Ask, Certificate, CertificateError, Wanted, number_of};

const QUESTION: Field = Field::new("question", words("Question", "질문 번호"), Kind::Id)
    .hint(words("The buyer’s 64 digits.", "구매자가 준 64자입니다."));
const NAME: Field = Field::new("for", words("Name of the buyer", "구매자의 이름"), Kind::Text)
    .hint(words("As buyer and owner know it, letter by letter.", "구매자와 소유자가 아는 이름을 똑같이 적으십시오."));

pub(super) const ASK: Form = Form {
    id: "ask",
    role: BUYER,
    title: words("Ask what a thing is", "물건에 대해 묻기"),
    about: words(
        "Makes a question: give it to the owner with your name, and keep it. What is proved convinces you alone.",
        "질문 번호를 만듭니다. 이름과 함께 소유자에게 주고 보관하십시오. 증명은 물은 사람에게만 통합니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const PRESENT: Form = Form {
    id: "present",
    role: OWNER,
    title: words("Show some attributes to a buyer", "구매자에게 일부 속성 보이기"),
    about: words(
        "What is opened the buyer knows for good; of a number it can be proved that it is not below or above another, \
         and nothing else. Give the file to the buyer.",
        "연 속성은 구매자가 계속 알게 됩니다. 수는 어떤 값 이상 또는 이하라는 것만 증명할 수도 있습니다. 파일을 구매자에게 \
         주십시오.",
    ),
    fields: &[
        CERTIFICATE,
        QUESTION,
        NAME,
        Field::new("open", words("Attributes to open", "열어 보일 속성"), Kind::Lines)
            .hint(words("A name in each line, as in cut.", "한 줄에 하나씩 cut처럼 적으십시오."))
            .optional(),
        Field::new("at-least", words("Numbers that are not less", "이 값 이상인 수"), Kind::Lines)
            .hint(words("One in each line, as in carat=1.", "한 줄에 하나씩 carat=1처럼 적으십시오."))
            .optional(),
        Field::new("at-most", words("Numbers that are not more", "이 값 이하인 수"), Kind::Lines)
            .hint(words("One in each line, as in depth=62.", "한 줄에 하나씩 depth=62처럼 적으십시오."))
            .optional(),
    ],
    proves: false,
};

pub(super) const CHECK: Form = Form {
    id: "check",
    role: BUYER,
    title: words("Check what is shown", "보여 준 속성 확인"),
    about: words(
        "Checks it against what was registered. Who owns the thing shows when it is handed over.",
        "등록된 내용과 맞는지 확인합니다. 누가 소유자인지는 넘겨받을 때 드러납니다.",
    ),
    fields: &[
        Field::new("presentation", words("What the owner shows", "소유자가 준 파일"), Kind::File),
        QUESTION,
        NAME,
    ],
    proves: false,
};

pub(super) fn ask() -> Result<Outcome, Stop> {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    Ok(Outcome::new().show(words("Question", "질문 번호"), code(hex::encode(bytes))))
}

fn challenge(values: &Values) -> Result<Challenge, Stop> {
    Ok(Challenge::new(&values.bytes32("question")?, values.text("for")?))
}

/// A bound in words, as a number in the attribute's units.
fn bound(field: &str, schema: Schema, line: &str) -> Result<(String, u64), Stop> {
    let (name, number) = line
        .split_once('=')
        .ok_or_else(|| Stop::at(field, say!("\"{line}\": write carat=1", "“{line}”: carat=1처럼 적으십시오")))?;
    let (name, number) = (name.trim(), number.trim());
    let wrong = || {
        Stop::at(
            field,
            say!(
                "a {schema} has no number \"{name}\", or \"{number}\" is none that it can have",
                "{schema}에 ‘{name}’이라는 수가 없거나, ‘{number}’은(는) 가질 수 없는 값입니다"
            ),
        )
    };
    Ok((name.to_owned(), number_of(schema, name, number).ok_or_else(wrong)?))
}

/// What is to be shown, from the three fields.
fn asks(values: &Values, schema: Schema) -> Result<Vec<Ask>, Stop> {
    let open = lines(values, "open").map(|name| Ask { attribute: name.to_owned(), wanted: Wanted::Value });
    let mut asks: Vec<Ask> = open.collect();
    if let Some(unknown) = asks.iter().find(|ask| schema.index(&ask.attribute).is_none()) {
        let name = unknown.attribute.clone();
        return Err(Stop::at("open", CertificateError::Attribute { schema, name }));
    }
    let mut ranges: Vec<(String, Bounds)> = Vec::new();
    for (field, is_least) in [("at-least", true), ("at-most", false)] {
        for line in lines(values, field) {
            let (name, number) = bound(field, schema, line)?;
            let at = ranges.iter().position(|(other, _)| *other == name).unwrap_or(ranges.len());
            if at == ranges.len() {
                ranges.push((name, Bounds { at_least: None, at_most: None }));
            }
            if let Some((name, bounds)) = ranges.get_mut(at) {
                let place = if is_least { &mut bounds.at_least } else { &mut bounds.at_most };
                if place.replace(number).is_some() {
                    return Err(Stop::at(
                        field,
                        say!("attribute {name} is there twice", "속성 {name}이(가) 두 번 나옵니다"),
                    ));
                }
            }
        }
    }
    asks.extend(ranges.into_iter().map(|(attribute, bounds)| Ask { attribute, wanted: Wanted::Within(bounds) }));
    if asks.is_empty() {
        return Err(Stop::at(
            "open",
            words(
                "nothing is shown: write an attribute to open, or a bound",
                "보이는 것이 없습니다. 공개할 속성이나 범위를 적으십시오",
            ),
        ));
    }
    Ok(asks)
}

pub(super) fn present(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let certificate: Certificate = values.decode("certificate")?;
    certificate.check(work.rules()?, work.state.id()).map_err(|error| Stop::at("certificate", error))?;
    let asks = asks(values, certificate.schema())?;
    let presentation = certificate.present(&asks, challenge(values)?, &mut OsRng)?;
    let asset = presentation.asset;
    let name = short(asset);
    Ok(Outcome::new()
        .show(THING_LABEL, code(asset))
        .show(words("Attributes shown", "보인 속성 수"), Value::number(asks.len()))
        .give_file(format!("{name}.presentation"), &presentation))
}

/// What was learned of an attribute.
fn learned(attribute: &Attribute, learned: &Learned) -> Value {
    let unit = match attribute.kind {
        schema::Kind::Number { unit, .. } if !unit.is_empty() => format!(" {unit}"),
        _ => String::new(),
    };
    let number = |number: u64| format!("{}{unit}", attribute::Value::Number(number).show(attribute));
    match learned {
        Learned::Value(attribute::Value::Empty) => words("says nothing", "적힌 것이 없음").into(),
        Learned::Value(attribute::Value::Number(value)) => number(*value).into(),
        Learned::Value(value) => value.show(attribute).into(),
        Learned::Bounds(Bounds { at_least, at_most }) => {
            let least = at_least.map(|least| format!("≥ {}", number(least)));
            let most = at_most.map(|most| format!("≤ {}", number(most)));
            least.into_iter().chain(most).collect::<Vec<_>>().join(", ").into()
        }
    }
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let presentation: Presentation = values.decode("presentation")?;
    let findings = presentation
        .check(work.rules()?, work.state.id(), challenge(values)?, &mut OsRng)
        .map_err(|error| Stop::at("presentation", error))?;
    let rows = findings.attributes.iter();
    let rows = rows.map(|(attribute, found)| vec![code(attribute.name), learned(attribute, found)]).collect();
    let table = Value::Table { columns: vec![ATTRIBUTE, VALUE], rows };
    let outcome = show_thing(Outcome::new(), presentation.asset, work)?;
    Ok(outcome.show(words("What is shown", "보여 준 것"), table))
}
