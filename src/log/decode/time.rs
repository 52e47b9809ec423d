//! Instants, dates and lengths of time.

use super::{Decoder, EXAMPLE_INSTANT, Place};
use crate::log::problem::{ProblemKind, quoted};
use crate::log::visible;
use crate::log::written::{Shape, Written};
use crate::time::{Anchor, AnchorError, ClockError, Duration, DurationError, Instant, InstantError, Shift, ShiftError};
use crate::value::Value;

impl Decoder<'_> {
    /// The instant that a value writes; `None` after reporting why it is none.
    pub(in crate::log) fn instant<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Instant> {
        if let Shape::Instant(instant) = written.shape() {
            return Some(instant);
        }
        let text = self.words(place, written, "an instant", |_| {
            Some(format!("write it as RFC 3339, as in \"{EXAMPLE_INSTANT}\""))
        })?;
        if let Some(anchor) = self.anchor
            && Shift::is_meant(&text)
        {
            return self.relative(place, written, &text, anchor);
        }
        let read = match written.clock() {
            Some(clock) => clock.instant(&text),
            None => text.parse().map_err(ClockError::from),
        };
        match read {
            Ok(instant) => Some(instant),
            Err(error) => {
                self.no_instant(place, written, &text, error);
                None
            }
        }
    }

    fn no_instant<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, text: &str, error: ClockError) {
        let is_mapped = written.clock().is_some();
        let (kind, message, label, help) = match error {
            ClockError::Instant(InstantError::NoOffset) => (
                ProblemKind::NoZone,
                format!("{place} has no offset from UTC, so it is not one instant"),
                "no offset",
                if is_mapped {
                    "say in the map where its clock hung, as in `zone: Europe/Kyiv`".to_owned()
                } else {
                    "add the offset that the clock had, such as +03:00, or Z for UTC".to_owned()
                },
            ),
            ClockError::Instant(InstantError::DateOnly) => (
                ProblemKind::BadTime,
                format!("{place} is a day, not an instant"),
                "no time of day",
                format!(
                    "state the hour, be it an assumed one, with its offset, as in {}T12:00:00+03:00",
                    visible(text, 20)
                ),
            ),
            ClockError::Instant(InstantError::OutOfRange) => (
                ProblemKind::BadTime,
                format!("{place} is outside the years 1 to 9999"),
                "out of range",
                if is_mapped {
                    "look whether the map's `format` has the right unit".to_owned()
                } else {
                    format!("write an instant as in {EXAMPLE_INSTANT}")
                },
            ),
            ClockError::Instant(InstantError::Malformed) => (
                ProblemKind::BadTime,
                format!("{place} is not an instant that exists: {}", quoted(text)),
                "not an instant",
                if is_mapped {
                    "say in the map how it is written, as in `format: epoch-seconds` or `format: \"%d/%m/%Y %H:%M\"`"
                        .to_owned()
                } else {
                    format!("write it as RFC 3339 with an offset, as in {EXAMPLE_INSTANT}")
                },
            ),
            ClockError::NotANumber(_) | ClockError::NotAsPattern => (
                ProblemKind::BadTime,
                format!("{place} is not an instant: {error}: {}", quoted(text)),
                "not an instant",
                "look at the map's `format` for it".to_owned(),
            ),
            ClockError::Twice | ClockError::Never => (
                ProblemKind::NoZone,
                format!("{place} is not one instant: {error}: {}", quoted(text)),
                "no offset",
                "clocks were set at that time, so only an offset in the log can tell what is meant".to_owned(),
            ),
        };
        self.at(written, kind, message, label, Some(help));
    }

    fn relative<'a, W: Written<'a>>(
        &mut self,
        place: Place<'_>,
        written: &W,
        text: &str,
        anchor: &Anchor,
    ) -> Option<Instant> {
        let (label, help) = match relative_instant(text, anchor) {
            Ok(instant) => return Some(instant),
            Err(why) => why,
        };
        self.at(
            written,
            ProblemKind::BadTime,
            format!("{place} is not an instant that can be told: {}", quoted(text)),
            label,
            Some(help.to_owned()),
        );
        None
    }

    pub(super) fn date<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Value> {
        const HELP: &str = "write it as in 2024-07-08";
        let text = self.words(place, written, "a date", |_| Some(HELP.to_owned()))?;
        let date = match written.clock() {
            Some(clock) => clock.date(&text).ok(),
            None => text.parse().ok(),
        };
        if date.is_none() {
            let is_instant = text.parse::<Instant>().is_ok();
            self.at(
                written,
                ProblemKind::BadTime,
                format!("{place} is not a day of the calendar: {}", quoted(&text)),
                "not a date",
                Some(if is_instant {
                    format!(
                        "leave out the time of day: {}",
                        visible(text.get(..10).unwrap_or_default(), 10)
                    )
                } else {
                    HELP.to_owned()
                }),
            );
        }
        date.map(Value::Date)
    }

    pub(super) fn duration<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Value> {
        const HELP: &str = "write it with its unit, as in \"72 hours\" or \"PT72H\"";
        let text = self.words(place, written, "a length of time", |_| Some(HELP.to_owned()))?;
        let (message, label, help) = match text.parse::<Duration>() {
            Ok(duration) => return Some(Value::Duration(duration)),
            Err(DurationError::NotExact) => (
                format!("{place} is not an exact length of time: {}", quoted(&text)),
                "calendar units",
                "days, weeks, months and years differ in length: say it in hours, minutes and seconds",
            ),
            Err(DurationError::TooLong) => (
                format!("{place} is longer than the calendar: {}", quoted(&text)),
                "too long",
                "a length of time in a log is below 580 years",
            ),
            Err(DurationError::Malformed) => (
                format!("{place} is not a length of time: {}", quoted(&text)),
                "not a length of time",
                HELP,
            ),
        };
        self.at(written, ProblemKind::BadDuration, message, label, Some(help.to_owned()));
        None
    }
}

