//! The view on bytecode, beside tree-sitter on the tree that it was made of.

use std::hint::black_box;
use std::ops::Add;

use cst_bytecode::{Bytecode, Grammar, SourceId, TreeView};
use tree_sitter::Tree;

use super::{ALL, Outcome, Setting, progress};
use crate::corpus::{Language, parse};
use crate::error::Error;
use crate::figure::{Bar, Figure};
use crate::rounds::{Piece, best};
use crate::table::Table;
use crate::visit::{At, Node, Walk, walk};

/// What one goes through is bytes, and tree-sitter's is pointers.
const WALK: (Bar, f64) = (Bar::AtLeast(10.0), 30.0);
/// With a cursor each step is asked for.
const CURSOR: f64 = 10.0;
/// To ask a view is worth it without a walk, too.
const QUERY: (Bar, f64) = (Bar::AtLeast(2.0), 10.0);
/// Nanoseconds: opening is no reason to keep a view.
const OPEN: Bar = Bar::AtMost(1000.0);
/// GB/s: about what a disk reads.
const VALIDATE: Bar = Bar::AtLeast(1.0);

/// What is asked of nodes, by its name in tree-sitter.
const QUERIES: [&str; 5] = ["child", "parent", "next_sibling", "prev_sibling", "descendant_for_byte_range"];
/// One node of so many is asked: a prime, so that it is not the same kind again and again.
const EVERY: usize = 37;
const ROUNDS: usize = 15;
/// Bytes of source of a language: their live trees have to fit in memory, all at once, for a file that is walked
/// again and again would be foreseen by the processor.
const MOST: usize = 2_000_000;

/// Of all files of a language, in nanoseconds: tree-sitter's and the view's.
#[derive(Clone, Copy, Default)]
struct Times {
    nodes: usize,
    asked: usize,
    files: usize,
    bytes: usize,
    walk: [f64; 2],
    /// The view's only: tree-sitter walks with a cursor.
    cursor: f64,
    queries: [[f64; 2]; QUERIES.len()],
    open: f64,
    validate: f64,
}

impl Add for Times {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a + c, b + d];
        let mut queries = self.queries;
        queries.iter_mut().zip(other.queries).for_each(|(times, other)| *times = sum(*times, other));
        Self {
            nodes: self.nodes + other.nodes,
            asked: self.asked + other.asked,
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
            walk: sum(self.walk, other.walk),
            cursor: self.cursor + other.cursor,
            queries,
            open: self.open + other.open,
            validate: self.validate + other.validate,
        }
    }
}

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut measured = Vec::new();
    for language in &setting.corpus.languages {
        progress("view", &language.name);
        measured.push((language.name.as_str(), measure(language)?));
    }
    let all = measured.iter().fold(Times::default(), |sum, &(_, times)| sum + times);
    measured.push((ALL, all));
    let figures = measured.iter().flat_map(|(language, times)| figures(setting, language, times)).collect();
    let text = format!(
        "One thread. Up to {} MB of source a language, all of its files in turn, best of {ROUNDS} rounds.\n\
         A walk reads kind, bytes and field of every node: tree-sitter's with its cursor, the view's one node after the\n\
         other (`descendants`), and once more with a cursor. One node of {EVERY} is asked, as a cursor found it; `child` \
         is the middle one.\n\n{}",
        MOST / 1_000_000,
        table(&measured)
    );
    Ok(Outcome { figures, text, drift: None })
}

fn measure(language: &Language) -> Result<Times, Error> {
    let mut parser = language.parser()?;
    let grammar = &language.grammar;
    let (mut trees, mut bytecodes, mut source) = (Vec::new(), Vec::new(), 0);
    for file in &language.files {
        source += file.source.len();
        if source > MOST && !trees.is_empty() {
            break;
        }
        let tree = parse(&mut parser, file)?;
        let bytecode = Bytecode::encode_with(grammar, &tree, &SourceId::of(&file.source))
            .map_err(Error::during(format!("encoding {}", file.name)))?;
        trees.push(tree);
        bytecodes.push(bytecode);
    }
    let views = bytecodes.iter().map(|bytecode| bytecode.view(grammar)).collect::<Result<Vec<_>, _>>();
    let views = views.map_err(Error::during("opening a view"))?;
    let nodes: Vec<_> = trees.iter().map(|tree| sample(tree.walk())).collect();
    let seen: Vec<_> = views.iter().map(|view| sample(view.walk())).collect();
    let differs = |(tree, view): (&Tree, &TreeView<'_>)| {
        [walk(view.walk()), walk(view.root_node().descendants())] != [walk(tree.walk()); 2]
    };
    if trees.iter().zip(&views).any(differs) {
        return Err(Error::new(format!("{}: a view says something else than tree-sitter", language.name)));
    }
    let mut times = Times {
        nodes: trees.iter().map(|tree| tree.root_node().descendant_count()).sum(),
        asked: nodes.iter().map(Vec::len).sum(),
        files: bytecodes.len(),
        bytes: bytecodes.iter().map(|bytecode| bytecode.as_bytes().len()).sum(),
        ..Times::default()
    };
    let all = |of: &dyn Fn(usize) -> usize| black_box((0..trees.len()).map(of).fold(0, usize::wrapping_add));
    let mut pieces = vec![
        Piece::new("walk, tree-sitter", || Ok(all(&|i| walk(trees[i].walk())))),
        Piece::new("walk, view", || Ok(all(&|i| walk(views[i].root_node().descendants())))),
        Piece::new("walk, cursor of the view", || Ok(all(&|i| walk(views[i].walk())))),
        Piece::new("open", || Ok(all(&|i| open(&bytecodes[i], grammar)))),
        Piece::new("validate", || Ok(all(&|i| Bytecode::from_bytes(bytecodes[i].as_bytes()).is_ok().into()))),
    ];
    for query in QUERIES {
        let (trees, views, nodes, seen) = (&trees, &views, &nodes, &seen);
        pieces.push(Piece::new(query, move || Ok(all(&|i| ask(query, trees[i].root_node(), &nodes[i])))));
        pieces.push(Piece::new(query, move || Ok(all(&|i| ask(query, views[i].root_node(), &seen[i])))));
    }
    let measured = best(&mut pieces, ROUNDS)?;
    if let [tree, view, cursor, open, validate, queries @ ..] = &measured[..] {
        times.cursor = *cursor;
        (times.walk, times.open, times.validate) = ([*tree, *view], *open / f64::from(OPENED), *validate);
        for (times, measured) in times.queries.iter_mut().zip(queries.chunks_exact(2)) {
            times.copy_from_slice(measured);
        }
    }
    Ok(times)
}

