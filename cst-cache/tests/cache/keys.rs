//! What makes two requests the same tree, and that nothing else does.

use cst_cache::{Cache, Document, EncodeError, InsertError};
use tree_sitter::{Point, Range};

use crate::support::samples::sound;
use crate::support::{assert_same, grammar, parse, parse_from, replace, writer};

fn range(text: &[u8], start: usize, end: usize) -> Range {
    Range {
        start_byte: start,
        end_byte: end,
        start_point: crate::support::point_at(text, start),
        end_point: crate::support::point_at(text, end),
    }
}

#[test]
fn the_same_text_under_two_grammars_is_two_trees() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["javascript", "typescript", "tsx", "c", "cpp", "rust"];
    let text = b"f(1, [2]); if (x) { g < h > (3) }";
    for reopened in [false, true] {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        for name in names {
            let document = Document::new(grammar(name), text);
            if !reopened {
                assert!(cache.get(&document).is_none(), "{name}");
                cache.get_or_parse(&document).unwrap();
            }
            let tree = cache.get(&document).unwrap();
            assert!(*tree.language() == *document.grammar().language(), "{name}");
            assert_same(&tree, &parse(&document));
        }
        assert_eq!(cache.stats().parses, if reopened { 0 } else { 6 });
        cache.close().unwrap();
    }
}

#[test]
fn a_byte_more_or_less_or_other_is_another_document() {
    let cache = Cache::builder().build();
    let text = sound("rust").as_bytes();
    cache.get_or_parse(&Document::new(grammar("rust"), text)).unwrap();
    for at in (0..text.len()).step_by(7) {
        let mut other = text.to_vec();
        other[at] ^= 1;
        assert!(cache.get(&Document::new(grammar("rust"), &other)).is_none(), "{at}");
    }
    assert!(cache.get(&Document::new(grammar("rust"), &text[1..])).is_none());
    assert!(cache.get(&Document::new(grammar("rust"), &text[..text.len() - 1])).is_none());
    assert!(cache.get(&Document::new(grammar("rust"), b"")).is_none());
    assert!(cache.get(&Document::new(grammar("rust"), text)).is_some());
}

#[test]
fn included_ranges_are_part_of_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"let a = 1;\nlet b = [2];\nlet c = {};\n";
    let ranges: [&[Range]; 5] = [
        &[],
        &[range(text, 0, 10)],
        &[range(text, 0, 11)],
        &[range(text, 0, 10), range(text, 24, 35)],
        &[range(text, 8, 9), range(text, 19, 22), range(text, 32, 34)],
    ];
    for reopened in [false, true] {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        for ranges in ranges {
            let document = Document::new(grammar("javascript"), text).with_included_ranges(ranges);
            if !reopened {
                assert!(cache.get(&document).is_none(), "{ranges:?}");
                cache.insert(&document, &parse(&document)).unwrap();
            }
            assert_same(&cache.get(&document).unwrap(), &parse(&document));
        }
        assert_eq!(cache.stats().parses, 0);
        cache.close().unwrap();
    }
}

#[test]
fn ranges_that_say_everything_are_kept_like_no_ranges() {
    let text = b"let a = 1;";
    let end = Point::new(u32::MAX as usize, u32::MAX as usize);
    let everything =
        Range { start_byte: 0, end_byte: u32::MAX as usize, start_point: Point::new(0, 0), end_point: end };
    let cache = Cache::builder().build();
    let document = Document::new(grammar("javascript"), text).with_included_ranges(&[everything]);
    assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document));
    assert!(cache.get(&document).is_some());
}

#[test]
fn ranges_out_of_order_are_an_error_and_leave_the_cache_as_it_was() {
    let text = b"let a = 1;\nlet b = 2;\n";
    let cache = Cache::builder().build();
    let document = Document::new(grammar("javascript"), text)
        .with_included_ranges(&[range(text, 11, 21), range(text, 0, 10)]);
    for _ in 0..2 {
        let error = cache.get_or_parse(&document).unwrap_err();
        assert!(error.to_string().contains("not in order"), "{error}");
    }
    assert!(!cache.contains(&document));
    assert_eq!(cache.stats().parses, 0);
    assert!(cache.get_or_parse(&Document::new(grammar("javascript"), text)).is_ok());
}

