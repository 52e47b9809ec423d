//! The state of an engine as bytes: what has become of a log so far, to go on from later.
//!
//! What follows from the rules alone is not in it. A state is put into an engine that was made for the same rules: [`Saved`] things are made from the
//! bytes, [`Restored`] things are there already and take what has changed since. Both are listed field by field with [`saved`] and [`restored`], so that a
//! field or a variant that is added does not compile until it is known what becomes of it.
//!
//! The form is not self-describing. Numbers have seven bits to a byte, instants are written as their distance from the one before, and an event that
//! many places share is written once. There is no checksum: whoever keeps states sees to it that they come back as they were. Damaged bytes are refused
//! where a number names nothing in the rules or more is claimed than the rest can hold, so that they can neither panic nor take memory without bound.

mod loader;
mod parts;
mod plain;
mod saver;

pub(crate) use loader::Loader;
pub(in crate::engine) use parts::{load_field, save_field};
pub(crate) use saver::Saver;

/// The version of the form.
pub(crate) const VERSION: u64 = 1;

/// Why bytes are no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// They are written in a form that this program does not read.
    #[error("the state is of another form: version {found}, and this program reads version {VERSION}")]
    OtherForm {
        /// The version of the form.
        found: u64,
    },
    /// They are not what was written, or were written for other rules.
    #[error("the state is damaged at byte {at}: {what}")]
    Damaged {
        /// Where that was noticed.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// What is made from bytes as a whole. It takes at least one byte, so that a claimed length can be held against what is left.
pub(crate) trait Saved: Sized {
    fn save(&self, to: &mut Saver<'_>);

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError>;
}

/// What is made from the rules, and takes from bytes what has changed since.
pub(crate) trait Restored {
    fn save(&self, to: &mut Saver<'_>);

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError>;
}

/// Says how a struct or an enum is saved: all of its fields, and each of its variants by a number that stays its own.
macro_rules! saved {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::engine::state::Saved for $name {
            fn save(&self, to: &mut $crate::engine::state::Saver<'_>) {
                let $name { $($field),* } = self;
                $($crate::engine::state::Saved::save($field, to);)*
            }

            fn load(
                from: &mut $crate::engine::state::Loader<'_>,
            ) -> Result<Self, $crate::engine::state::StateError> {
                $(let $field = $crate::engine::state::Saved::load(from)?;)*
                Ok($name { $($field),* })
            }
        }
    };
    (struct $name:ident ( $field:ident )) => {
        impl $crate::engine::state::Saved for $name {
            fn save(&self, to: &mut $crate::engine::state::Saver<'_>) {
                let $name($field) = self;
                $crate::engine::state::Saved::save($field, to);
            }

            fn load(
                from: &mut $crate::engine::state::Loader<'_>,
            ) -> Result<Self, $crate::engine::state::StateError> {
                Ok($name($crate::engine::state::Saved::load(from)?))
            }
        }
    };
    (enum $name:ident {
        $($tag:literal = $variant:ident $(( $($item:ident),* ))? $({ $($field:ident),* })?),* $(,)?
    }) => {
        impl $crate::engine::state::Saved for $name {
            fn save(&self, to: &mut $crate::engine::state::Saver<'_>) {
                match self {
                    $($name::$variant $(( $($item),* ))? $({ $($field),* })? => {
                        to.byte($tag);
                        $($($crate::engine::state::Saved::save($item, to);)*)?
                        $($($crate::engine::state::Saved::save($field, to);)*)?
                    })*
                }
            }

            fn load(
                from: &mut $crate::engine::state::Loader<'_>,
            ) -> Result<Self, $crate::engine::state::StateError> {
                Ok(match from.byte()? {
                    $($tag => {
                        $($(let $item = $crate::engine::state::Saved::load(from)?;)*)?
                        $($(let $field = $crate::engine::state::Saved::load(from)?;)*)?
                        $name::$variant $(( $($item),* ))? $({ $($field),* })?
                    })*
                    _ => return Err(from.damaged(concat!("there is no such ", stringify!($name)))),
                })
            }
        }
    };
}

/// Says of a struct which fields are saved, which are there from the rules and restored in turn, which are derived from these by a method, and which are
/// as the rules have made them; or of an enum that what its variant holds is restored, the variant being that of the rules.
macro_rules! restored {
    ($name:ident {
        $(saved: [$($saved:ident),* $(,)?] $(,)?)?
        $(restored: [$($restored:ident),* $(,)?] $(,)?)?
        $(derived: [$($derived:ident),* $(,)?] by $derive:ident $(,)?)?
        $(fixed: [$($fixed:ident),* $(,)?] $(,)?)?
        $(checked by $check:ident $(,)?)?
    }) => {
        impl $crate::engine::state::Restored for $name {
            fn save(&self, to: &mut $crate::engine::state::Saver<'_>) {
                let $name {
                    $($($saved,)*)?
                    $($($restored,)*)?
                    $($($derived: _,)*)?
                    $($($fixed: _,)*)?
                } = self;
                $($($crate::engine::state::Saved::save($saved, to);)*)?
                $($($crate::engine::state::Restored::save($restored, to);)*)?
            }

            fn restore(
                &mut self,
                from: &mut $crate::engine::state::Loader<'_>,
            ) -> Result<(), $crate::engine::state::StateError> {
                $($(self.$saved = $crate::engine::state::Saved::load(from)?;)*)?
                $($($crate::engine::state::Restored::restore(&mut self.$restored, from)?;)*)?
                $(self.$derive();)?
                $(self.$check().map_err(|what| from.damaged(what))?;)?
                Ok(())
            }
        }
    };
    (enum $name:ident { $($variant:ident),* $(,)? }) => {
        impl $crate::engine::state::Restored for $name {
            fn save(&self, to: &mut $crate::engine::state::Saver<'_>) {
                match self {
                    $($name::$variant(held) => $crate::engine::state::Restored::save(held, to),)*
                }
            }

            fn restore(
                &mut self,
                from: &mut $crate::engine::state::Loader<'_>,
            ) -> Result<(), $crate::engine::state::StateError> {
                match self {
                    $($name::$variant(held) => $crate::engine::state::Restored::restore(held, from),)*
                }
            }
        }
    };
}

pub(crate) use {restored, saved};
