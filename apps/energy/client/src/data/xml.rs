//! A tree of XML elements that knows its lines. No document types, no entities but those of XML itself.

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
};

use super::DataError;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// Whose element it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Atom,
    Espi,
    Other,
}

/// An element. Text and elements may be mixed; the text is all of its text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) space: Space,
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
    attributes: Vec<(String, String)>,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Its elements of a name.
    pub(super) fn all<'n>(&'n self, space: Space, name: &'n str) -> impl Iterator<Item = &'n Self> {
        self.nodes.iter().filter(move |node| node.space == space && node.name == name)
    }

    /// Its only element of a name; `None` if it has none.
    pub(super) fn at_most_one(&self, space: Space, name: &str) -> Result<Option<&Self>, DataError> {
        let mut all = self.nodes.iter().filter(|node| node.space == space && node.name == name);
        let first = all.next();
        match all.next() {
            Some(second) => {
                Err(DataError::at(second.line, format!("{} has more than one {name}: give one", self.name)))
            }
            None => Ok(first),
        }
    }

    /// Its only element of a name.
    pub(super) fn one(&self, space: Space, name: &str) -> Result<&Self, DataError> {
        let missing =
            || DataError::at(self.line, format!("{} has no {name}: export it with all that ESPI requires", self.name));
        self.at_most_one(space, name)?.ok_or_else(missing)
    }

    /// Its text as a number.
    pub(super) fn number<T: std::str::FromStr>(&self) -> Result<T, DataError> {
        let text = self.text.trim();
        text.parse().map_err(|_| {
            DataError::at(self.line, format!("{} is \"{text}\", which is no number here: write digits", self.name))
        })
    }
}

/// Counts lines as far as the parser has come.
struct Lines<'t> {
    text: &'t str,
    read: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(self.text.len()).min(self.text.len());
        if let Some(new) = self.text.as_bytes().get(self.read..position) {
            self.line += new.iter().filter(|byte| **byte == b'\n').count();
            self.read = position;
        }
        self.line
    }
}

/// The root of a document.
pub(super) fn parse(text: &str) -> Result<Node, DataError> {
    let mut reader = NsReader::from_str(text);
    let mut lines = Lines { text, read: 0, line: 1 };
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    loop {
        // Where the event begins: leading white space is part of a text.
        let line = lines.at(reader.buffer_position());
        let broken = |what: String| DataError::at(line, format!("it is no XML: {what}"));
        let (space, event) = reader.read_resolved_event().map_err(|error| broken(error.to_string()))?;
        let space = match space {
            ResolveResult::Bound(name) if name.as_ref() == "http://www.w3.org/2005/Atom" => Space::Atom,
            ResolveResult::Bound(name) if name.as_ref() == "http://naesb.org/espi" => Space::Espi,
            _ => Space::Other,
        };
        let done = match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(broken(format!("elements are nested more than {MAX_DEPTH} deep")));
                }
                open.push(node(&start, space, line)?);
                None
            }
            Event::Empty(start) => Some(node(&start, space, line)?),
            Event::End(_) => open.pop(),
            Event::Text(content) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&content.xml10_content());
                } else if !content.trim().is_empty() {
                    return Err(broken("there is text outside of the document".into()));
                }
                None
            }
            Event::CData(content) => {
                let node = open.last_mut().ok_or_else(|| broken("there is text outside of the document".into()))?;
                node.text.push_str(&content.xml10_content());
                None
            }
            Event::GeneralRef(reference) => {
                let character = match reference.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(|error| broken(error.to_string()))?,
                };
                let character =
                    character.ok_or_else(|| broken("it uses an entity of its own: write the text out".into()))?;
                if let Some(node) = open.last_mut() {
                    node.text.push(character);
                }
                None
            }
            Event::DocType(_) => return Err(broken("a document type is not read: take it out".into())),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
        };
        if let Some(node) = done {
            match open.last_mut() {
                Some(parent) => parent.nodes.push(node),
                None if root.is_none() => root = Some(node),
                None => return Err(broken("it has more than one root".into())),
            }
        }
    }
    let line = lines.at(u64::MAX);
    if let Some(node) = open.first() {
        return Err(DataError::at(
            line,
            format!("it is no XML: {} of line {} does not end; is the file whole?", node.name, node.line),
        ));
    }
    root.ok_or_else(|| DataError::at(line, "it is no XML: there is no element"))
}

fn node(start: &BytesStart<'_>, space: Space, line: usize) -> Result<Node, DataError> {
    let broken = |what: String| DataError::at(line, format!("it is no XML: {what}"));
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| broken(error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| broken(error.to_string()))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    let name = start.local_name().as_ref().to_owned();
    Ok(Node { space, name, line, text: String::new(), nodes: Vec::new(), attributes })
}
