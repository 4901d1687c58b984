//! Writes the committed bytes of `tests/golden` of this format version anew: `cargo run -p cst-bytecode --example bless-golden`.

use std::error::Error;
use std::fs;
use std::path::Path;

use cst_bytecode::{Bytecode, FORMAT_VERSION};
use tree_sitter::{Language, Parser};

fn main() -> Result<(), Box<dyn Error>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folder = tests.join("golden").join(FORMAT_VERSION.to_string());
    fs::create_dir_all(&folder)?;
    let grammars = [
        ("rust", "rs", tree_sitter_rust::LANGUAGE),
        ("python", "py", tree_sitter_python::LANGUAGE),
        ("json", "json", tree_sitter_json::LANGUAGE),
        ("html", "html", tree_sitter_html::LANGUAGE),
    ];
    for (name, extension, language) in grammars {
        let mut parser = Parser::new();
        parser.set_language(&Language::new(language))?;
        for case in ["sound", "broken"] {
            let source = fs::read(tests.join("data").join(name).join(case).with_extension(extension))?;
            let tree = parser.parse(&source, None).ok_or("not parsed")?;
            let bytecode = Bytecode::encode(&tree, &source)?;
            for (form, bytes) in [("cstb", bytecode.as_bytes()), ("cstc", &bytecode.to_compact()?)] {
                let path = folder.join(format!("{name}_{case}.{form}"));
                fs::write(&path, bytes)?;
                println!("{}", path.display());
            }
        }
    }
    Ok(())
}
