//! Which attributes a kind of thing has, in which order and in which units. A schema never changes: its number is part of
//! what an asset id commits to, and a change would be a new schema.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use self::Kind::{Number, Text};

/// Most attributes of a schema: the leaves of the tree of attributes.
pub const MAX_ATTRIBUTES: usize = 64;

/// What an attribute holds, unless it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of up to 256 bytes, in Unicode normal form NFKC, without spaces at its ends.
    Text,
    /// A number of units of `10^-decimals`, from 0 to 2^64 - 1.
    Number {
        /// Digits after the decimal point.
        decimals: u8,
        /// The unit.
        unit: &'static str,
    },
}

/// One attribute of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name: lower-case letters, digits and hyphens.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// A kind of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Schema {
    /// A cut diamond, as laboratories grade it.
    Diamond,
    /// A bottle of wine or spirits.
    Bottle,
    /// A painting.
    Painting,
}

/// Not the name of a schema.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a schema is diamond, bottle or painting")]
pub struct SchemaError;

/// Which attributes identify a thing. [`crate::action::Stone::marks`] are hashes of the first two, and
/// [`crate::action::Likeness`] of the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What stands on the thing itself.
    pub inscription: &'static str,
    /// Whose certificate or catalogue, and the number in it.
    pub certificate: [&'static str; 2],
    /// Lengths in 1/1000 mm, of which hundredths count.
    pub measures: &'static [&'static str],
}

const fn text(name: &'static str) -> Attribute {
    Attribute { name, kind: Text }
}

const fn number(name: &'static str, decimals: u8, unit: &'static str) -> Attribute {
    Attribute { name, kind: Number { decimals, unit } }
}

const DIAMOND: &[Attribute] = &[
    text("inscription"),
    text("laboratory"),
    text("certificate"),
    text("certificate-date"),
    text("shape"),
    text("cutting-style"),
    number("carat", 3, "ct"),
    text("colour"),
    text("colour-origin"),
    text("colour-distribution"),
    text("clarity"),
    text("cut"),
    text("polish"),
    text("symmetry"),
    text("fluorescence"),
    text("fluorescence-colour"),
    number("length", 3, "mm"),
    number("width", 3, "mm"),
    number("height", 3, "mm"),
    number("ratio", 3, ""),
    number("depth", 2, "%"),
    number("table", 2, "%"),
    number("crown-angle", 2, "°"),
    number("crown-height", 2, "%"),
    number("pavilion-angle", 2, "°"),
    number("pavilion-depth", 2, "%"),
    number("star-length", 2, "%"),
    number("lower-half", 2, "%"),
    text("girdle"),
    number("girdle-thickness", 2, "%"),
    text("girdle-finish"),
    text("culet"),
    text("culet-condition"),
    text("clarity-characteristics"),
    text("clarity-plot"),
    text("comments"),
    text("treatment"),
    text("laser-drilling"),
    text("growth"),
    text("type"),
    text("country"),
    text("mine"),
    number("rough-carat", 3, "ct"),
    text("kimberley-certificate"),
    text("cutter"),
    text("cut-date"),
    text("photograph"),
    text("scan"),
    text("setting"),
    number("listed-price", 2, "USD"),
    number("appraised-value", 2, "USD"),
    text("appraisal-date"),
];

const BOTTLE: &[Attribute] = &[
    text("serial"),
    text("authenticator"),
    text("certificate"),
    text("certificate-date"),
    text("producer"),
    text("bottler"),
    text("wine"),
    text("cuvee"),
    number("vintage", 0, "year"),
    text("country"),
    text("region"),
    text("appellation"),
    text("classification"),
    text("vineyard"),
    text("grapes"),
    number("volume", 3, "l"),
    number("alcohol", 2, "%"),
    number("age", 0, "years"),
    text("cask"),
    text("distilled"),
    text("bottled"),
    text("disgorged"),
    text("lot"),
    number("bottle-number", 0, ""),
    number("edition", 0, "bottles"),
    text("closure"),
    text("cork-brand"),
    text("cork-condition"),
    text("capsule"),
    text("capsule-condition"),
    text("seal"),
    number("fill-level", 1, "mm"),
    text("fill-description"),
    text("colour"),
    text("sediment"),
    text("label"),
    text("label-condition"),
    text("back-label"),
    text("glass"),
    text("glass-marks"),
    text("strip-stamp"),
    text("importer"),
    text("case"),
    text("storage"),
    text("photograph"),
    number("appraised-value", 2, "USD"),
    text("appraisal-date"),
];

