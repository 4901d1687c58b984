//! Syntax errors of many kinds.

fn missing_bracket(values: &[u32] -> u32 {
    let sum = values.iter().map(|v| v * 2.sum();
    sum + ;
}

struct Half {
    left: u8
    right u16,
    fn stray() {}
}

impl Half {
    pub fn new(left: u8, right: u16 -> Self {
        Self { left, right, }
    } }

match stray { 1 => "one", 2 = "two" }

fn raw() -> &'static str {
    let nested = /* a comment /* that opens twice */ but closes once;
    r#"a raw string"#
}

@ $ ` ?? fn after() { let x = 'unclosed; }

fn last() {
    "a string without an end
}
