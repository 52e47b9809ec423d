//! Section 2.1: working days, days of a month, and deferral. 1 January 2024 was a Monday.

use super::{Case, Row, evaluate};

meaning! {
    /// Day 0 is that of the trigger; the N-th working day after it counts as a whole, and holidays are passed over.
    working_days_end_with_their_day {
        "working days monday to friday holidays 2024-01-08"
        "when attack a US must ensure answer r where r.id == a.id within 2 working days"
        "2024-01-05T10:00:00Z attack id=A
         2024-01-10T23:59:59.999999999Z answer id=A level=low
         2024-01-05T10:00:00Z attack id=B
         2024-01-11T00:00:00Z answer id=B level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) met: 2024-01-05T10:00:00Z .. 2024-01-11T00:00:00Z met at 2024-01-10T23:59:59.999999999Z"
         "(line 3) violated: 2024-01-05T10:00:00Z .. 2024-01-11T00:00:00Z late at 2024-01-11T00:00:00Z after 0"]
    }

    /// Whether day 0 is a working day makes no difference: the first working day after it is the first that counts.
    a_trigger_on_a_free_day {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 1 working day"
        "2024-01-05T00:00:00Z attack id=A
         2024-01-05T23:59:59.999999999Z attack id=B
         2024-01-06T00:00:00Z attack id=C
         2024-01-07T23:59:59.999999999Z attack id=D
         2024-01-08T00:00:00Z attack id=E"
        as_of "2024-01-08T23:59:59.999999999Z"
        ["(line 1) open: 2024-01-05T00:00:00Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 2) open: 2024-01-05T23:59:59.999999999Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 3) open: 2024-01-06T00:00:00Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 4) open: 2024-01-07T23:59:59.999999999Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 5) open: 2024-01-08T00:00:00Z .. 2024-01-10T00:00:00Z open after 0"]
    }

    /// Days are those of the agreement's zone: 22:30 in UTC is half past midnight of the Friday in Kyiv.
    working_days_are_of_the_zone {
        "time zone \"Europe/Kyiv\" working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 1 working day"
        "2024-01-04T21:59:59Z attack id=A
         2024-01-04T22:30:00Z attack id=B"
        as_of "2024-01-05T00:00:00Z"
        ["(line 1) open: 2024-01-04T21:59:59Z .. 2024-01-05T22:00:00Z open after 0"
         "(line 2) open: 2024-01-04T22:30:00Z .. 2024-01-08T22:00:00Z open after 0"]
    }

    /// Any days of the week can be working days, and a range goes on over the end of the week.
    other_weeks {
        "working days saturday to monday, wednesday"
        "when attack a US must ensure answer r where r.id == a.id within 3 working days"
        "2024-01-05T10:00:00Z attack id=A
         2024-01-07T10:00:00Z attack id=B"
        as_of "2024-01-08T00:00:00Z"
        ["(line 1) open: 2024-01-05T10:00:00Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 2) open: 2024-01-07T10:00:00Z .. 2024-01-14T00:00:00Z open after 0"]
    }

    /// `of x.field`: day 0 is that of the instant in the field; where it is absent the duty is unknown.
    working_days_of_a_field {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 1 working day of a.at"
        "2024-01-10T10:00:00Z attack id=A at=2024-01-08T10:00:00Z
         2024-01-10T10:00:00Z attack id=B at=2024-01-09T10:00:00Z
         2024-01-10T10:00:00Z attack id=C"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) violated: 2024-01-10T10:00:00Z .. 2024-01-10T00:00:00Z missed after 0"
         "(line 2) violated: 2024-01-10T10:00:00Z .. 2024-01-11T00:00:00Z missed after 0"
         "(line 3) unknown: 2024-01-10T10:00:00Z .. unknown"]
    }

    /// A deadline falls on the day of its last instant in time: the first instant of Saturday, but the end of Friday is not on Saturday.
    what_falls_on_a_free_day_is_deferred {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 24 hours deferred to the next working day"
        "2024-01-04T23:59:59.999999999Z attack id=A
         2024-01-05T00:00:00Z attack id=B
         2024-01-06T23:59:59.999999999Z attack id=C
         2024-01-07T00:00:00Z attack id=D"
        as_of "2024-01-07T00:00:00Z"
        ["(line 1) violated: 2024-01-04T23:59:59.999999999Z ..= 2024-01-05T23:59:59.999999999Z missed after 0"
         "(line 2) open: 2024-01-05T00:00:00Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 3) open: 2024-01-06T23:59:59.999999999Z .. 2024-01-09T00:00:00Z open after 0"
         "(line 4) open: 2024-01-07T00:00:00Z ..= 2024-01-08T00:00:00Z open after 0"]
    }

    /// ... and the end of a day is on that day.
    the_end_of_a_day_falls_on_it {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id by 2024-01-05 deferred to the next working day"
        "2024-01-04T10:00:00Z attack id=A
         2024-01-08T10:00:00Z answer id=A level=low"
        as_of "2024-01-09T00:00:00Z"
        ["(line 1) violated: 2024-01-04T10:00:00Z .. 2024-01-06T00:00:00Z late at 2024-01-08T10:00:00Z after 0"]
    }

    /// `by DATE` on a free day runs to the end of the next working day.
    a_date_is_deferred {
        "working days monday to friday holidays 2024-01-08"
        "when attack a US must ensure answer r where r.id == a.id by 2024-01-06 deferred to the next working day"
        "2024-01-04T10:00:00Z attack id=A
         2024-01-09T23:59:59.999999999Z answer id=A level=low"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) met: 2024-01-04T10:00:00Z .. 2024-01-10T00:00:00Z met at 2024-01-09T23:59:59.999999999Z"]
    }

    /// A time of day is itself in time.
    deferred_to_a_time_of_day {
        "time zone \"Europe/Kyiv\" working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 72 hours deferred to noon of the next working day"
        "2024-01-04T10:00:00Z attack id=A
         2024-01-08T10:00:00Z answer id=A level=low
         2024-01-04T10:00:00Z attack id=B
         2024-01-08T10:00:00.000000001Z answer id=B level=low
         2024-01-09T20:00:00Z attack id=C"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) met: 2024-01-04T10:00:00Z ..= 2024-01-08T10:00:00Z met at 2024-01-08T10:00:00Z"
         "(line 3) violated: 2024-01-04T10:00:00Z ..= 2024-01-08T10:00:00Z late at 2024-01-08T10:00:00.000000001Z after 0"
         "(line 5) open: 2024-01-09T20:00:00Z ..= 2024-01-12T20:00:00Z open after 0"]
    }

    /// Each of several clocks is deferred by itself, and then the earliest decides.
    one_of_two_clocks_is_deferred {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 24 hours deferred to noon of the next working day and within 4 days"
        "2024-01-05T00:00:00Z attack id=A
         2024-01-05T20:00:00Z attack id=B"
        as_of "2024-01-05T20:00:00Z"
        ["(line 1) open: 2024-01-05T00:00:00Z ..= 2024-01-08T12:00:00Z open after 0"
         "(line 2) open: 2024-01-05T20:00:00Z ..= 2024-01-08T12:00:00Z open after 0"]
    }

    /// The month that counts is the one after that of the trigger, whatever day of it the trigger is on; the whole day is in time.
    the_first_day_of_the_month_after {
        ""
        "when attack a US must ensure answer r where r.id == a.id by the first day of the month after"
        "2024-01-01T00:00:00Z attack id=A
         2024-01-31T23:59:59.999999999Z attack id=B
         2024-02-01T00:00:00Z attack id=C
         2024-02-01T23:59:59.999999999Z answer id=A level=low
         2024-02-02T00:00:00Z answer id=B level=low"
        as_of "2024-02-02T00:00:00Z"
        ["(line 1) met: 2024-01-01T00:00:00Z .. 2024-02-02T00:00:00Z met at 2024-02-01T23:59:59.999999999Z"
         "(line 2) violated: 2024-01-31T23:59:59.999999999Z .. 2024-02-02T00:00:00Z late at 2024-02-02T00:00:00Z after 0"
         "(line 3) open: 2024-02-01T00:00:00Z .. 2024-03-02T00:00:00Z open after 0"]
    }

    /// `the last day of the second month after`, counted from a field, in a leap year.
    the_last_day_of_the_second_month_after {
        "time zone \"Europe/Kyiv\""
        "when attack a US must ensure answer r where r.id == a.id by the last day of the second month after a.at"
        "2024-01-10T00:00:00Z attack id=A at=2023-12-31T21:59:59Z
         2024-01-10T00:00:00Z attack id=B at=2023-12-31T22:00:00Z"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z .. 2024-02-29T22:00:00Z open after 0"
         "(line 2) open: 2024-01-10T00:00:00Z .. 2024-03-31T21:00:00Z open after 0"]
    }

    /// The first of September 2024 was a Sunday, and 2 September is a holiday here.
    a_day_of_a_month_is_deferred {
        "working days monday to friday holidays 2024-09-02"
        "when attack a US must ensure answer r where r.id == a.id by the first day of the month after deferred to the next working day"
        "2024-08-10T00:00:00Z attack id=A"
        as_of "2024-08-10T00:00:00Z"
        ["(line 1) open: 2024-08-10T00:00:00Z .. 2024-09-04T00:00:00Z open after 0"]
    }

    /// Without a trigger all of these count from the start of the term: here a Friday.
    from_the_start_of_the_term {
        "in force from 2024-01-05 working days monday to friday"
        "US must ensure answer within 2 working days"
        "2024-01-10T00:00:00Z answer id=A level=low"
        as_of "2024-01-10T00:00:00Z"
        ["(term) violated: 2024-01-05T00:00:00Z .. 2024-01-10T00:00:00Z late at 2024-01-10T00:00:00Z after 0"]
    }

    /// ... deferred ...
    deferred_from_the_start_of_the_term {
        "in force from 2024-01-05 working days monday to friday"
        "US must ensure answer within 24 hours deferred to 09:30 of the next working day"
        "2024-01-08T09:30:00Z answer id=A level=low"
        as_of "2024-01-10T00:00:00Z"
        ["(term) met: 2024-01-05T00:00:00Z ..= 2024-01-08T09:30:00Z met at 2024-01-08T09:30:00Z"]
    }

    /// ... and to the first day of a month.
    a_month_from_the_start_of_the_term {
        "in force from 2024-01-05"
        "US must avoid answer by the first day of the second month after"
        "2024-03-02T00:00:00Z answer id=A level=low"
        as_of "2024-03-02T00:00:00Z"
        ["(term) met: 2024-01-05T00:00:00Z .. 2024-03-02T00:00:00Z met"]
    }

    /// A repair counts from the breach: what was due by the end of Friday is broken at the start of Saturday, which is day 0.
    a_repair_in_working_days {
        "working days monday to friday"
        "when attack a US must ensure answer r where r.id == a.id within 1 working day otherwise US must ensure tick within 1 working day"
        "2024-01-04T10:00:00Z attack id=A
         2024-01-08T10:00:00Z attack id=B"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) violated: 2024-01-04T10:00:00Z .. 2024-01-06T00:00:00Z missed after 0; otherwise 2024-01-06T00:00:00Z .. 2024-01-09T00:00:00Z missed after 0"
         "(line 2) violated: 2024-01-08T10:00:00Z .. 2024-01-10T00:00:00Z missed after 0; otherwise 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z open after 0"]
    }

    /// What is avoided for working days is avoided until the last of them is over.
    avoided_for_working_days {
        "working days monday to friday"
        "when attack a US must avoid shot within 1 working day"
        "2024-01-05T10:00:00Z attack id=A
         2024-01-08T23:59:59.999999999Z shot id=X
         2024-01-09T10:00:00Z attack id=B
         2024-01-11T00:00:00Z shot id=Y"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) violated: 2024-01-05T10:00:00Z .. 2024-01-09T00:00:00Z broken at 2024-01-08T23:59:59.999999999Z and 0 more"
         "(line 3) met: 2024-01-09T10:00:00Z .. 2024-01-11T00:00:00Z met"]
    }
}
