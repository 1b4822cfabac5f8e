//! XML that vendors answer with: small trees of elements.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

/// How deep an answer may be nested. AWS's and Salesforce's own are five to ten deep.
const DEPTH: usize = 32;

/// One element. Attributes are left out: they only name the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    children: Vec<Element>,
}

impl Element {
    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, if there is any.
    pub(crate) fn of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// All children of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The document's root; `None`: this is no well-formed document.
pub(crate) fn parsed(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() < DEPTH => {
                open.push(Element { name: start.local_name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Start(_) | Event::Eof => return None,
            Event::Empty(start) => {
                let element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Some(element),
                }
            }
            Event::Text(text) => {
                if let Some(parent) = open.last_mut() {
                    parent.text.push_str(&text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(parent) = open.last_mut() {
                    parent.text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().ok()? {
                    Some(character) => character,
                    None => named(&reference.xml10_content())?,
                };
                open.last_mut()?.text.push(character);
            }
            Event::End(_) => {
                let element = open.pop()?;
                let element = Element { text: element.text.trim().to_owned(), ..element };
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Some(element),
                }
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
}

/// The five entities that XML defines by itself; any other would have to be declared, and is not resolved.
fn named(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// The text as it may stand in an element, whatever it holds.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_its_entities() {
        let text = "<?xml version='1.0'?>\n<ListGroupsForUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <ListGroupsForUserResult><Groups><member><GroupName>R&amp;D &#228;</GroupName></member><member/></Groups>\
             <IsTruncated>false</IsTruncated></ListGroupsForUserResult></ListGroupsForUserResponse>";
        let root = parsed(text).unwrap();
        let result = root.child("ListGroupsForUserResult").unwrap();
        let groups: Vec<_> = result.child("Groups").unwrap().all("member").map(|group| group.of("GroupName")).collect();
        assert_eq!(groups, [Some("R&D ä"), None]);
        assert_eq!((root.name.as_str(), result.of("IsTruncated")), ("ListGroupsForUserResponse", Some("false")));
        assert_eq!(result.all("Users").count(), 0);
    }

    #[test]
    fn what_is_no_document_is_none() {
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        for bad in ["", "no", "<a>", "<a></b>", "<a>&unknown;</a>", "{\"a\":1}", &deep] {
            assert_eq!(parsed(bad), None, "{}", &bad[..bad.len().min(20)]);
        }
    }

    #[test]
    fn a_text_ends_no_element() {
        let text = "R&D <b>\"ä\"</b>";
        assert_eq!(parsed(&format!("<a>{}</a>", escaped(text))).unwrap().text, text);
    }
}
