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
pub(crate) use saver::{Saver, life_rules};

/// The version of the form.
pub(crate) const VERSION: u64 = 3;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Model, build};
    use crate::source::SourceMap;
    use crate::syntax::parse;
    use crate::time::{Date, Duration, Instant};
    use crate::value::{Number, Value};

    fn model() -> Model {
        let mut sources = SourceMap::new();
        let source = sources.add("rules", "agreement a { in force from 2024-01-01 party US }");
        build(vec![parse(&sources, source)]).model.unwrap()
    }

    fn again<T: Saved>(all: &[T]) -> Vec<T> {
        let (model, mut bytes) = (model(), Vec::new());
        let mut to = Saver::new(&mut bytes, &model);
        all.iter().for_each(|one| one.save(&mut to));
        to.finish().unwrap();
        let mut from = Loader::new(&bytes, &model).unwrap();
        let loaded = all.iter().map(|_| T::load(&mut from).unwrap()).collect();
        from.finish().unwrap();
        loaded
    }

    fn values() -> impl Strategy<Value = Value> {
        let nanoseconds = Instant::MIN.unix_nanoseconds()..=Instant::MAX.unix_nanoseconds();
        let single = prop_oneof![
            ".{0,40}".prop_map(|text| Value::Text(text.into())),
            any::<i64>().prop_map(|billionths| Value::Number(Number::from_billionths(billionths.into()).unwrap())),
            any::<bool>().prop_map(Value::Bool),
            nanoseconds.prop_map(|nanoseconds| Value::Instant(Instant::from_unix_nanoseconds(nanoseconds).unwrap())),
            (1..=9_999_i16, 1..=12_i8, 1..=28_i8)
                .prop_map(|(year, month, day)| Value::Date(Date::new(year, month, day).unwrap())),
            (0..10_u64.pow(19)).prop_map(|nanoseconds| Value::Duration(Duration::exact(nanoseconds).unwrap())),
        ];
        let set = prop::collection::vec(single.clone(), 0..4).prop_map(Value::set);
        prop_oneof![4 => single, 1 => set]
    }

    proptest! {
        #[test]
        fn what_was_saved_is_loaded(values in prop::collection::vec(values(), 0..8), wide in any::<[i128; 4]>()) {
            prop_assert_eq!(again(&values), values);
            prop_assert_eq!(again(&wide), wide);
        }
    }

    #[test]
    fn the_ends_of_numbers_and_of_time_are_saved() {
        let wide = [0, -1, 63, 64, -64, -65, i128::from(u64::MAX), i128::MAX, i128::MIN];
        assert_eq!(again(&wide), wide);
        let instants = [Instant::MAX, Instant::MIN, Instant::MIN, Instant::MAX];
        assert_eq!(again(&instants), instants);
    }

    #[test]
    fn what_a_writer_says_is_told() {
        let model = model();
        let mut full: &mut [u8] = &mut [0; 3];
        let mut to = Saver::new(&mut full, &model);
        (0..100_000_u32).for_each(|number| number.save(&mut to));
        assert_eq!(to.finish().unwrap_err().kind(), std::io::ErrorKind::WriteZero);
    }
}
