//! Source files that follow from a seed: fourteen languages, edits, damage, wide and deep ones.

use std::fmt;

use serde::{Deserialize, Serialize};
use tree_sitter::{InputEdit, Point};

use super::phrases::{LANGUAGES, Phrases};
use crate::random::Random;

/// So many versions of a file are edits of one text; the next one is a new text.
pub(crate) const VERSIONS_OF_A_TEXT: u32 = 5;

/// What breaks syntax, encodings or both.
const DAMAGE: &[&[u8]] =
    &[b"{", b"}", b"(", b"]", b"\"", b"'", b"<<", b"/*", b"\\", b";;", b"<", b"\0", b"\xff", b"\xc3\xa9"];

/// One version of one generated file. All else follows from it and the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) file: u32,
    pub(crate) version: u32,
}

impl Draft {
    /// The version before, if this one is an edit of it.
    pub(crate) fn before(self) -> Option<Self> {
        let is_edit = !self.version.is_multiple_of(VERSIONS_OF_A_TEXT);
        is_edit.then(|| Self { version: self.version - 1, ..self })
    }

    pub(crate) fn after(self) -> Self {
        Self { version: self.version + 1, ..self }
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} of file {}", self.version, self.file)
    }
}

/// All texts of one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generator {
    pub(crate) seed: u64,
}

impl Generator {
    /// What the file is written in.
    pub(crate) fn phrases(self, file: u32) -> &'static Phrases {
        // The first files have one language each.
        &LANGUAGES[file as usize % LANGUAGES.len()]
    }

    /// The text of a draft.
    pub(crate) fn text(self, draft: Draft) -> Vec<u8> {
        match draft.before() {
            Some(before) => {
                let mut text = self.text(before);
                self.edit(draft, &mut text);
                text
            }
            None => self.first_text(draft),
        }
    }

    /// Makes `draft`'s text of that of the version before, of which it is an edit.
    pub(crate) fn edit(self, draft: Draft, text: &mut Vec<u8>) -> InputEdit {
        let mut random = Random::of(&[self.seed, draft.file.into(), draft.version.into(), 2]);
        let phrases = self.phrases(draft.file);
        let start = random.between(self.head(draft).len(), text.len() + 1);
        let cut = match random.below(4) {
            0 => 0,
            1 => random.below(200),
            _ => random.below(12),
        };
        let old_end = (start + cut).min(text.len());
        let mut put: Vec<u8> = match random.below(6) {
            0 => Vec::new(),
            1 => random.pick(DAMAGE).to_vec(),
            2 => b"\n".to_vec(),
            3 => filled(random.pick(phrases.phrases), &mut random).into_bytes(),
            _ => filled("{N} ", &mut random).into_bytes(),
        };
        // No two versions have the same text, for what is done to one would be done to the other.
        put.extend_from_slice(format!("v{} ", draft.version).as_bytes());
        let (start_position, old_end_position) = (point(text, start), point(text, old_end));
        let new_end = start + put.len();
        text.splice(start..old_end, put);
        InputEdit {
            start_byte: start,
            old_end_byte: old_end,
            new_end_byte: new_end,
            start_position,
            old_end_position,
            new_end_position: point(text, new_end),
        }
    }

    /// What all versions of a text begin with, and no other one does.
    fn head(self, draft: Draft) -> String {
        let Phrases { frame, mark, .. } = self.phrases(draft.file);
        let text = draft.version / VERSIONS_OF_A_TEXT;
        format!("{}{}text {text} of file {}{}", frame[0], mark[0], draft.file, mark[1])
    }

    fn first_text(self, draft: Draft) -> Vec<u8> {
        let mut random = Random::of(&[self.seed, draft.file.into(), draft.version.into(), 1]);
        let Phrases { frame, phrases, wide, deep, .. } = self.phrases(draft.file);
        let head = self.head(draft);
        let mut text = head.clone();
        match random.below(40) {
            0..27 => add_phrases(&mut text, phrases, random.between(1, 25), &mut random),
            27..34 => add_phrases(&mut text, phrases, random.between(25, 150), &mut random),
            34 => add_phrases(&mut text, phrases, random.between(150, 1_200), &mut random),
            35..38 => {
                text += wide[0];
                (0..random.between(50, 3_000)).for_each(|_| text += &filled(wide[1], &mut random));
                text += wide[2];
            }
            _ => {
                let levels = random.between(20, 1_000);
                text += deep[0];
                text += &deep[1].repeat(levels);
                text += deep[2];
                text += &deep[3].repeat(levels);
                text += deep[4];
            }
        }
        text += frame[1];
        let mut text = text.into_bytes();
        if random.once_in(2) {
            (0..random.between(1, 4)).for_each(|_| damage(&mut text, head.len(), &mut random));
        }
        text
    }
}

