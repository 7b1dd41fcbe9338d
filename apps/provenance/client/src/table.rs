//! Things from a table: which column is which attribute, and what follows from what is there. Nothing is invented: what a table
//! does not say is empty.

use tabella_provenance_rules::{
    attribute::{Value, ValueError, parse_number},
    schema::{Attribute, Kind, Schema},
};
use thiserror::Error;

use crate::identity::normal_text;

/// Names of columns that are known for attributes of a diamond: those of the table `diamonds` of ggplot2 (2005, 53,940 stones),
/// and those that price lists use.
const DIAMOND_COLUMNS: &[(&str, &str)] = &[
    ("color", "colour"),
    ("x", "length"),
    ("y", "width"),
    ("z", "height"),
    ("price", "listed-price"),
    ("lab", "laboratory"),
    ("report", "certificate"),
    ("report-number", "certificate"),
    ("certificate-number", "certificate"),
    ("laser-inscription", "inscription"),
    ("weight", "carat"),
    ("fluorescence-color", "fluorescence-colour"),
    ("origin", "country"),
];

/// Why a table is not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// A column that is to be an attribute that does not exist.
    #[error("a {schema} has no attribute \"{name}\": `tabella provenance schema {schema}` lists them")]
    Attribute {
        /// The schema.
        schema: Schema,
        /// The name.
        name: String,
    },
    /// A column that the table does not have.
    #[error("the table has no column \"{0}\"")]
    Column(String),
    /// Two columns of one attribute.
    #[error("two columns are attribute {0}: say which by --map")]
    Twice(&'static str),
    /// No column is understood.
    #[error("no column of the table has the name of an attribute: say which is which by --map")]
    Nothing,
    /// A cell.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// No certificate can be numbered.
    #[error("the table has certificates of its own in column \"{0}\": they are not numbered again")]
    Numbered(String),
}

/// What number the issuer's own certificates have, where a table has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbering {
    /// Under which name the issuer certifies: attribute `laboratory`, or what the schema has in its place.
    pub laboratory: String,
    /// The number of the first row's certificate; the next row's is one more.
    pub first: u64,
}

/// Which column is which attribute.
#[derive(Clone, Debug)]
pub struct Columns {
    schema: Schema,
    /// For each column, its attribute.
    attributes: Vec<Option<u8>>,
    /// Names of columns that say nothing here.
    ignored: Vec<String>,
    numbering: Option<(Numbering, [u8; 2])>,
}

/// A column's name as attributes are written: `"Table %"` is `table`, `"Crown Angle"` is `crown-angle`.
fn plain(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

impl Columns {
    /// Finds the attributes of columns by their names; `map` says otherwise for some.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn new(
        schema: Schema,
        names: &[String],
        map: &[(String, String)],
        numbering: Option<Numbering>,
    ) -> Result<Self, TableError> {
        if let Some((missing, _)) = map.iter().find(|(column, _)| !names.contains(column)) {
            return Err(TableError::Column(missing.clone()));
        }
        let mut attributes: Vec<Option<u8>> = Vec::with_capacity(names.len());
        let mut ignored = Vec::new();
        for name in names {
            let wanted = map.iter().find(|(column, _)| column == name).map(|(_, attribute)| attribute.clone());
            let attribute = match &wanted {
                Some(wanted) => {
                    Some(schema.index(wanted).ok_or_else(|| TableError::Attribute { schema, name: wanted.clone() })?)
                }
                None => known(schema, &plain(name)),
            };
            if let Some(index) = attribute.filter(|index| attributes.contains(&Some(*index))) {
                return Err(TableError::Twice(schema.attribute(index).map_or("", |attribute| attribute.name)));
            }
            if attribute.is_none() {
                ignored.push(name.clone());
            }
            attributes.push(attribute);
        }
        if attributes.iter().all(Option::is_none) {
            return Err(TableError::Nothing);
        }
        let own = schema.identity().certificate.map(|name| schema.index(name).unwrap_or_default());
        if numbering.is_some()
            && let Some(column) =
                attributes.iter().position(|attribute| attribute.is_some_and(|index| own.contains(&index)))
        {
            return Err(TableError::Numbered(names.get(column).cloned().unwrap_or_default()));
        }
        Ok(Self { schema, attributes, ignored, numbering: numbering.map(|numbering| (numbering, own)) })
    }

    /// The columns that are not read.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The attributes that are read, in the order of the columns.
    pub fn read(&self) -> impl Iterator<Item = &'static Attribute> + '_ {
        self.attributes.iter().flatten().filter_map(|index| self.schema.attribute(*index))
    }

    /// The attributes of a row, by its number from 0.
    ///
    /// # Errors
    /// [`TableError::Value`] names the attribute.
    pub fn row<'a>(&self, number: u64, cells: impl Iterator<Item = &'a str>) -> Result<Vec<Value>, TableError> {
        let mut values = vec![Value::Empty; self.schema.attributes().len()];
        for (attribute, cell) in self.attributes.iter().zip(cells) {
            let Some(index) = *attribute else { continue };
            let (Some(attribute), Some(value)) = (self.schema.attribute(index), values.get_mut(usize::from(index)))
            else {
                continue;
            };
            *value = cell_value(attribute, cell)?;
        }
        if let Some((numbering, [laboratory, certificate])) = &self.numbering {
            let number = numbering.first.saturating_add(number).to_string();
            for (index, text) in [(laboratory, &numbering.laboratory), (certificate, &number)] {
                let name = self.schema.attribute(*index).map_or("", |attribute| attribute.name);
                let value = normal_text(text).ok_or(ValueError::Text { name })?;
                if let Some(place) = values.get_mut(usize::from(*index)) {
                    *place = value;
                }
            }
        }
        derive(self.schema, &mut values);
        Ok(values)
    }
}

