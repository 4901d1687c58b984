//! Takes one hot path over the samples once, for a tool that counts instructions: `hotpath decode`.
//!
//! What is counted is one function, which has the name of the path and is never inlined.

use std::hint::black_box;
use std::process::ExitCode;

use cst_bench::case::Case;
use cst_bench::corpus::{Corpus, parse, parser};
use cst_bench::error::Error;
use cst_bytecode::Bytecode;
use tree_sitter::{Parser, Tree};

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_default();
    match run(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hotpath: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &str) -> Result<(), Error> {
    let corpus = Corpus::sample()?;
    for language in &corpus.languages {
        for file in &language.files {
            let case = Case::new(&language.grammar, file)?;
            let mut parser = parser(&language.grammar)?;
            // The first of its kind pays for what all later ones find in place.
            drop(parse(&mut parser, file)?);
            match path {
                "parse" => drop(black_box(hotpath_parse(&case, &mut parser)?)),
                "encode" => drop(black_box(hotpath_encode(&case)?)),
                "decode" => drop(black_box(hotpath_decode(&case)?)),
                "restore" => drop(black_box(hotpath_restore(&case)?)),
                _ => return Err(Error::new("one of parse, encode, decode, restore has to be named")),
            }
        }
    }
    Ok(())
}

#[inline(never)]
fn hotpath_parse(case: &Case<'_>, parser: &mut Parser) -> Result<Tree, Error> {
    parse(parser, case.file)
}

#[inline(never)]
fn hotpath_encode(case: &Case<'_>) -> Result<Bytecode, Error> {
    let encoded = Bytecode::encode_with(case.document.grammar(), &case.tree, case.document.source_id());
    encoded.map_err(Error::during("encoding"))
}

#[inline(never)]
fn hotpath_decode(case: &Case<'_>) -> Result<Tree, Error> {
    case.bytecode.decode(case.document.grammar()).map_err(Error::during("decoding"))
}

#[inline(never)]
fn hotpath_restore(case: &Case<'_>) -> Result<Tree, Error> {
    case.cache.get(&case.document).ok_or_else(|| Error::new("no tree in its record"))
}
