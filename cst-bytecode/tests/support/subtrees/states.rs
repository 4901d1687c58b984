//! The parse states that follow from subtrees' places.

use tree_sitter::Language;

use super::super::columns::{Columns, PARSE_STATES};
use super::{ERROR_REPEAT, EXTRA, FRAGILE, Subtree, VISIBLE};

/// The state of what has none.
const NONE: u16 = 65_535;

/// Gives subtrees their parse states.
pub(super) fn read(columns: &Columns, language: &Language, subtrees: &mut [Subtree]) {
    let numbers = columns.parser_state[PARSE_STATES].varints();
    let mut column = numbers.chunks_exact(2);
    let mut next = column.next();
    let mut awaited = next.map(|entry| entry[0] as usize);
    for_each(language, subtrees, |number, subtree, follows| {
        subtree.state = follows;
        if awaited == Some(number) {
            subtree.state = next.map_or(follows, |entry| entry[1] as u16);
            next = column.next();
            awaited = next.map(|entry| number + 1 + entry[0] as usize);
        }
    });
}

/// Writes those down that do not follow.
pub(super) fn write(columns: &mut Columns, language: &Language, subtrees: &[Subtree]) {
    let (mut numbers, mut after) = (Vec::new(), 0);
    let mut subtrees = subtrees.to_vec();
    for_each(language, &mut subtrees, |number, subtree, follows| {
        if subtree.state != follows {
            numbers.extend([(number - after) as u32, subtree.state.into()]);
            after = number + 1;
        }
    });
    columns.parser_state[PARSE_STATES].set_varints(&numbers);
}

/// What is kept of a parent that is no link.
struct Frame {
    base: u16,
    /// `state` and `lexed` when it was made.
    state: u16,
    lexed: u16,
    symbol: u16,
    is_visible: bool,
    is_extra: bool,
    last: Option<Last>,
}

/// Its last child so far.
struct Last {
    start: u16,
    symbol: u16,
    is_extra: bool,
    is_leaf: bool,
}

/// Tells of each subtree which state follows, and goes on from the one that it then has.
fn for_each(language: &Language, subtrees: &mut [Subtree], mut with: impl FnMut(usize, &mut Subtree, u16)) {
    let next = |state: u16, symbol: u16| {
        // Releases before 0.27 look beyond their tables for what the grammar does not have.
        let is_there = usize::from(symbol) < language.node_kind_count()
            && usize::from(state) < language.parse_state_count();
        if symbol >= ERROR_REPEAT || !is_there { 0 } else { language.next_state(state, symbol) }
    };
    let (mut state, mut lexed) = (1, 1);
    let mut frames: Vec<Frame> = Vec::new();
    // How many children are awaited by the parents above, and which of those have a frame.
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut after_link = false;
    for (number, subtree) in subtrees.iter_mut().enumerate() {
        while open.last().is_some_and(|&(awaited, _)| awaited == 0) {
            if let Some((_, true)) = open.pop()
                && let Some(frame) = frames.pop()
                && frame.is_extra
            {
                lexed = frame.lexed;
            }
        }
        if let Some((awaited, _)) = open.last_mut() {
            *awaited -= 1;
        }
        // 1
        let (is_leaf, is_extra) = (subtree.is_leaf(), subtree.has(EXTRA));
        if !after_link && let Some(frame) = frames.last_mut() {
            if let Some(last) = &frame.last {
                if last.is_extra {
                    state = last.start;
                } else if !frame.is_visible && frame.symbol == last.symbol {
                    state = next(frame.base, last.symbol);
                } else {
                    state = if last.is_leaf { lexed } else { next(last.start, last.symbol) };
                    let other = next(frame.base, last.symbol);
                    if frame.base != frame.state && other != 0 && other == next(frame.base, frame.symbol) {
                        state = other;
                    }
                }
            }
            frame.last = Some(Last { start: state, symbol: subtree.symbol, is_extra, is_leaf });
        }
        // 2
        let is_fragile = subtree.flags & FRAGILE == FRAGILE;
        let follows = match (is_leaf, is_fragile, is_extra) {
            (true, ..) | (false, false, true) => lexed,
            (false, true, _) => NONE,
            (false, false, false) => state,
        };
        with(number, subtree, follows);
        let own = subtree.state;
        // 3
        if is_leaf {
            if state == 0 && usize::from(own) < language.parse_state_count() {
                state = own;
                if !after_link {
                    restart(&mut frames, state);
                }
            }
            if !is_extra {
                lexed = next(state, subtree.symbol);
            }
            after_link = false;
            continue;
        }
        // 4
        if is_extra {
            state = lexed;
        }
        if own != NONE && own != state {
            state = own;
            if !is_extra && !after_link {
                restart(&mut frames, state);
            }
        }
        let is_link = subtree.child_count == 1 && !subtree.has(VISIBLE | EXTRA) && number > 0;
        if !is_link {
            let is_visible = subtree.has(VISIBLE);
            let above = frames
                .last()
                .filter(|frame| !frame.is_visible && !is_visible && frame.symbol == subtree.symbol);
            let base = above.map_or(state, |frame| frame.base);
            let symbol = subtree.symbol;
            frames.push(Frame { base, state, lexed, symbol, is_visible, is_extra, last: None });
        }
        open.push((subtree.child_count, !is_link));
        after_link = is_link;
    }
}

/// The child that begins stands elsewhere.
fn restart(frames: &mut [Frame], state: u16) {
    if let Some(last) = frames.last_mut().and_then(|frame| frame.last.as_mut()) {
        last.start = state;
    }
}
