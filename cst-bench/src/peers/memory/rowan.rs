//! rowan's green trees, made of the nodes that a cursor sees. They hold the text too; fields, hidden nodes and
//! parse states are not in them.

use cst_cache::Document;
use rowan::{GreenNode, GreenNodeBuilder, GreenNodeData, NodeOrToken, SyntaxKind};
use tree_sitter::{Node, Tree};

use super::{Form, Outline, Peer};
use crate::error::Error;

/// rowan.
pub const PEER: Peer = Peer {
    name: "rowan",
    about: "green trees, with their text; equal small nodes of a file are kept once",
    form: || Box::new(Green(Vec::new())),
};

/// Text between tokens.
const TRIVIA: SyntaxKind = SyntaxKind(u16::MAX);

struct Green(Vec<GreenNode>);

impl Form for Green {
    fn hold(&mut self, document: &Document<'_>, tree: Tree) -> Result<(), Error> {
        let text = str::from_utf8(document.source()).map_err(Error::during("rowan wants text"))?;
        self.0.push(green(&tree, text)?);
        Ok(())
    }

    fn clear(&mut self) {
        self.0 = Vec::new();
    }

    fn outline(&self, document: &Document<'_>) -> Result<Vec<Outline>, Error> {
        let Some(root) = self.0.last() else { return Ok(Vec::new()) };
        let root: &GreenNodeData = root;
        if root.to_string().as_bytes() != document.source() {
            return Err(Error::new("the green tree has another text"));
        }
        let mut outline = Vec::new();
        let mut open = vec![root.children()];
        let mut at = 0;
        outline.push((root.kind().0, 0, u32::from(root.text_len())));
        while let Some(children) = open.last_mut() {
            match children.next() {
                Some(NodeOrToken::Node(node)) => {
                    outline.push((node.kind().0, at, at + u32::from(node.text_len())));
                    open.push(node.children());
                }
                Some(NodeOrToken::Token(token)) => {
                    let end = at + u32::from(token.text_len());
                    if token.kind() != TRIVIA {
                        outline.push((token.kind().0, at, end));
                    }
                    at = end;
                }
                None => drop(open.pop()),
            }
        }
        Ok(outline)
    }
}

/// Builds the green tree of a whole text: its root is as long as the text.
fn green(tree: &Tree, text: &str) -> Result<GreenNode, Error> {
    let mut builder = Builder { green: GreenNodeBuilder::new(), text, at: 0 };
    let mut cursor = tree.walk();
    builder.green.start_node(kind(cursor.node()));
    let mut depth = 1;
    let mut down = cursor.goto_first_child();
    while depth > 0 {
        if down {
            let node = cursor.node();
            builder.text_up_to(node.start_byte())?;
            if cursor.goto_first_child() {
                builder.green.start_node(kind(node));
                depth += 1;
                continue;
            }
            builder.token(node)?;
        }
        down = cursor.goto_next_sibling();
        if !down {
            depth -= 1;
            cursor.goto_parent();
            // Hidden tokens at the end of a node are text without a token to be seen.
            builder.text_up_to(if depth == 0 { text.len() } else { cursor.node().end_byte() })?;
            builder.green.finish_node();
        }
    }
    Ok(builder.green.finish())
}

fn kind(node: Node<'_>) -> SyntaxKind {
    SyntaxKind(node.kind_id())
}

struct Builder<'t> {
    green: GreenNodeBuilder<'static>,
    text: &'t str,
    at: usize,
}

impl Builder<'_> {
    fn text_up_to(&mut self, start: usize) -> Result<(), Error> {
        if self.at < start {
            let text = self.text.get(self.at..start);
            self.green.token(TRIVIA, text.ok_or_else(|| Error::new("a node begins inside a character"))?);
            self.at = start;
        }
        Ok(())
    }

    fn token(&mut self, node: Node<'_>) -> Result<(), Error> {
        let text = self.text.get(node.byte_range());
        self.green.token(kind(node), text.ok_or_else(|| Error::new("a token ends inside a character"))?);
        self.at = node.end_byte();
        Ok(())
    }
}
