//! The few elements of SVG that the plots are made of.

use std::fmt::Write as _;

/// How large letters are, in pixels.
pub(super) const TEXT: f64 = 13.0;
/// About how wide one is.
const LETTER: f64 = 6.9;

/// Where text stands relative to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture that grows by elements.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    /// A white picture of so many pixels with a title.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self { body: String::new(), width, height };
        svg.rect(0.0, 0.0, width, height, "#ffffff");
        svg.push(&format!(
            "<text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"bold\" fill=\"#222222\">{}</text>",
            escape(title)
        ));
        svg
    }

    fn push(&mut self, element: &str) {
        self.body += element;
        self.body.push('\n');
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        self.push(&format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        self.push(&format!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, fill: &str) {
        self.push(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{fill}\"/>"));
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: &str) {
        let mut list = String::new();
        for (x, y) in points {
            // Writing to a string does not fail.
            let _ = write!(list, "{x:.1},{y:.1} ");
        }
        self.push(&format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\"/>",
            list.trim_end()
        ));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, fill: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{TEXT}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{}</text>",
            escape(text)
        ));
    }

    /// Names of series with their colours, in a line.
    pub(super) fn legend(&mut self, mut x: f64, y: f64, series: &[&str]) {
        for (at, name) in series.iter().enumerate() {
            self.key(x, y, super::colour(at), name);
            x += 17.0 + width(name) + 20.0;
        }
    }

    /// A name with its colour.
    pub(super) fn key(&mut self, x: f64, y: f64, colour: &str, name: &str) {
        self.rect(x, y - 10.0, 12.0, 12.0, colour);
        self.text(x + 17.0, y, Anchor::Start, "#222222", name);
    }

    /// The picture as a file.
    pub(super) fn finish(self) -> String {
        let Self { body, width, height } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\">\n{body}</svg>\n"
        )
    }
}

/// About how wide a text is, in pixels.
pub(super) fn width(text: &str) -> f64 {
    text.len() as f64 * LETTER
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