fn add_phrases(text: &mut String, phrases: &[&str], count: usize, random: &mut Random) {
    for _ in 0..count {
        let phrase = random.pick(phrases);
        *text += &filled(phrase, random);
    }
}

fn filled(phrase: &str, random: &mut Random) -> String {
    let number = random.below(100_000).to_string();
    phrase.replace("{N}", &format!("name_{}", random.below(5_000))).replace("{I}", &number)
}

/// Damages what comes after the head.
fn damage(text: &mut Vec<u8>, head: usize, random: &mut Random) {
    let start = random.between(head, text.len() + 1);
    let end = (start + random.below(20)).min(text.len());
    match random.below(4) {
        0 => drop(text.drain(start..end)),
        1 => {
            let again = text[start..end].to_vec();
            drop(text.splice(start..start, again));
        }
        2 if start > text.len() / 2 => text.truncate(start),
        _ => drop(text.splice(start..start, random.pick(DAMAGE).iter().copied())),
    }
}

fn point(text: &[u8], end: usize) -> Point {
    let before = &text[..end];
    let row = before.iter().filter(|&&byte| byte == b'\n').count();
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    Point::new(row, end - line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stress::oracle::Oracle;

    #[test]
    fn a_text_follows_from_its_seed() {
        let draft = Draft { file: 3, version: 7 };
        let text = Generator { seed: 1 }.text(draft);
        assert_eq!(text, Generator { seed: 1 }.text(draft));
        assert_ne!(text, Generator { seed: 2 }.text(draft));
        assert_ne!(text, Generator { seed: 1 }.text(draft.after()));
    }

    #[test]
    fn an_edit_says_what_it_did() {
        let generator = Generator { seed: 5 };
        for file in 0..100 {
            let draft = Draft { file, version: 3 };
            let old = generator.text(Draft { file, version: 2 });
            let mut new = old.clone();
            let edit = generator.edit(draft, &mut new);
            assert_eq!(new, generator.text(draft));
            assert_eq!(old[..edit.start_byte], new[..edit.start_byte]);
            assert_eq!(old[edit.old_end_byte..], new[edit.new_end_byte..]);
            assert_eq!(point(&new, edit.new_end_byte), edit.new_end_position);
        }
    }

    #[test]
    fn no_two_texts_are_alike() {
        let generator = Generator { seed: 4 };
        let mut texts = BTreeSet::new();
        for file in 0..56 {
            for version in 0..40 {
                assert!(texts.insert(generator.text(Draft { file, version })), "{file} {version}");
            }
        }
    }

    /// Sound and broken, wide and deep, large and small: none of them is missing.
    #[test]
    fn files_are_of_many_kinds() {
        let oracle = Oracle::new(Generator { seed: 1 }).unwrap();
        let (mut languages, mut broken, mut sound, mut large, mut deep) = (BTreeSet::new(), 0, 0, 0, 0);
        for file in 0..280 {
            let draft = Draft { file, version: 0 };
            let text = oracle.generator.text(draft);
            let tree = oracle.parse(draft, &text, None).unwrap();
            languages.insert(oracle.generator.phrases(file).language);
            broken += u32::from(tree.root_node().has_error());
            sound += u32::from(!tree.root_node().has_error());
            large += u32::from(text.len() > 20_000);
            deep += u32::from(depth(&tree) > 100);
        }
        assert_eq!(languages.len(), 14);
        assert!(broken > 60 && sound > 60 && large > 5 && deep > 5, "{broken} {sound} {large} {deep}");
    }

    fn depth(tree: &tree_sitter::Tree) -> u32 {
        let (mut cursor, mut depth) = (tree.walk(), 0);
        loop {
            depth = depth.max(cursor.depth());
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return depth;
                }
            }
        }
    }
}
