//! From node to node by field.

use crate::shape::Shape;

use super::cursor::ViewCursor;
use super::navigate::{Children, Visit};
use super::node::NodeView;

/// Where a field is looked for under a child.
enum Lead {
    /// It is what is visible first.
    FirstVisible,
    /// Among its own children.
    Inside,
}

impl<'tree> NodeView<'tree> {
    /// Its children in a field. `cursor` is set to it and then to each of its children.
    pub fn children_by_field_name<'cursor>(
        &self,
        field_name: &str,
        cursor: &'cursor mut ViewCursor<'tree>,
    ) -> impl Iterator<Item = Self> + 'cursor {
        let field = self.language().field_id_for_name(field_name);
        self.in_field(field.map(Into::into), cursor)
    }

    /// Its children in a field. `cursor` is set to it and then to each of its children.
    pub fn children_by_field_id<'cursor>(
        &self,
        field_id: core::num::NonZeroU16,
        cursor: &'cursor mut ViewCursor<'tree>,
    ) -> impl Iterator<Item = Self> + 'cursor {
        self.in_field(Some(field_id.get()), cursor)
    }

    fn in_field<'cursor>(
        &self,
        field: Option<u16>,
        cursor: &'cursor mut ViewCursor<'tree>,
    ) -> impl Iterator<Item = Self> + 'cursor {
        cursor.reset(*self);
        let mut is_there = field.is_some() && cursor.goto_first_child();
        core::iter::from_fn(move || {
            while is_there {
                let (node, is_found) = (cursor.node(), cursor.node().field() == field);
                is_there = cursor.goto_next_sibling();
                if is_found {
                    return Some(node);
                }
            }
            None
        })
    }

    /// The field that it is in, in its parent.
    pub(super) fn field(&self) -> Option<u16> {
        Some(self.tree.records.name(self.shape()).field).filter(|&field| field != 0)
    }

    /// The first child in a field. As in tree-sitter, a child that is hidden in the grammar, but has a name here,
    /// is looked into.
    #[must_use]
    pub fn child_by_field_name(&self, field_name: impl AsRef<[u8]>) -> Option<Self> {
        let field = self.language().field_id_for_name(field_name)?;
        self.child_by_field_id(field.into())
    }

    /// The first child in a field, as [`NodeView::child_by_field_name`] finds it.
    #[must_use]
    pub fn child_by_field_id(&self, field_id: u16) -> Option<Self> {
        if self.is_leaf() || field_id == 0 {
            return None;
        }
        self.find_in_field(*self, field_id)
    }

    /// tree-sitter's rules. `node` is this one or a hidden one in it.
    fn find_in_field(&self, node: Self, field: u16) -> Option<Self> {
        let mut entries = self.tree.grammar.field_entries(node.shape().production(), field);
        let mut children = Children::within(self, &node);
        let mut index = 0;
        while let (Some(ahead), Some(entry)) = (children.look(), entries.first()) {
            let visit = children.visit(&ahead)?;
            let child = children.node(ahead.at, visit);
            children.skip(&visit);
            if child.is_extra() {
                continue;
            }
            index += 1;
            if index <= entry.child_index {
                continue;
            }
            entries = &entries[1..];
            let found = if entry.is_inherited() {
                self.find_below(child, &visit, field)
            } else {
                self.first_visible(child, &visit)
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// In a child that hides some in the field.
    fn find_below(&self, child: Self, visit: &Visit, field: u16) -> Option<Self> {
        match self.lead_of_links(&child, field)? {
            Lead::FirstVisible => self.first_visible(child, visit),
            Lead::Inside if child.is_leaf() => None,
            Lead::Inside => {
                let outer = if visit.shape.is_visible() { &child } else { self };
                outer.find_in_field(child, field)
            }
        }
    }

    /// Where the productions of the links above a child lead, from the top; `None` where one of them has nothing in
    /// the field, though another of its symbol has.
    fn lead_of_links(&self, child: &Self, field: u16) -> Option<Lead> {
        let parser_state = self.tree.parser_state;
        let number = self.tree.records.record(child.at)?.number as usize;
        let mut number = u16::from(*parser_state.shape_chains.get(number)?);
        let mut lead = Some(Lead::Inside);
        // From the bottom, which comes to the same: of a link that says where to go, those below do not count.
        while number != 0 {
            let [above, link] =
                parser_state.chains.get(usize::from(number) - 1)?.each_ref().map(|n| n.to_native());
            let link = Shape(parser_state.links.get(usize::from(link))?.to_native());
            match self.tree.grammar.field_entries(link.production(), field).first() {
                Some(entry) if entry.child_index == 0 && entry.is_inherited() => {}
                Some(entry) if entry.child_index == 0 => lead = Some(Lead::FirstVisible),
                _ => lead = None,
            }
            // The chain above has a smaller number, else the bytes are wrong.
            number = Some(above).filter(|&above| above < number)?;
        }
        lead
    }

    /// The child if it is visible, else the first that it hides.
    fn first_visible(&self, child: Self, visit: &Visit) -> Option<Self> {
        if visit.shape.is_visible() {
            return Some(child);
        }
        Children::within(self, &child).next_visible()
    }

    /// The name of the field that a child is in.
    #[must_use]
    pub fn field_name_for_child(&self, child_index: u32) -> Option<&'tree str> {
        self.language().field_name_for_id(self.child(child_index)?.field()?)
    }

    /// The name of the field that a named child is in.
    #[must_use]
    pub fn field_name_for_named_child(&self, named_child_index: u32) -> Option<&'tree str> {
        self.language().field_name_for_id(self.named_child(named_child_index)?.field()?)
    }
}
