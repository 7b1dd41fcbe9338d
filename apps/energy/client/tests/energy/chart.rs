//! The picture of a market: what others have called things is text in it.

use quick_xml::{Reader, events::Event};
use tabella_energy::chart::{Point, Words, chart};

#[test]
fn names_that_others_have_chosen_are_text_in_the_chart_and_nothing_else() {
    let lie = "\"><script>alert('&')</script>\u{0}\u{1b}\u{ffff}";
    let words = Words { title: lie.into(), price: lie.into(), decimals: 2 };
    let points = [Point { label: lie.into(), price: Some(20), energy: Some([640, 700]) }];
    let svg = chart(&words, &points);
    assert!(!svg.contains("<script") && !svg.contains("alert('"), "{svg}");
    assert!(svg.contains("&quot;&gt;&lt;script&gt;alert(&apos;&amp;&apos;)&lt;/script&gt;"), "{svg}");
    // Every mark that is left belongs to the picture: each element is one of its own, and nothing is between tags but text.
    let mut reader = Reader::from_str(&svg);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let own = ["svg", "title", "desc", "rect", "text", "path"];
                assert!(own.contains(&tag.name().as_ref()), "{tag:?}");
                assert!(tag.attributes().all(|attribute| attribute.is_ok()), "{tag:?}");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{ffff}'), "{svg}");
}
