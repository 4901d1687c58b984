//! The grammars that this crate can bring along, and which files they are for.

use std::path::Path;

use cst_bytecode::Grammar;
use tree_sitter::Language;

/// A grammar with its name and its files.
#[derive(Clone, Debug)]
pub struct BundledGrammar {
    /// The name, as in `rust`.
    pub name: &'static str,
    /// The grammar.
    pub grammar: Grammar,
    extensions: &'static [&'static str],
    file_names: &'static [&'static str],
}

/// The bundled grammars; which ones is for the crate's features to say.
#[derive(Clone, Debug, Default)]
pub struct Grammars(Vec<BundledGrammar>);

impl Grammars {
    /// All that the features bring. Cheap: a grammar's identity is computed when it is first needed.
    #[must_use]
    pub fn bundled() -> Self {
        #[allow(unused_mut, reason = "without a grammar there is nothing to add")]
        let mut grammars = Self::default();
        #[cfg(feature = "rust")]
        grammars.add("rust", tree_sitter_rust::LANGUAGE, &["rs"], &[]);
        #[cfg(feature = "python")]
        grammars.add(
            "python",
            tree_sitter_python::LANGUAGE,
            &["py", "pyi", "pyw"],
            &["SConstruct", "SConscript"],
        );
        #[cfg(feature = "javascript")]
        grammars.add("javascript", tree_sitter_javascript::LANGUAGE, &["js", "mjs", "cjs", "jsx"], &[]);
        #[cfg(feature = "typescript")]
        grammars.add("typescript", tree_sitter_typescript::LANGUAGE_TYPESCRIPT, &["ts", "mts", "cts"], &[]);
        #[cfg(feature = "typescript")]
        grammars.add("tsx", tree_sitter_typescript::LANGUAGE_TSX, &["tsx"], &[]);
        #[cfg(feature = "go")]
        grammars.add("go", tree_sitter_go::LANGUAGE, &["go"], &[]);
        // A header may be C or C++; as elsewhere, `.h` is C.
        #[cfg(feature = "c")]
        grammars.add("c", tree_sitter_c::LANGUAGE, &["c", "h"], &[]);
        #[cfg(feature = "cpp")]
        grammars.add(
            "cpp",
            tree_sitter_cpp::LANGUAGE,
            &["cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "h++", "ipp", "inl", "tcc"],
            &[],
        );
        #[cfg(feature = "java")]
        grammars.add("java", tree_sitter_java::LANGUAGE, &["java"], &[]);
        #[cfg(feature = "json")]
        grammars.add("json", tree_sitter_json::LANGUAGE, &["json"], &[]);
        #[cfg(feature = "bash")]
        grammars.add(
            "bash",
            tree_sitter_bash::LANGUAGE,
            &["sh", "bash", "ebuild", "eclass"],
            &[".bashrc", ".bash_profile", ".profile", "PKGBUILD"],
        );
        #[cfg(feature = "html")]
        grammars.add("html", tree_sitter_html::LANGUAGE, &["html", "htm"], &[]);
        #[cfg(feature = "css")]
        grammars.add("css", tree_sitter_css::LANGUAGE, &["css"], &[]);
        #[cfg(feature = "ruby")]
        grammars.add(
            "ruby",
            tree_sitter_ruby::LANGUAGE,
            &["rb", "rake", "gemspec", "ru"],
            &["Rakefile", "Gemfile", "Vagrantfile"],
        );
        grammars
    }

    #[allow(dead_code, reason = "without a grammar there is nothing to add")]
    fn add(
        &mut self,
        name: &'static str,
        language: impl Into<Language>,
        extensions: &'static [&'static str],
        file_names: &'static [&'static str],
    ) {
        let grammar = Grammar::new(&language.into());
        self.0.push(BundledGrammar { name, grammar, extensions, file_names });
    }

    /// The grammar for a file, by its name alone; extensions are compared without regard to case, but
    /// for `.C` and `.H`, which are C++.
    #[must_use]
    pub fn for_path(&self, path: &Path) -> Option<&BundledGrammar> {
        let name = path.file_name()?.to_str()?;
        if let Some(found) = self.0.iter().find(|grammar| grammar.file_names.contains(&name)) {
            return Some(found);
        }
        let extension = path.extension()?.to_str()?;
        if matches!(extension, "C" | "H") {
            return self.by_name("cpp");
        }
        let fits = |known: &str| known.eq_ignore_ascii_case(extension);
        self.0.iter().find(|grammar| grammar.extensions.iter().any(|known| fits(known)))
    }

    /// The grammar of this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&BundledGrammar> {
        self.0.iter().find(|grammar| grammar.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &BundledGrammar> {
        self.0.iter()
    }
}
