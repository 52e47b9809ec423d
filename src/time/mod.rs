//! Instants, durations, zones and periods: section 2 of the language reference.
//!
//! jiff does the calendar; this room fixes which of its choices the language makes, so that no other room touches a calendar.

mod clock;
mod delay;
mod duration;
mod instant;
mod period;
mod shift;
mod working;
mod zone;

pub use clock::{Clock, ClockError, EpochUnit, TimeFormat};
pub use delay::{Delay, DelayError};
pub use duration::{Duration, DurationError, humanise, spell_out};
pub use instant::{Date, Instant, InstantError, InstantReader};
pub use period::{Cadence, CalendarUnit, Period};
pub use shift::{Anchor, AnchorError, Shift, ShiftError};
pub use working::{ClockTime, DayOfMonth, MonthEnd, ORDINALS, Respite, Weekday, WorkingCalendar};
pub use zone::{Due, UnknownZone, Zone};
