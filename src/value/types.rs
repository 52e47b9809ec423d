//! Types of values.

use std::fmt;
use std::sync::Arc;

use super::Variant;

/// The type of a field, a state or a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A party to the agreement.
    Party,
    /// Text.
    Text,
    /// An exact decimal number.
    Number,
    /// An amount in one currency.
    Money(Currency),
    /// True or false.
    Bool,
    /// One of a list of names.
    Enum(Arc<EnumType>),
    /// An absolute time.
    Instant,
    /// A civil day.
    Date,
    /// An exact length of time.
    Duration,
    /// Distinct values of one type.
    Set(Box<Type>),
}

/// A currency by its three-letter code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// How many letters a code has.
    pub const LENGTH: usize = 3;

    /// The currency of a code of three capital letters.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    /// The letters of its code.
    pub fn letters(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| write!(f, "{}", char::from(byte)))
    }
}

/// An enumeration: its names, lowest first if it is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumType {
    /// The names, without repetition.
    pub names: Vec<String>,
    /// Whether `<` has a meaning.
    pub ordered: bool,
}

impl EnumType {
    /// The value of this name.
    pub fn variant(&self, name: &str) -> Option<Variant> {
        let position = self.names.iter().position(|known| known == name)?;
        u32::try_from(position).ok().map(Variant)
    }

    /// The name of a value.
    pub fn name(&self, variant: Variant) -> &str {
        self.names.get(variant.0 as usize).map_or("?", String::as_str)
    }
}

impl Type {
    /// The type that a single word names.
    pub fn named(word: &str) -> Option<Type> {
        Some(match word {
            "party" => Type::Party,
            "text" => Type::Text,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "instant" => Type::Instant,
            "date" => Type::Date,
            "duration" => Type::Duration,
            _ => return None,
        })
    }

    /// Whether `<` has a meaning for its values.
    pub fn is_ordered(&self) -> bool {
        match self {
            Type::Number | Type::Money(_) | Type::Instant | Type::Date | Type::Duration => true,
            Type::Enum(names) => names.ordered,
            Type::Party | Type::Text | Type::Bool | Type::Set(_) => false,
        }
    }
}

impl fmt::Display for Type {
    /// In the language's own spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Party => f.write_str("party"),
            Type::Text => f.write_str("text"),
            Type::Number => f.write_str("number"),
            Type::Money(currency) => write!(f, "money {currency}"),
            Type::Bool => f.write_str("bool"),
            Type::Enum(names) => {
                let separator = if names.ordered { " < " } else { " | " };
                f.write_str(&names.names.join(separator))
            }
            Type::Instant => f.write_str("instant"),
            Type::Date => f.write_str("date"),
            Type::Duration => f.write_str("duration"),
            Type::Set(element) => write!(f, "set of {element}"),
        }
    }
}
