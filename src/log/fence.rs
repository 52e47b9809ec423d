//! A fence around readers of other people: a damaged file can make them panic, and is then a damaged file.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is told by an error.
    static IS_FENCED: Cell<bool> = const { Cell::new(false) };
}

/// What a reader gives, or why it does not: its error, or that it panicked. What it had in hand is then not to be used any more.
pub(crate) fn fenced<T, E: ToString>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_FENCED.get() {
                told(panic);
            }
        }));
    });
    let before = IS_FENCED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(read));
    IS_FENCED.set(before);
    match outcome {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("its parts do not fit together".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(fenced(|| Ok::<_, String>(1)), Ok(1));
        assert_eq!(fenced(|| Err::<(), _>("damaged")), Err("damaged".to_owned()));
        let empty: [u8; 0] = [];
        let at = std::hint::black_box(3);
        assert!(fenced(|| Ok::<_, String>(empty[at])).is_err());
        assert_eq!(fenced(|| Ok::<_, String>(2)), Ok(2));
    }
}
