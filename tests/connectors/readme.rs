//! The table beside these tests is what they show.

use std::path::Path;

/// Holds what stands between `<!-- name -->` and `<!-- /name -->` in this folder's README against what should.
/// `NIGHTLATCH_TABLES=write` puts it there.
#[track_caller]
pub(crate) fn stands_between(name: &str, should: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connectors/README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let parts = readme.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?)));
    let (head, (stands, tail)) = parts.unwrap_or_else(|| panic!("the README has no {begin}…{end}"));
    if std::env::var_os("NIGHTLATCH_TABLES").is_some() {
        return std::fs::write(&path, format!("{head}{begin}{should}{end}{tail}")).unwrap();
    }
    assert!(stands.trim() == should.trim(), "between {begin}…{end} should stand:\n\n{should}");
}
