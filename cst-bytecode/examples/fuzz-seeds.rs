//! Writes the seeds of the fuzz targets anew: `cargo run -p cst-bytecode --example fuzz-seeds`.

use std::error::Error;
use std::fs;
use std::path::Path;

use cst_bytecode::Bytecode;
use tree_sitter::{Language, Parser};

/// Where bytecode has the identity of its grammar.
const GRAMMAR: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = root.join("fuzz/seeds");
    for target in ["decode", "rebuild", "roundtrip", "view"] {
        fs::create_dir_all(seeds.join(target))?;
    }
    // In the order of `SAMPLES` in `tests/fuzz/targets/mod.rs`.
    let grammars = [
        ("json", "json", tree_sitter_json::LANGUAGE),
        ("rust", "rs", tree_sitter_rust::LANGUAGE),
        ("c", "c", tree_sitter_c::LANGUAGE),
        ("javascript", "js", tree_sitter_javascript::LANGUAGE),
        ("python", "py", tree_sitter_python::LANGUAGE),
    ];
    for (number, (name, extension, language)) in (0_u8..).zip(grammars) {
        let mut parser = Parser::new();
        parser.set_language(&Language::new(language))?;
        for (case, place) in [("sound", 0_u8), ("broken", 1)] {
            let source = fs::read(root.join("tests/data").join(name).join(case).with_extension(extension))?;
            let file = format!("{name}_{case}");
            let tree = parser.parse(&source, None).ok_or("not parsed")?;
            let bytecode = Bytecode::encode(&tree, &source)?;
            fs::write(seeds.join("view").join(format!("{file}_compact")), bytecode.to_compact()?)?;
            let mut bytes = bytecode.as_bytes().to_vec();
            // The target makes it the identity again.
            bytes[GRAMMAR] = number;
            fs::write(seeds.join("view").join(&file), &bytes)?;
            // Its scanner's states are left out there: see the target.
            if name != "python" {
                fs::write(seeds.join("decode").join(&file), bytes)?;
            }
            // Honest sums, one change, its kind, and what is changed.
            let script = [number * 2 + place, 1, 0, number * 2 + place, 0, 0, 0, 5, 7, 1, 3, 2];
            fs::write(seeds.join("rebuild").join(&file), script)?;
            let text = [&[number, 40 * place, 5, 7][..], &source].concat();
            fs::write(seeds.join("roundtrip").join(&file), text)?;
        }
    }
    println!("{}", seeds.display());
    Ok(())
}