#[test]
fn a_tree_that_is_not_the_documents_is_refused() {
    let cache = Cache::builder().build();
    let text = b"let a = 1;\nlet b = 2;\n";
    let document = Document::new(grammar("javascript"), text);
    let tree = parse(&document);

    let other_grammar = Document::new(grammar("rust"), text);
    let refused = cache.insert(&other_grammar, &tree).unwrap_err();
    assert!(matches!(refused, InsertError::Encode(EncodeError::WrongLanguage)), "{refused:?}");

    let shorter = Document::new(grammar("javascript"), &text[..10]);
    let refused = cache.insert(&shorter, &tree).unwrap_err();
    assert!(matches!(refused, InsertError::Encode(EncodeError::WrongSource { .. })), "{refused:?}");

    let ranged = Document::new(grammar("javascript"), text).with_included_ranges(&[range(text, 0, 10)]);
    let refused = cache.insert(&ranged, &tree).unwrap_err();
    assert!(matches!(refused, InsertError::WrongRanges), "{refused:?}");
    let refused = cache.insert(&document, &parse(&ranged)).unwrap_err();
    assert!(matches!(refused, InsertError::WrongRanges), "{refused:?}");

    for document in [&document, &other_grammar, &shorter, &ranged] {
        assert!(!cache.contains(document) && cache.get(document).is_none());
    }
    assert!(cache.stats().inserts == 0 && cache.stats().uncacheable >= 2);
}

#[test]
fn a_tree_that_was_edited_but_not_parsed_again_is_not_handed_out_as_sound() {
    let text = b"[1, 2, 3]".to_vec();
    let document = Document::new(grammar("json"), &text);
    let mut tree = parse(&document);
    // Same length, so that only the marks in the tree tell.
    let (new, edit) = replace(&text, 1, 1, "7");
    tree.edit(&edit);
    let edited = Document::new(grammar("json"), &new);
    let cache = Cache::builder().build();
    if cache.insert(&edited, &tree).is_ok() {
        // Then it is kept as it is: with its marks, so that an incremental parse looks again.
        let kept = cache.get(&edited).unwrap();
        assert!(kept.root_node().has_changes());
        assert_same(&parse_from(&edited, Some(&kept)), &parse_from(&edited, Some(&tree)));
    }
}

#[test]
fn the_key_is_the_same_however_the_document_came_about() {
    let text = sound("python");
    let copy = text.to_owned();
    let one = Document::new(grammar("python"), text.as_bytes());
    let other = Document::new(grammar("python"), copy.as_bytes()).with_included_ranges(&[]);
    assert_eq!(one.key(), other.key());
    assert_eq!(one.key().to_string().len(), 64);
    let folder = tempfile::tempdir().unwrap();
    let store = writer(folder.path());
    let cache = Cache::builder().store(store.clone()).build();
    cache.get_or_parse(&one).unwrap();
    cache.flush().unwrap();
    assert!(store.reader().contains(&other.key().0), "the store is keyed by the document's key");
}

#[test]
fn empty_and_odd_texts_are_documents_too() {
    let cache = Cache::builder().build();
    let texts: [&[u8]; 6] = [b"", b" ", b"\n\n", b"\0\0", b"\xff\xfe\xfd", b"\xef\xbb\xbf[1]"];
    for text in texts {
        for name in ["json", "rust", "html", "bash", "python"] {
            let document = Document::new(grammar(name), text);
            assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document));
            assert_same(&cache.get(&document).unwrap(), &parse(&document));
        }
    }
    assert_eq!(cache.stats().uncacheable, 0);
}
