//! What a text says on the short ways of reading: what is as it should be becomes a value at once, everything else is left to the long way.

use compact_str::CompactString;

use super::names::Names;
use crate::value::{Currency, Number, PartyId, Type, Value, Variant};

/// The value of a type that a text is written for; `None` if something about it is out of the ordinary, or texts are not what the type is written in.
#[inline]
pub(super) fn of_text(
    ty: &Type,
    text: &str,
    parties: &Names<'_, PartyId>,
    variants: &Names<'_, Variant>,
) -> Option<Value> {
    Some(match ty {
        Type::Text => Value::Text(CompactString::new(text)),
        Type::Party => Value::Party(parties.find(text)?),
        Type::Enum(_) => Value::Enum(variants.find(text)?),
        Type::Money(currency) => Value::Number(amount(text, *currency)?),
        _ => return None,
    })
}

/// An amount with its currency, one space between them.
pub(super) fn amount(text: &str, currency: Currency) -> Option<Number> {
    // Neither an amount nor a code has a space in it.
    let (amount, code) = text.split_at_checked(text.len().checked_sub(Currency::LENGTH)?)?;
    let amount = amount.strip_suffix(' ')?;
    (Currency::new(code) == Some(currency)).then(|| amount.parse().ok())?
}
