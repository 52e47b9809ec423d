//! Reference figures: values that a rule file names, to be used by their names.

use super::build::Builder;
use super::names::Scope;
use super::operand::constant;
use super::{Operand, OperandKind, Reference, ReferenceId};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast;

impl Builder {
    pub(super) fn reference(&mut self, written: &ast::Reference) {
        let name = &written.name;
        let built = self.ty(&written.ty).and_then(|ty| {
            let value = self.check(&written.value, &Scope::default(), &ty)?;
            let OperandKind::Literal(value) = value.kind else {
                return None;
            };
            Some((value, ty))
        });
        let Some((value, ty)) = built else {
            self.broken.insert(name.node.clone());
            return;
        };
        if self.party_named(&name.node).is_some() {
            let message = format!("`{}` is the name of a party already", name.node);
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, name.span, "also a party");
            self.report(diagnostic.help("give the reference another name"));
        }
        if let Some(twin) = self.references.iter().find(|known| known.name == name.node) {
            let (first, same) = (twin.span, twin.value == value && twin.ty == ty);
            if first.source == name.span.source || !same {
                self.duplicate("reference", name, first);
            }
            return;
        }
        self.references.push(Reference {
            name: name.node.clone(),
            title: written.title.as_ref().map(|title| title.node.clone()),
            value,
            ty,
            cites: written.cites.iter().map(|text| text.node.clone()).collect(),
            span: name.span,
        });
    }

    pub(super) fn reference_named(&self, name: &str) -> Option<ReferenceId> {
        let position = self.references.iter().position(|reference| reference.name == name)?;
        u32::try_from(position).ok().map(ReferenceId)
    }

    /// What a reference stands for, where it is used.
    pub(super) fn referred_to(&mut self, id: ReferenceId, span: Span) -> Operand {
        self.reference_uses.insert(span, id);
        let reference = &self.references[id.index()];
        constant(reference.value.clone(), reference.ty.clone(), span)
    }
}
