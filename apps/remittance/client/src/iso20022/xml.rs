//! A tree that is written as XML.

use quick_xml::escape::escape;

/// An element with text or with elements in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attribute: Option<(&'static str, String)>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Elements(Vec<Element>),
}

impl Element {
    pub(super) fn text(name: &'static str, text: &str) -> Self {
        Self { name, attribute: None, content: Content::Text(text.to_owned()) }
    }

    pub(super) fn of(name: &'static str, elements: impl Into<Vec<Self>>) -> Self {
        Self { name, attribute: None, content: Content::Elements(elements.into()) }
    }

    pub(super) fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attribute = Some((name, value.to_owned()));
        self
    }

    /// The whole document of a message.
    pub(super) fn document(self, message: &str) -> String {
        let space = format!("urn:iso:std:iso:20022:tech:xsd:{message}");
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self::of("Document", [self]).attribute("xmlns", &space).write(&mut text);
        text.push('\n');
        text
    }

    fn write(&self, text: &mut String) {
        text.push('<');
        text.push_str(self.name);
        if let Some((name, value)) = &self.attribute {
            text.push(' ');
            text.push_str(name);
            text.push_str("=\"");
            text.push_str(&escape(value.as_str()));
            text.push('"');
        }
        text.push('>');
        match &self.content {
            Content::Text(content) => text.push_str(&escape(content.as_str())),
            Content::Elements(elements) => elements.iter().for_each(|element| element.write(text)),
        }
        text.push_str("</");
        text.push_str(self.name);
        text.push('>');
    }
}
