//! An election record as a tree of named fields, and every alteration of one of them.
//!
//! The tree is read by the layout in `walk/layout.rs`, which was written from `docs/protocol.md` and not from the decoders: what
//! it does not know it refuses, and what it read encodes to the same bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken fixture is a failed test")]

mod layout;

use tabella_protocol::{
    election::MAGIC,
    jubjub::{JubjubPoint, blinding_base as jubjub_blinding_base, value_base},
    ristretto::blinding_base,
};

/// What a field's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A hash, signature, key or proof: bytes of which any may be another.
    Opaque,
    /// Text.
    Text,
    /// A number, a scalar or a field element, little-endian.
    Number,
    /// A bool, an optional value's presence, or a choice's variant.
    Choice,
    /// An element of Ristretto.
    Element,
    /// A point of Jubjub.
    Point,
}

/// A value of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A field without parts.
    Leaf(Kind, Vec<u8>),
    /// Fields in order.
    Struct(Vec<(&'static str, Node)>),
    /// A list: its items, behind their number.
    List(Vec<Node>),
    /// Something encoded inside a byte string, behind its length.
    Nested(Box<Node>),
}

impl Node {
    /// Reads a record.
    pub fn of_record(bytes: &[u8]) -> Self {
        let content = bytes.strip_prefix(MAGIC.as_slice()).expect("a record");
        let mut reader = layout::Reader::new(content);
        let record = reader.record();
        reader.end();
        assert_eq!(record.to_record(), bytes, "what was read encodes to the same bytes");
        record
    }

    /// The record that the tree is of.
    pub fn to_record(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        self.encode(&mut bytes);
        bytes
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        let length = |length: usize| u32::try_from(length).expect("a small record").to_le_bytes();
        match self {
            Self::Leaf(Kind::Text, data) => {
                bytes.extend(length(data.len()));
                bytes.extend(data);
            }
            Self::Leaf(_, data) => bytes.extend(data),
            Self::Struct(fields) => fields.iter().for_each(|(_, field)| field.encode(bytes)),
            Self::List(items) => {
                bytes.extend(length(items.len()));
                items.iter().for_each(|item| item.encode(bytes));
            }
            Self::Nested(content) => {
                let mut inner = Vec::new();
                content.encode(&mut inner);
                bytes.extend(length(inner.len()));
                bytes.extend(inner);
            }
        }
    }
}

/// One alteration of one field.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The field: names and indices with dots between them.
    pub path: String,
    /// What was done.
    pub change: &'static str,
    /// The record with it, nothing around it adapted.
    pub bytes: Vec<u8>,
}

/// Every alteration of every field of a record.
pub fn mutations(record: &[u8]) -> Vec<Mutation> {
    let tree = Node::of_record(record);
    let mut places = Vec::new();
    collect(&tree, &mut Vec::new(), &mut String::new(), &mut places);
    let mut mutations = Vec::new();
    for (place, path) in places {
        for (change, node) in changes(at(&tree, &place)) {
            let mut altered = tree.clone();
            *at_mut(&mut altered, &place) = node;
            mutations.push(Mutation { path: path.clone(), change, bytes: altered.to_record() });
        }
    }
    mutations
}

/// Where the leaves and lists stand.
fn collect(node: &Node, place: &mut Vec<usize>, path: &mut String, places: &mut Vec<(Vec<usize>, String)>) {
    let mut descend = |index: usize, name: String, child: &Node| {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&name);
        place.push(index);
        collect(child, place, path, places);
        place.pop();
        path.truncate(length);
    };
    match node {
        Node::Leaf(..) => places.push((place.clone(), path.clone())),
        Node::Struct(fields) => {
            fields.iter().enumerate().for_each(|(index, (name, field))| descend(index, (*name).to_owned(), field));
        }
        Node::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| descend(index, index.to_string(), item));
            places.push((place.clone(), path.clone()));
        }
        Node::Nested(content) => {
            descend(0, "content".into(), content);
            places.push((place.clone(), path.clone()));
        }
    }
}

fn at<'a>(node: &'a Node, place: &[usize]) -> &'a Node {
    let Some((first, rest)) = place.split_first() else { return node };
    match node {
        Node::Struct(fields) => at(&fields[*first].1, rest),
        Node::List(items) => at(&items[*first], rest),
        Node::Nested(content) => at(content, rest),
        Node::Leaf(..) => unreachable!("a leaf has no parts"),
    }
}

fn at_mut<'a>(node: &'a mut Node, place: &[usize]) -> &'a mut Node {
    let Some((first, rest)) = place.split_first() else { return node };
    match node {
        Node::Struct(fields) => at_mut(&mut fields[*first].1, rest),
        Node::List(items) => at_mut(&mut items[*first], rest),
        Node::Nested(content) => at_mut(content, rest),
        Node::Leaf(..) => unreachable!("a leaf has no parts"),
    }
}

/// Other values of a field, most of which decode.
fn changes(node: &Node) -> Vec<(&'static str, Node)> {
    let others: Vec<(&'static str, Node)> = match node {
        Node::Leaf(kind, data) => {
            leaf_changes(*kind, data).into_iter().map(|(name, data)| (name, Node::Leaf(*kind, data))).collect()
        }
        Node::Struct(_) => Vec::new(),
        Node::List(items) => {
            let (mut shorter, mut swapped) = (items.clone(), items.clone());
            shorter.pop();
            let longer = [items.as_slice(), items.last().map(std::slice::from_ref).unwrap_or_default()].concat();
            if swapped.len() > 1 {
                swapped.swap(0, 1);
            }
            vec![
                ("one less", Node::List(shorter)),
                ("the last twice", Node::List(longer)),
                ("the first two exchanged", Node::List(swapped)),
            ]
        }
        Node::Nested(content) => {
            let mut trailing = Vec::new();
            content.encode(&mut trailing);
            trailing.push(0);
            vec![("a byte behind", Node::Nested(Box::new(Node::Leaf(Kind::Opaque, trailing))))]
        }
    };
    others.into_iter().filter(|(_, other)| other != node).collect()
}

fn leaf_changes(kind: Kind, data: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let flipped = |bit: usize| {
        let mut bytes = data.to_vec();
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        bytes
    };
    match kind {
        Kind::Opaque => vec![("first bit", flipped(0)), ("last bit", flipped((data.len() * 8).saturating_sub(1)))],
        Kind::Text => {
            let mut first = data.to_vec();
            if let Some(byte) = first.first_mut() {
                *byte ^= 1;
            }
            vec![("first letter", first), ("a letter more", [data, b"x"].concat()), ("empty", Vec::new())]
        }
        Kind::Number => vec![("one more", step(data, 0xff, 0)), ("one less", step(data, 0, 0xff))],
        Kind::Choice => vec![("the next", step(data, 0xff, 0)), ("the one before", step(data, 0, 0xff))],
        Kind::Element => {
            vec![("another element", blinding_base().compress().to_bytes().to_vec()), ("the identity", vec![0; 32])]
        }
        Kind::Point => vec![
            ("another point", JubjubPoint::new(*value_base() + *jubjub_blinding_base()).to_bytes().to_vec()),
            ("the identity", JubjubPoint::identity().to_bytes().to_vec()),
        ],
    }
}

/// The next or previous little-endian number: bytes of value `full` turn to `empty` and carry on.
fn step(data: &[u8], full: u8, empty: u8) -> Vec<u8> {
    let mut bytes = data.to_vec();
    for byte in &mut bytes {
        if *byte == full {
            *byte = empty;
        } else {
            *byte = if full == 0 { *byte - 1 } else { *byte + 1 };
            break;
        }
    }
    bytes
}