/// The attribute of a column's plain name.
fn known(schema: Schema, name: &str) -> Option<u8> {
    let synonym = DIAMOND_COLUMNS.iter().find(|(column, _)| schema == Schema::Diamond && *column == name);
    schema.index(synonym.map_or(name, |(_, attribute)| attribute))
}

/// What a cell says. Nothing is what is empty, `NA`, or a length of 0: such a thing was not measured.
fn cell_value(attribute: &'static Attribute, cell: &str) -> Result<Value, ValueError> {
    let cell = cell.trim();
    if cell.is_empty() || cell == "NA" {
        return Ok(Value::Empty);
    }
    match attribute.kind {
        Kind::Text => normal_text(cell).ok_or(ValueError::Text { name: attribute.name }),
        Kind::Number { unit, .. } => {
            let number = parse_number(attribute, cell)?;
            Ok(if number == 0 && unit == "mm" { Value::Empty } else { Value::Number(number) })
        }
    }
}

/// What graders compute from what they have measured, where it is missing: of a diamond the ratio of its longer to its shorter
/// side, and its depth as a percentage of their mean (GIA's definitions). Rounded half up to the attribute's decimals.
fn derive(schema: Schema, values: &mut [Value]) {
    if schema != Schema::Diamond {
        return;
    }
    let number =
        |values: &[Value], name: &str| match schema.index(name).and_then(|index| values.get(usize::from(index))) {
            Some(Value::Number(number)) if *number > 0 => Some(u128::from(*number)),
            _ => None,
        };
    let sides = number(values, "length").zip(number(values, "width"));
    let height = number(values, "height");
    let ratio = sides.map(|(length, width)| {
        let (long, short) = (length.max(width), length.min(width));
        (2_000 * long + short) / (2 * short)
    });
    // height / ((length + width) / 2) in 1/100 of a percent.
    let depth = sides.zip(height).map(|((length, width), height)| {
        let sum = length + width;
        (40_000 * height + sum) / (2 * sum)
    });
    for (name, derived) in [("ratio", ratio), ("depth", depth)] {
        let place = schema.index(name).and_then(|index| values.get_mut(usize::from(index)));
        if let (Some(place @ Value::Empty), Some(derived)) =
            (place, derived.and_then(|number| u64::try_from(number).ok()))
        {
            *place = Value::Number(derived);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    fn value(values: &[Value], name: &str) -> Value {
        values[usize::from(Schema::Diamond.index(name).unwrap())].clone()
    }

    #[test]
    fn a_row_of_the_published_table_says_what_it_says_and_nothing_else() {
        let header = names("carat,cut,color,clarity,depth,table,price,x,y,z");
        let numbering = Some(Numbering { laboratory: "Amsterdam".into(), first: 1 });
        let columns = Columns::new(Schema::Diamond, &header, &[], numbering).unwrap();
        assert!(columns.ignored().is_empty());
        let row = "0.23,Ideal,E,SI2,61.5,55,326,3.95,3.98,2.43";
        let values = columns.row(6, row.split(',')).unwrap();
        for (name, expected) in [
            ("carat", 230),
            ("depth", 6_150),
            ("table", 5_500),
            ("listed-price", 32_600),
            ("length", 3_950),
            ("width", 3_980),
            ("height", 2_430),
            ("ratio", 1_008),
        ] {
            assert_eq!(value(&values, name), Value::Number(expected), "{name}");
        }
        for (name, expected) in
            [("cut", "Ideal"), ("colour", "E"), ("clarity", "SI2"), ("laboratory", "Amsterdam"), ("certificate", "7")]
        {
            assert_eq!(value(&values, name), Value::Text(expected.into()), "{name}");
        }
        assert_eq!(values.iter().filter(|value| **value != Value::Empty).count(), 13);
        // Not measured; and depth follows from the measures where the table does not say it.
        let values = columns.row(0, "1,Fair,E,SI2,NA,55,326,6.55,6.48,0".split(',')).unwrap();
        assert_eq!((value(&values, "height"), value(&values, "depth")), (Value::Empty, Value::Empty));
        let values = columns.row(0, "1,Fair,E,SI2,,55,326,3.95,3.98,2.43".split(',')).unwrap();
        assert_eq!(value(&values, "depth"), Value::Number(6_129));
    }

    #[test]
    fn columns_are_found_by_name_or_as_is_said() {
        let columns = |header: &str, map: &[(&str, &str)]| {
            let map: Vec<_> = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Columns::new(Schema::Diamond, &names(header), &map, None)
        };
        let found = columns("Table %,Crown Angle,Stock,Laser Inscription", &[("Stock", "comments")]).unwrap();
        let read: Vec<_> = found.read().map(|attribute| attribute.name).collect();
        assert_eq!(read, ["table", "crown-angle", "comments", "inscription"]);
        assert_eq!(columns("x,length", &[]).unwrap_err(), TableError::Twice("length"));
        assert_eq!(columns("a,b", &[]).unwrap_err(), TableError::Nothing);
        assert_eq!(columns("a", &[("b", "carat")]).unwrap_err(), TableError::Column("b".into()));
        assert!(matches!(columns("a", &[("a", "charm")]), Err(TableError::Attribute { .. })));
        let numbering = Some(Numbering { laboratory: "A".into(), first: 1 });
        let own = Columns::new(Schema::Diamond, &names("report,carat"), &[], numbering);
        assert_eq!(own.unwrap_err(), TableError::Numbered("report".into()));
        let wrong = columns("carat", &[]).unwrap().row(0, ["heavy"].into_iter());
        assert!(matches!(wrong, Err(TableError::Value(ValueError::Number { name: "carat", .. }))));
    }
}