/// The instant that a relative time leads to; else why there is none, and what to do.
pub(in crate::log) fn relative_instant(text: &str, anchor: &Anchor) -> Result<Instant, (String, &'static str)> {
    let shift: Shift = text
        .parse()
        .map_err(|error: ShiftError| (error.to_string(), "write it as in +23h59m, -2 days or +1 month -1s"))?;
    anchor.resolve(&shift).map_err(|error| {
        let help = match error {
            AnchorError::NoStart => "give the scenario a `start`, as in `start: 2024-07-08T10:00:00+03:00`",
            AnchorError::NoZone => "the agreements count days in different zones: give the scenario a `zone`",
            AnchorError::OutOfRange => "write a shorter one",
        };
        (error.to_string(), help)
    })
}

#[cfg(test)]
mod tests {
    use crate::log::Format;
    use crate::log::fixture::{events, problem, record, shown};
    use crate::log::problem::ProblemKind;

    fn at(time: &str) -> (ProblemKind, String, String, String) {
        let (problem, underlined) = problem(&format!(r#"{{"time": {time}, "type": "ping"}}"#), Format::Jsonl);
        (problem.kind, problem.message, underlined, problem.help.unwrap())
    }

    fn mixed(field: &str) -> (ProblemKind, String, String) {
        let (problem, _) = problem(&record("mixed", field), Format::Jsonl);
        (problem.kind, problem.message, problem.help.unwrap())
    }

    #[test]
    fn an_instant_needs_an_offset() {
        let (kind, message, underlined, help) = at("\"2024-07-08T10:00:00\"");
        assert_eq!(kind, ProblemKind::NoZone);
        assert_eq!(message, "`time` has no offset from UTC, so it is not one instant");
        assert_eq!(underlined, "\"2024-07-08T10:00:00\"");
        assert_eq!(help, "add the offset that the clock had, such as +03:00, or Z for UTC");
    }

    #[test]
    fn a_day_is_not_an_instant() {
        let (kind, message, _, help) = at("\"2024-07-08\"");
        assert_eq!(kind, ProblemKind::BadTime);
        assert_eq!(message, "`time` is a day, not an instant");
        assert_eq!(
            help,
            "state the hour, be it an assumed one, with its offset, as in 2024-07-08T12:00:00+03:00"
        );
    }

    #[test]
    fn an_instant_must_exist() {
        let (kind, message, _, help) = at("\"2024-02-30T10:00:00Z\"");
        assert_eq!(kind, ProblemKind::BadTime);
        assert_eq!(message, "`time` is not an instant that exists: `2024-02-30T10:00:00Z`");
        assert_eq!(
            help,
            "write it as RFC 3339 with an offset, as in 2024-07-08T10:00:00+03:00"
        );
        let (kind, message, ..) = at("\"0000-01-01T00:00:00Z\"");
        assert_eq!(kind, ProblemKind::BadTime);
        assert_eq!(message, "`time` is outside the years 1 to 9999");
        let (kind, message, _, help) = at("1720422000");
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`time` must be an instant, and is a number");
        assert_eq!(help, "write it as RFC 3339, as in \"2024-07-08T10:00:00+03:00\"");
    }

    #[test]
    fn fields_of_type_instant_are_held_to_the_same() {
        let (kind, message, _) = mixed(r#""since": "2024-07-08T10:00""#);
        assert_eq!(kind, ProblemKind::NoZone);
        assert_eq!(message, "`since` has no offset from UTC, so it is not one instant");
    }

    #[test]
    fn nanoseconds_are_kept() {
        let text = r#"{"time": "2024-07-08T10:00:00.000000001+03:00", "type": "ping"}"#;
        assert_eq!(
            events(text, Format::Jsonl)[0].time.to_string(),
            "2024-07-08T07:00:00.000000001Z"
        );
    }

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        let (kind, message, help) = mixed(r#""day": "2023-02-29""#);
        assert_eq!(kind, ProblemKind::BadTime);
        assert_eq!(message, "`day` is not a day of the calendar: `2023-02-29`");
        assert_eq!(help, "write it as in 2024-07-08");
        let (_, _, help) = mixed(r#""day": "2024-07-08T10:00:00Z""#);
        assert_eq!(help, "leave out the time of day: 2024-07-08");
    }

    #[test]
    fn a_length_of_time_is_exact() {
        let event = &events(&record("mixed", r#""notice": "1 hour 30 minutes""#), Format::Jsonl)[0];
        assert_eq!(shown(event, "notice").as_deref(), Some("1 hour 30 minutes"));
        let (kind, message, help) = mixed(r#""notice": "3 days""#);
        assert_eq!(kind, ProblemKind::BadDuration);
        assert_eq!(message, "`notice` is not an exact length of time: `3 days`");
        assert_eq!(
            help,
            "days, weeks, months and years differ in length: say it in hours, minutes and seconds"
        );
        let (kind, message, help) = mixed(r#""notice": "soon""#);
        assert_eq!(kind, ProblemKind::BadDuration);
        assert_eq!(message, "`notice` is not a length of time: `soon`");
        assert_eq!(help, "write it with its unit, as in \"72 hours\" or \"PT72H\"");
        let (_, message, _) = mixed(r#""notice": "99999999999 hours""#);
        assert_eq!(message, "`notice` is longer than the calendar: `99999999999 hours`");
        let (kind, message, help) = mixed(r#""notice": 72"#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`notice` must be a length of time, and is a number");
        assert_eq!(help, "write it with its unit, as in \"72 hours\" or \"PT72H\"");
    }
}
