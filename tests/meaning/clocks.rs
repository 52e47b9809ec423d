//! Section 4.3: deadlines.

use super::{Case, Row, evaluate};

meaning! {
    /// Of several clocks the earliest decides: here the first ...
    the_first_of_two_clocks {
        ""
        "when attack a US must ensure answer r within 4 hours and within 24 hours of a.at"
        "2024-01-10T00:00:00Z attack id=A at=2024-01-10T00:00:00Z
         2024-01-10T04:00:00Z answer id=A level=low
         2024-01-11T00:00:00Z attack id=A at=2024-01-11T00:00:00Z
         2024-01-11T04:00:00.000000001Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T04:00:00Z met at 2024-01-10T04:00:00Z"
         "(line 3) violated: 2024-01-11T00:00:00Z ..= 2024-01-11T04:00:00Z late at 2024-01-11T04:00:00.000000001Z after 0"]
    }

    /// ... and here the second, which has run out before the duty was opened.
    the_second_of_two_clocks {
        ""
        "when attack a US must ensure answer r within 4 hours and within 24 hours of a.at"
        "2024-01-10T00:00:00Z attack id=A at=2024-01-09T01:00:00Z
         2024-01-10T01:00:00Z answer id=A level=low
         2024-01-11T00:00:00Z attack id=A at=2024-01-09T00:00:00Z
         2024-01-11T00:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T01:00:00Z"
         "(line 3) violated: 2024-01-11T00:00:00Z ..= 2024-01-10T00:00:00Z late at 2024-01-11T00:00:00Z after 0"]
    }

    /// Where two clocks run out at one instant, the one whose due time is not in the window decides.
    two_clocks_that_run_out_together {
        ""
        "when attack a US must ensure answer r within 24 hours and by 2024-01-10"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z late at 2024-01-11T00:00:00Z after 0"]
    }

    /// A clock whose field is absent makes the duty unknown, however early the others run out.
    a_clock_that_cannot_be_read {
        ""
        "when attack a US must ensure answer r within 0 seconds and within 24 hours of a.at"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// A repair can have several clocks too, each counted from the breach or from its field.
    a_repair_with_two_clocks {
        ""
        "when attack a US must ensure answer r within 1 hour otherwise US must ensure tick within 72 hours of a.time and within 3 days"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-13T00:00:00Z tick id=A"
        as_of "2024-01-13T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-13T00:00:00Z met at 2024-01-13T00:00:00Z"]
    }

    /// `at least D before`: up to t - D, that instant included, however early and whatever the term.
    at_least_before {
        "in force from 2024-01-10"
        "when attack a US must ensure answer r where r.id == a.id at least 72 hours before"
        "2024-01-07T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00.000000001Z answer id=B level=low
         2024-01-13T00:00:00Z attack id=B
         2024-01-20T00:00:00Z attack id=A
         2024-01-20T00:00:00Z attack id=C"
        as_of "2024-01-20T00:00:00Z"
        ["(line 2) met: 2024-01-10T00:00:00Z ..= 2024-01-07T00:00:00Z met at 2024-01-07T00:00:00Z"
         "(line 4) violated: 2024-01-13T00:00:00Z ..= 2024-01-10T00:00:00Z not before with 0"
         "(line 5) met: 2024-01-20T00:00:00Z ..= 2024-01-17T00:00:00Z met at 2024-01-07T00:00:00Z"
         "(line 6) violated: 2024-01-20T00:00:00Z ..= 2024-01-17T00:00:00Z not before with 0"]
    }

    /// The count is completed by the earliest events, and those that are too late do not count.
    at_least_before_counts {
        ""
        "when attack a US must ensure at least 2 answer r where r.id == a.id at least 1 day before"
        "2024-01-01T00:00:00Z answer id=A level=low
         2024-01-02T00:00:00Z answer id=A level=low
         2024-01-02T12:00:00Z attack id=A
         2024-01-03T00:00:00Z attack id=A
         2024-01-04T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 3) violated: 2024-01-02T12:00:00Z ..= 2024-01-01T12:00:00Z not before with 1"
         "(line 4) met: 2024-01-03T00:00:00Z ..= 2024-01-02T00:00:00Z met at 2024-01-02T00:00:00Z"
         "(line 6) met: 2024-01-10T00:00:00Z ..= 2024-01-09T00:00:00Z met at 2024-01-02T00:00:00Z"]
    }

    /// What is compared with the trigger in another way than by `==` decides which events count, early and late.
    at_least_before_with_a_comparison {
        ""
        "when attack a US must ensure answer r where r.id == a.id and r.by == a.against at least 1 day before"
        "2024-01-01T00:00:00Z answer id=A by=UA level=low
         2024-01-02T00:00:00Z answer id=A by=US level=low
         2024-01-03T00:00:00Z attack id=A against=US
         2024-01-03T00:00:00Z attack id=A against=UA
         2024-01-03T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 3) met: 2024-01-03T00:00:00Z ..= 2024-01-02T00:00:00Z met at 2024-01-02T00:00:00Z"
         "(line 4) met: 2024-01-03T00:00:00Z ..= 2024-01-02T00:00:00Z met at 2024-01-01T00:00:00Z"
         "(line 5) unknown: 2024-01-03T00:00:00Z .. unknown"]
    }

    /// Unknown events complete a count only as unknown, and not where certain ones do.
    before_with_unknown_events {
        ""
        "when attack a US must ensure at least 2 answer r where r.id == a.id and r.by == US at least 1 day before"
        "2024-01-01T00:00:00Z answer id=A level=low
         2024-01-02T00:00:00Z answer id=A by=US level=low
         2024-01-03T00:00:00Z attack id=A
         2024-01-04T00:00:00Z answer id=A by=US level=low
         2024-01-05T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 3) unknown: 2024-01-03T00:00:00Z .. unknown"
         "(line 5) met: 2024-01-05T00:00:00Z ..= 2024-01-04T00:00:00Z met at 2024-01-04T00:00:00Z"]
    }

    /// `between D and E before`: both ends included, in either order of the two.
    between_before {
        ""
        "when attack a US must ensure answer r where r.id == a.id between 3 days and 1 day before"
        "2024-01-07T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00.000000001Z attack id=A
         2024-01-12T00:00:00Z answer id=B level=low
         2024-01-12T23:59:59.999999999Z attack id=B
         2024-01-13T00:00:00Z attack id=B"
        as_of "2024-01-20T00:00:00Z"
        ["(line 2) met: 2024-01-10T00:00:00Z ..= 2024-01-09T00:00:00Z met at 2024-01-07T00:00:00Z"
         "(line 3) violated: 2024-01-10T00:00:00.000000001Z ..= 2024-01-09T00:00:00.000000001Z not before with 0"
         "(line 5) violated: 2024-01-12T23:59:59.999999999Z ..= 2024-01-11T23:59:59.999999999Z not before with 0"
         "(line 6) met: 2024-01-13T00:00:00Z ..= 2024-01-12T00:00:00Z met at 2024-01-12T00:00:00Z"]
    }

    /// `within D before`: [t - D, t], both ends included; an event of the trigger's time point counts wherever its line stands.
    within_before {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 3 days before"
        "2024-01-07T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00.000000001Z attack id=A
         2024-01-13T00:00:00Z attack id=B
         2024-01-13T00:00:00Z answer id=B level=low"
        as_of "2024-01-20T00:00:00Z"
        ["(line 2) met: 2024-01-10T00:00:00Z ..= 2024-01-10T00:00:00Z met at 2024-01-07T00:00:00Z"
         "(line 3) violated: 2024-01-10T00:00:00.000000001Z ..= 2024-01-10T00:00:00.000000001Z not before with 0"
         "(line 4) met: 2024-01-13T00:00:00Z ..= 2024-01-13T00:00:00Z met at 2024-01-13T00:00:00Z"]
    }

    /// The trigger itself may be what is owed before it.
    within_before_by_the_trigger_itself {
        ""
        "when attack a US must ensure attack b where b.id == a.id within 1 day before"
        "2024-01-07T00:00:00Z attack id=A"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) met: 2024-01-07T00:00:00Z ..= 2024-01-07T00:00:00Z met at 2024-01-07T00:00:00Z"]
    }

    /// D is subtracted in the agreement's zone: a day before Kyiv's clocks change has 23 hours.
    a_day_before_in_the_zone {
        r#"time zone "Europe/Kyiv""#
        "when attack a US must ensure answer r where r.id == a.id at least 1 day before"
        "2024-03-30T12:00:00+02:00 answer id=A level=low
         2024-03-31T12:00:00+03:00 attack id=A
         2024-03-31T11:59:59+03:00 attack id=A"
        as_of "2024-04-20T00:00:00Z"
        ["(line 2) met: 2024-03-31T09:00:00Z ..= 2024-03-30T10:00:00Z met at 2024-03-30T10:00:00Z"
         "(line 3) violated: 2024-03-31T08:59:59Z ..= 2024-03-30T09:59:59Z not before with 0"]
    }

    /// A repair counts from t, and its window starts there.
    a_repair_of_what_was_not_done_before {
        ""
        "when attack a US must ensure answer r where r.id == a.id at least 1 day before otherwise US must ensure tick k where k.id == a.id within 1 hour"
        "2024-01-07T00:00:00Z attack id=A
         2024-01-07T00:00:00Z tick id=A
         2024-01-08T00:00:00Z attack id=B
         2024-01-08T01:00:00.000000001Z tick id=B"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) repaired: 2024-01-07T00:00:00Z ..= 2024-01-06T00:00:00Z not before with 0; otherwise 2024-01-07T00:00:00Z ..= 2024-01-07T01:00:00Z met at 2024-01-07T00:00:00Z"
         "(line 3) violated: 2024-01-08T00:00:00Z ..= 2024-01-07T00:00:00Z not before with 0; otherwise 2024-01-08T00:00:00Z ..= 2024-01-08T01:00:00Z late at 2024-01-08T01:00:00.000000001Z after 0"]
    }

    /// What lies before the year 1 is no time at all.
    before_the_year_1 {
        ""
        "when attack a US must ensure answer r where r.id == a.id at least 1 day before"
        "0001-01-01T00:00:00Z answer id=A level=low
         0001-01-01T12:00:00Z attack id=A"
        as_of "0001-01-20T00:00:00Z"
        ["(line 2) violated: 0001-01-01T12:00:00Z .. not before with 0"]
    }

    /// A late act for which the condition is true is excused, and owes no repair from then on.
    a_late_act_is_excused {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == a.against otherwise US must ensure tick within 1 day"
        "2024-01-10T00:00:00Z attack id=A against=UA
         2024-01-10T01:00:00.000000001Z answer id=A by=UA level=low
         2024-01-10T02:00:00Z tick id=A
         2024-01-11T00:00:00Z attack id=B against=UA
         2024-01-11T02:00:00Z answer id=B by=US level=low
         2024-01-11T02:30:00Z answer id=B by=UA level=low"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T01:00:00.000000001Z after 0, excused"
         "(line 4) violated: 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z late at 2024-01-11T02:00:00Z after 0; otherwise 2024-01-11T01:00:00Z ..= 2024-01-12T01:00:00Z missed after 0"]
    }

    /// Until the late act comes, the duty is violated and its repair owed.
    a_missed_duty_that_may_still_be_excused {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == a.against otherwise US must ensure tick within 1 day"
        "2024-01-10T00:00:00Z attack id=A against=UA
         2024-01-10T02:00:00Z answer id=A by=UA level=low"
        as_of "2024-01-10T01:59:59Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-11T01:00:00Z open after 0"]
    }

    /// An excuse that cannot be told makes the instance unknown.
    an_excuse_that_cannot_be_told {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must ensure tick within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z answer id=A level=low"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T02:00:00Z after 0, perhaps excused"]
    }

    /// A repair met before the late act leaves the instance repaired; one at the same instant is no longer owed.
    an_excuse_after_a_repair {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must ensure tick k where k.id == a.id within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z tick id=A
         2024-01-10T02:00:00.000000001Z answer id=A by=US level=low
         2024-01-11T00:00:00Z attack id=B
         2024-01-11T02:00:00Z tick id=B
         2024-01-11T02:00:00Z answer id=B by=US level=low"
        as_of "2024-01-20T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T02:00:00.000000001Z after 0, excused; otherwise 2024-01-10T01:00:00Z ..= 2024-01-11T01:00:00Z met at 2024-01-10T02:00:00Z"
         "(line 4) excused: 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z late at 2024-01-11T02:00:00Z after 0, excused"]
    }

    /// A repair kept by time that was over when the late act came is met; one whose time is not quite over is taken back.
    an_excuse_after_a_repair_that_time_met {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must avoid shot within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T01:00:00Z answer id=A by=US level=low
         2024-01-20T00:00:00Z attack id=B
         2024-01-21T01:00:00.000000001Z answer id=B by=US level=low"
        as_of "2024-02-20T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-11T01:00:00Z after 0, excused"
         "(line 3) repaired: 2024-01-20T00:00:00Z ..= 2024-01-20T01:00:00Z late at 2024-01-21T01:00:00.000000001Z after 0, excused; otherwise 2024-01-20T01:00:00Z ..= 2024-01-21T01:00:00Z met"]
    }

    /// A repair that is over before it opens is met when it opens: at the first instant after the breach it is not met before.
    an_excuse_after_a_repair_that_is_over_before_it_opens {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must avoid shot within 30 minutes of a.time"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00.000000001Z answer id=A by=US level=low
         2024-01-20T00:00:00Z attack id=B
         2024-01-20T01:00:00.000000002Z answer id=B by=US level=low"
        as_of "2024-02-20T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T01:00:00.000000001Z after 0, excused"
         "(line 3) repaired: 2024-01-20T00:00:00Z ..= 2024-01-20T01:00:00Z late at 2024-01-20T01:00:00.000000002Z after 0, excused; otherwise 2024-01-20T01:00:00Z ..= 2024-01-20T00:30:00Z met"]
    }

    /// A repair that is broken at the instant of the late act is taken back with what would be owed for it; one broken before is not.
    an_excuse_at_the_instant_a_repair_is_broken {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must avoid shot within 1 day otherwise US must avoid tick within 30 minutes of a.time"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z shot id=S
         2024-01-10T02:00:00Z answer id=A by=US level=low
         2024-01-20T00:00:00Z attack id=B
         2024-01-20T02:00:00Z shot id=T
         2024-01-20T02:00:00.000000001Z answer id=B by=US level=low"
        as_of "2024-02-20T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T02:00:00Z after 0, excused"
         "(line 4) repaired: 2024-01-20T00:00:00Z ..= 2024-01-20T01:00:00Z late at 2024-01-20T02:00:00.000000001Z after 0, excused; otherwise 2024-01-20T01:00:00Z ..= 2024-01-21T01:00:00Z broken at 2024-01-20T02:00:00Z and 0 more; otherwise 2024-01-20T02:00:00Z ..= 2024-01-20T00:30:00Z met"]
    }

    /// A broken repair, and the repair of it, are taken back too.
    an_excuse_after_a_broken_repair {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must ensure tick within 1 hour otherwise US must maintain alert == low within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T04:00:00Z answer id=A by=US level=low
         2024-01-10T05:00:00Z tick id=A
         2024-01-10T06:00:00Z alarm level=high drill=false"
        as_of "2024-02-20T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T04:00:00Z after 0, excused"]
    }

    /// A repair that was released at the instant of the late act leaves the instance waived.
    an_excuse_after_a_release {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour excused if r.by == US otherwise US must ensure shot within 1 day waived by tick k where k.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z tick id=A
         2024-01-10T02:00:00Z answer id=A by=US level=low"
        as_of "2024-02-20T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T02:00:00Z after 0, excused; otherwise 2024-01-10T01:00:00Z ..= 2024-01-11T01:00:00Z waived at 2024-01-10T02:00:00Z"]
    }

    /// The event that completes the count is the one that excuses.
    the_completing_event_excuses {
        "in force from 2024-01-10 for 1 year"
        "US must ensure at least 2 answer r by 2024-01-11 excused if r.by == US"
        "2024-01-10T00:00:00Z answer id=A by=UA level=low
         2024-01-12T00:00:00Z answer id=B by=US level=low"
        as_of "2024-02-20T00:00:00Z"
        ["(term) excused: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z late at 2024-01-12T00:00:00Z after 1, excused"]
    }
}
