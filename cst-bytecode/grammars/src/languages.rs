//! The languages: a name, which is also that of the folder with the texts, and the grammar.

use tree_sitter::Language;

macro_rules! languages {
    ($($name:literal $language:expr;)*) => {
        vec![$(($name, Language::from($language))),*]
    };
}

/// Every language, by name.
pub(crate) fn all() -> Vec<(&'static str, Language)> {
    languages! {
        "astro" tree_sitter_astro_next::LANGUAGE;
        "bash" tree_sitter_bash::LANGUAGE;
        "c" tree_sitter_c::LANGUAGE;
        "c_sharp" tree_sitter_c_sharp::LANGUAGE;
        "cmake" tree_sitter_cmake::LANGUAGE;
        "commonlisp" tree_sitter_commonlisp::LANGUAGE_COMMONLISP;
        "cpp" tree_sitter_cpp::LANGUAGE;
        "css" tree_sitter_css::LANGUAGE;
        "d" tree_sitter_d::LANGUAGE;
        "dart" tree_sitter_dart::LANGUAGE;
        "dtd" tree_sitter_xml::LANGUAGE_DTD;
        "elisp" tree_sitter_elisp::LANGUAGE;
        "elixir" tree_sitter_elixir::LANGUAGE;
        "elm" tree_sitter_elm::LANGUAGE;
        "erlang" tree_sitter_erlang::LANGUAGE;
        "fish" tree_sitter_fish::language();
        "gdscript" tree_sitter_gdscript::LANGUAGE;
        "glsl" tree_sitter_glsl::LANGUAGE_GLSL;
        "go" tree_sitter_go::LANGUAGE;
        "graphql" tree_sitter_graphql::LANGUAGE;
        "haskell" tree_sitter_haskell::LANGUAGE;
        "hcl" tree_sitter_hcl::LANGUAGE;
        "hlsl" tree_sitter_hlsl::LANGUAGE_HLSL;
        "html" tree_sitter_html::LANGUAGE;
        "ini" tree_sitter_ini::LANGUAGE;
        "java" tree_sitter_java::LANGUAGE;
        "javascript" tree_sitter_javascript::LANGUAGE;
        "json" tree_sitter_json::LANGUAGE;
        "julia" tree_sitter_julia::LANGUAGE;
        "kotlin" tree_sitter_kotlin_ng::LANGUAGE;
        "lua" tree_sitter_lua::LANGUAGE;
        "make" tree_sitter_make::LANGUAGE;
        "markdown" tree_sitter_md::LANGUAGE;
        "markdown_inline" tree_sitter_md::INLINE_LANGUAGE;
        "nix" tree_sitter_nix::LANGUAGE;
        "objc" tree_sitter_objc::LANGUAGE;
        "ocaml" tree_sitter_ocaml::LANGUAGE_OCAML;
        "ocaml_interface" tree_sitter_ocaml::LANGUAGE_OCAML_INTERFACE;
        "ocaml_type" tree_sitter_ocaml::LANGUAGE_OCAML_TYPE;
        "pascal" tree_sitter_pascal::LANGUAGE;
        "php" tree_sitter_php::LANGUAGE_PHP;
        "php_only" tree_sitter_php::LANGUAGE_PHP_ONLY;
        "powershell" tree_sitter_powershell::LANGUAGE;
        "python" tree_sitter_python::LANGUAGE;
        "qmljs" tree_sitter_qmljs::LANGUAGE;
        "r" tree_sitter_r::LANGUAGE;
        "regex" tree_sitter_regex::LANGUAGE;
        "ruby" tree_sitter_ruby::LANGUAGE;
        "rust" tree_sitter_rust::LANGUAGE;
        "scala" tree_sitter_scala::LANGUAGE;
        "scheme" tree_sitter_scheme::LANGUAGE;
        "sequel" tree_sitter_sequel::LANGUAGE;
        "slang" tree_sitter_slang::LANGUAGE_SLANG;
        "solidity" tree_sitter_solidity::LANGUAGE;
        "svelte" tree_sitter_svelte_ng::LANGUAGE;
        "swift" tree_sitter_swift::LANGUAGE;
        "toml" tree_sitter_toml_ng::LANGUAGE;
        "tsx" tree_sitter_typescript::LANGUAGE_TSX;
        "typescript" tree_sitter_typescript::LANGUAGE_TYPESCRIPT;
        "verilog" tree_sitter_verilog::LANGUAGE;
        "xml" tree_sitter_xml::LANGUAGE_XML;
        "yaml" tree_sitter_yaml::LANGUAGE;
        "zig" tree_sitter_zig::LANGUAGE;
    }
}