/// How often a view is opened: once is too short for a clock.
const OPENED: u32 = 100;

fn open(bytecode: &Bytecode, grammar: &Grammar) -> usize {
    (0..OPENED).filter(|_| black_box(bytecode.view(grammar)).is_ok()).count()
}

/// Every so-manieth node.
fn sample<N: Node>(walk: impl Walk<At: At<Node = N>>) -> Vec<N> {
    let (mut nodes, mut number) = (Vec::new(), 0);
    walk.each(|at| {
        if number % EVERY == 0 {
            nodes.push(at.node());
        }
        number += 1;
    });
    nodes
}

#[inline(never)]
fn ask<N: Node>(query: &str, root: N, nodes: &[N]) -> usize {
    let sum = |ask: &dyn Fn(N) -> Option<N>| {
        nodes.iter().filter_map(|&node| ask(node)).fold(0, |sum, node| sum ^ node.start_byte())
    };
    match query {
        "child" => sum(&|node| node.child(node.child_count() / 2)),
        "parent" => sum(&|node| node.parent()),
        "next_sibling" => sum(&|node| node.next_sibling()),
        "prev_sibling" => sum(&|node| node.prev_sibling()),
        _ => sum(&|node| root.descendant_for_byte_range(node.start_byte(), node.start_byte() + 1)),
    }
}

/// The bars are for all languages together.
fn figures(setting: &Setting<'_>, language: &str, times: &Times) -> Vec<Figure> {
    let figure =
        |name: &str, value, unit| setting.figure(format!("cst-bytecode.view.{language}.{name}"), value, unit);
    let barred = |figure: Figure, bar: Bar| if language == ALL { figure.bar(bar) } else { figure };
    let faster = |name: &str, [tree, view]: [f64; 2], (bar, aim)| {
        let figure = figure(&format!("{name}.faster"), tree / view, "times as fast as tree-sitter");
        barred(figure, bar).aim(aim)
    };
    let mut figures = vec![
        faster("walk", times.walk, WALK),
        figure("walk.time", times.walk[1] / times.nodes as f64, "ns/node"),
        figure("cursor.faster", times.walk[0] / times.cursor, "times as fast as tree-sitter").aim(CURSOR),
        barred(figure("open.time", times.open / times.files as f64, "ns"), OPEN),
        barred(figure("validate.speed", times.bytes as f64 / times.validate, "GB/s"), VALIDATE),
    ];
    for (query, &measured) in QUERIES.iter().zip(&times.queries) {
        figures.push(faster(query, measured, QUERY));
        figures.push(figure(&format!("{query}.time"), measured[1] / times.asked as f64, "ns"));
    }
    figures
}

fn table(measured: &[(&str, Times)]) -> Table {
    let mut table = Table::new(&["language", "", "tree-sitter ns", "view ns", "faster"]);
    for (language, times) in measured {
        let mut row = |name: &str, tree: Option<f64>, view: f64| {
            let or_none = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
            table.row(vec![
                (*language).to_owned(),
                name.to_owned(),
                or_none(tree.map(|tree| format!("{tree:.1}"))),
                format!("{view:.1}"),
                or_none(tree.map(|tree| format!("{:.1} x", tree / view))),
            ]);
        };
        let of = |[tree, view]: [f64; 2], number: usize| (Some(tree / number as f64), view / number as f64);
        let (tree, view) = of(times.walk, times.nodes);
        row("walk, a node", tree, view);
        row("walk with a cursor", tree, times.cursor / times.nodes as f64);
        for (query, &measured) in QUERIES.iter().zip(&times.queries) {
            let (tree, view) = of(measured, times.asked);
            row(query, tree, view);
        }
        row("open", None, times.open / times.files as f64);
        row("validate, a KB", None, 1000.0 * times.validate / times.bytes as f64);
    }
    table
}
