//! Sections 4.8 to 4.10: windows, figures and groups.

use super::{Case, Row, evaluate};

meaning! {
    /// An event that is exactly D old is out of the window.
    an_event_leaves_when_it_is_as_old_as_the_window {
        "in force from 2024-01-01 for 1 year"
        "US must avoid more than 1 tick in any 2 hours"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T02:00:00Z tick id=B
         2024-01-10T03:59:59.999999999Z tick id=C"
        as_of "2024-01-10T04:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-10T03:59:59.999999999Z to 2024-01-10T04:00:00Z: 2 against 1"]
    }

    /// One violation is one maximal interval, however many events it has.
    one_interval_is_one_violation {
        "in force from 2024-01-01 for 1 year"
        "US must avoid more than 1 tick in any 2 hours"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T00:00:00Z tick id=B
         2024-01-10T01:00:00Z tick id=C
         2024-01-10T02:00:00Z tick id=D
         2024-01-11T00:00:00Z tick id=E
         2024-01-11T01:00:00Z tick id=F"
        as_of "2024-01-11T01:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-10T00:00:00Z to 2024-01-10T03:00:00Z: 2 against 1"
         "(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-11T01:00:00Z on: 2 against 1"]
    }

    /// e + D is computed in the zone, so that a later event can leave earlier: both of these leave on 29 February.
    with_a_month_a_later_event_can_leave_earlier {
        "in force from 2024-01-01 for 1 year"
        "US must avoid more than 1 tick in any 1 month"
        "2024-01-30T20:00:00Z tick id=A
         2024-01-31T10:00:00Z tick id=B
         2024-02-29T15:00:00Z tick id=C"
        as_of "2024-02-29T21:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-31T10:00:00Z to 2024-02-29T10:00:00Z: 2 against 1"
         "(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-02-29T15:00:00Z to 2024-02-29T20:00:00Z: 2 against 1"]
    }

    /// A floor is owed in whole windows: from the start of the term + D on.
    a_floor_is_owed_in_whole_windows {
        "in force from 2024-01-01 for 1 year"
        "US must ensure at least 1 tick in any 1 day"
        "2024-01-02T00:00:00.000000001Z tick id=A
         2024-01-03T00:00:00.000000001Z tick id=B"
        as_of "2024-01-03T12:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-02T00:00:00Z to 2024-01-02T00:00:00.000000001Z: 0 against 1"]
    }

    /// An interval ends with the window of the duty.
    an_interval_ends_with_the_term {
        "in force from 2024-01-01 for 2 days"
        "US must ensure at least 1 tick in any 1 day"
        ""
        as_of "2024-02-01T00:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2024-01-03T00:00:00Z beyond from 2024-01-02T00:00:00Z to 2024-01-03T00:00:00Z: 0 against 1"]
    }

    /// Where a count may exceed its ceiling the interval is unknown, and one follows the other.
    an_interval_can_be_unknown {
        "in force from 2024-01-01 for 1 year"
        "US must avoid more than 1 shot s where s.at_night in any 2 hours"
        "2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T01:00:00Z shot id=B
         2024-01-10T01:30:00Z shot id=C at_night=true"
        as_of "2024-01-10T12:00:00Z"
        ["(term) unknown: 2024-01-01T00:00:00Z .. unknown from 2024-01-10T01:00:00Z to 2024-01-10T01:30:00Z"
         "(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z beyond from 2024-01-10T01:30:00Z to 2024-01-10T02:00:00Z: 2 against 1"
         "(term) unknown: 2024-01-01T00:00:00Z .. unknown from 2024-01-10T02:00:00Z to 2024-01-10T03:00:00Z"]
    }

    /// A floor on a total is judged when the time is over: a correction can still undo it.
    a_floor_on_a_total_waits_for_the_end {
        "in force from 2024-01-01 for 1 year"
        "US must ensure total s.sum of spent s at least 10 in each 1 day to 2024-01-03"
        "2024-01-01T01:00:00Z spent by=US sum=12
         2024-01-01T02:00:00Z spent by=US sum=-3
         2024-01-02T00:00:00Z spent by=US sum=10"
        as_of "2024-01-03T00:00:00Z"
        ["(period 0 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z) violated: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z beyond at 2024-01-02T00:00:00Z: 9000000000 against 10000000000"
         "(period 1 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z) met: 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z met"
         "(period 2 2024-01-03T00:00:00Z .. 2024-01-04T00:00:00Z) open: 2024-01-03T00:00:00Z .. 2024-01-04T00:00:00Z open after 0"]
    }

    /// A ceiling is broken at the instant that exceeds it, with all events of that instant, whatever follows.
    a_ceiling_on_a_total_is_about_every_instant {
        "in force from 2024-01-01 for 1 year"
        "US must avoid total s.sum of spent s more than 10 in each 1 day to 2024-01-02"
        "2024-01-01T01:00:00Z spent by=US sum=11
         2024-01-01T01:00:00Z spent by=US sum=-1
         2024-01-02T01:00:00Z spent by=US sum=11
         2024-01-02T02:00:00Z spent by=US sum=-11"
        as_of "2024-01-03T00:00:00Z"
        ["(period 0 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z) met: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z met"
         "(period 1 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z) violated: 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z beyond at 2024-01-02T01:00:00Z: 11000000000 against 10000000000"]
    }

    /// Averages are compared as fractions: a third of ten is not 3.333333333.
    averages_are_not_rounded {
        "in force from 2024-01-01 for 1 year"
        "US must avoid average s.sum of spent s more than 3.333333333 in each 1 day to 2024-01-01"
        "2024-01-01T01:00:00Z spent by=US sum=3
         2024-01-01T02:00:00Z spent by=US sum=3
         2024-01-01T03:00:00Z spent by=US sum=4"
        as_of "2024-01-02T00:00:00Z"
        ["(period 0 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z) violated: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z beyond at 2024-01-02T00:00:00Z: 10000000000/3 against 3333333333"]
    }

    /// A figure without value keeps a ceiling ...
    a_figure_without_value_keeps_a_ceiling {
        "in force from 2024-01-01 for 1 day"
        "US must avoid highest s.sum of spent s more than 3"
        ""
        as_of "2024-01-02T00:00:00Z"
        ["(term) met: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z met"]
    }

    /// ... and leaves a floor unknown: there was nothing to measure.
    a_figure_without_value_leaves_a_floor_unknown {
        "in force from 2024-01-01 for 1 day"
        "US must ensure share of shot s with s.at_night at least 50 %"
        ""
        as_of "2024-01-02T00:00:00Z"
        ["(term) unknown: 2024-01-01T00:00:00Z .. unknown"]
    }

    /// A value that an event lacks may be any value: it makes no difference to a lowest value that is too low already.
    an_absent_value_may_be_any_value {
        "in force from 2024-01-01 for 2 days"
        "US must ensure lowest s.sum of spent s at least 3 in each 1 day"
        "2024-01-01T01:00:00Z spent by=US
         2024-01-01T02:00:00Z spent by=US sum=2.9
         2024-01-02T01:00:00Z spent by=US
         2024-01-02T02:00:00Z spent by=US sum=3"
        as_of "2024-01-03T00:00:00Z"
        ["(period 0 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z) violated: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z beyond at 2024-01-01T02:00:00Z: 2900000000 against 3000000000"
         "(period 1 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z) unknown: 2024-01-02T00:00:00Z .. unknown"]
    }

    /// A limit can be a part of another figure over the same time.
    a_limit_can_be_a_part_of_another_figure {
        "in force from 2024-01-01 for 1 day"
        "US must ensure total s.sum of spent s where s.by == US at least 0.25 % of total s.sum of spent s where s.by == UA"
        "2024-01-01T01:00:00Z spent by=US sum=2.499999999
         2024-01-01T02:00:00Z spent by=UA sum=1000"
        as_of "2024-01-02T00:00:00Z"
        ["(term) violated: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z beyond at 2024-01-02T00:00:00Z: 2499999999 against 2500000000"]
    }

    /// `for every party p`: an instance for each party, one without events included.
    for_every_party {
        "in force from 2024-01-01 for 1 day"
        "US and UA must ensure at least 1 spent s where s.by == p for every party p"
        "2024-01-01T01:00:00Z spent by=UA sum=1"
        as_of "2024-01-02T00:00:00Z"
        ["(key Party(PartyId(0))) violated: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z beyond at 2024-01-02T00:00:00Z: 0 against 1"
         "(key Party(PartyId(1))) met: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z met at 2024-01-01T01:00:00Z"]
    }

    /// `for every x.field`: a value is there from its first event on, in the whole of the period that it is in.
    for_every_value_of_a_field {
        "in force from 2024-01-01 for 2 days"
        "US must ensure at least 2 tick t for every t.id in each 1 day"
        "2024-01-01T01:00:00Z tick id=A
         2024-01-01T02:00:00Z tick id=A
         2024-01-02T02:00:00Z tick id=B"
        as_of "2024-01-03T00:00:00Z"
        ["(key A period 0 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z) met: 2024-01-01T00:00:00Z .. 2024-01-02T00:00:00Z met at 2024-01-01T02:00:00Z"
         "(key A period 1 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z) violated: 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z beyond at 2024-01-03T00:00:00Z: 0 against 2"
         "(key B period 1 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z) violated: 2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z beyond at 2024-01-03T00:00:00Z: 1 against 2"]
    }

    /// After a trigger a figure is about the time that is opened, both ends included, and a broken bound can be repaired.
    a_figure_after_a_trigger {
        ""
        "when attack a US must ensure total s.sum of spent s at least 5 within 2 hours otherwise US must ensure total s.sum of spent s at least 5 within 1 hour"
        "2024-01-01T00:00:00Z attack id=A
         2024-01-01T02:00:00Z spent by=US sum=4
         2024-01-01T03:00:00Z spent by=US sum=5"
        as_of "2024-01-01T04:00:00Z"
        ["(line 1) repaired: 2024-01-01T00:00:00Z ..= 2024-01-01T02:00:00Z beyond at 2024-01-01T02:00:00Z: 4000000000 against 5000000000; otherwise 2024-01-01T02:00:00Z ..= 2024-01-01T03:00:00Z met"]
    }
}