const PAINTING: &[Attribute] = &[
    text("mark"),
    text("catalogue"),
    text("certificate"),
    text("certificate-date"),
    text("artist"),
    text("attribution"),
    text("title"),
    text("series"),
    text("date"),
    number("year", 0, "year"),
    text("place"),
    text("subject"),
    text("school"),
    text("medium"),
    text("support"),
    text("technique"),
    number("height", 3, "mm"),
    number("width", 3, "mm"),
    number("thickness", 3, "mm"),
    number("frame-height", 3, "mm"),
    number("frame-width", 3, "mm"),
    number("weight", 3, "kg"),
    text("frame"),
    text("signature"),
    text("signature-place"),
    text("inscriptions"),
    text("stamps"),
    text("labels"),
    text("condition"),
    text("restorations"),
    text("varnish"),
    text("craquelure"),
    text("pigments"),
    text("x-ray"),
    text("infrared"),
    text("ultraviolet"),
    text("dendrochronology"),
    text("thread-count"),
    text("literature"),
    text("exhibitions"),
    text("former-owners"),
    text("photograph"),
    text("scan"),
    text("export-licence"),
    number("appraised-value", 2, "USD"),
    text("appraisal-date"),
];

impl Schema {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Diamond, Self::Bottle, Self::Painting];

    /// Its name, which is the name of the assets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Diamond => "diamond",
            Self::Bottle => "bottle",
            Self::Painting => "painting",
        }
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Diamond => 0,
            Self::Bottle => 1,
            Self::Painting => 2,
        }
    }

    /// Its attributes, in the order of the leaves.
    #[must_use]
    pub const fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Diamond => DIAMOND,
            Self::Bottle => BOTTLE,
            Self::Painting => PAINTING,
        }
    }

    /// What identifies a thing of the kind.
    #[must_use]
    pub const fn identity(self) -> Identity {
        match self {
            Self::Diamond => Identity {
                inscription: "inscription",
                certificate: ["laboratory", "certificate"],
                measures: &["length", "width", "height"],
            },
            Self::Bottle => {
                Identity { inscription: "serial", certificate: ["authenticator", "certificate"], measures: &[] }
            }
            Self::Painting => Identity {
                inscription: "mark",
                certificate: ["catalogue", "certificate"],
                measures: &["height", "width"],
            },
        }
    }

    /// Whether things of the kind have measures, by which one that is registered again is noticed.
    #[must_use]
    pub const fn has_measures(self) -> bool {
        !self.identity().measures.is_empty()
    }

    /// The index of an attribute.
    #[must_use]
    pub fn index(self, name: &str) -> Option<u8> {
        self.attributes().iter().position(|attribute| attribute.name == name).and_then(|at| u8::try_from(at).ok())
    }

    /// The attribute of an index.
    #[must_use]
    pub fn attribute(self, index: u8) -> Option<&'static Attribute> {
        self.attributes().get(usize::from(index))
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Schema {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, SchemaError> {
        Self::ALL.into_iter().find(|schema| schema.name() == text).ok_or(SchemaError)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn schemas_have_40_to_64_attributes_of_different_names_and_identify_a_thing_by_them() {
        for schema in Schema::ALL {
            let names: BTreeSet<_> = schema.attributes().iter().map(|attribute| attribute.name).collect();
            assert_eq!(names.len(), schema.attributes().len(), "{schema}");
            assert!((40..=MAX_ATTRIBUTES).contains(&names.len()), "{schema} has {}", names.len());
            assert_eq!(schema.name().parse(), Ok(schema));
            assert_eq!(borsh::to_vec(&schema).unwrap(), [schema.number()]);
            let Identity { inscription, certificate, measures } = schema.identity();
            for name in [inscription].into_iter().chain(certificate) {
                let at = schema.index(name).unwrap();
                assert_eq!(schema.attribute(at).unwrap().kind, Text, "{name}");
            }
            for name in measures {
                let at = schema.index(name).unwrap();
                assert_eq!(schema.attribute(at).unwrap().kind, Number { decimals: 3, unit: "mm" }, "{name}");
            }
        }
        assert_eq!(Schema::Diamond.index("charm"), None);
        assert_eq!(Schema::Diamond.attribute(52), None);
        assert_eq!("ring".parse::<Schema>(), Err(SchemaError));
    }
}
