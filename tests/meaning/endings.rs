//! Section 4.3: `until` and `before`, events that end the time of a duty.

use super::{Case, Row, evaluate};

meaning! {
    /// "Its instant is not in it": what happens with the event is allowed.
    until_leaves_out_the_instant_of_its_event {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must avoid answer r where r.id == a.id until shot s where s.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T05:00:00Z shot id=A
         2024-01-10T05:00:00Z answer id=A level=low
         2024-01-10T04:59:59.999999999Z answer id=B level=low
         2024-01-10T05:00:00Z shot id=B
         2024-01-10T06:00:00Z answer id=B level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-10T05:00:00Z met"
         "(line 2) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T04:59:59.999999999Z and 0 more"
         "(line 3) open: 2024-01-10T00:00:00Z .. open after 0"]
    }

    /// An event at the instant of the opening leaves the duty no time; one before it ends nothing.
    until_an_event_that_comes_with_the_trigger {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must avoid attack x until shot"
        "2024-01-09T00:00:00Z shot id=A
         2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z attack id=A
         2024-01-11T00:00:00Z shot id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 2) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T00:00:00Z and 0 more"
         "(line 3) met: 2024-01-11T00:00:00Z .. 2024-01-11T00:00:00Z met"]
    }

    /// With a length, the earlier end decides.
    until_within_a_length {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must avoid answer r where r.id == a.id within 2 hours until shot s where s.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T01:00:00Z shot id=A
         2024-01-10T01:30:00Z answer id=A level=low
         2024-01-10T02:00:00Z answer id=B level=low
         2024-01-10T03:00:00Z shot id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-10T01:00:00Z met"
         "(line 2) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T02:00:00Z and 0 more"]
    }

    /// Without trigger the duty is owed from the start of the term until such an event of the term.
    until_ends_a_duty_of_the_term {
        "in force from 2024-01-10 for 1 month"
        "US must avoid answer until shot s where not s.at_night"
        "2024-01-09T00:00:00Z shot id=A at_night=false
         2024-01-10T00:00:00Z answer id=A level=low
         2024-01-11T00:00:00Z shot id=A
         2024-01-12T00:00:00Z answer id=A level=low
         2024-01-13T00:00:00Z shot id=A at_night=false
         2024-01-13T00:00:00Z answer id=A level=low"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T00:00:00Z and 0 more by line 2"
         "(term) unknown: 2024-01-10T00:00:00Z .. unknown for line 4"]
    }

    /// An interval ends with the event, and one in which it cannot be told whether the duty is owed is unknown.
    maintain_until {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must maintain alert == low until shot s where s.at_night"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z alarm level=high drill=false
         2024-01-12T00:00:00Z shot id=A
         2024-01-13T00:00:00Z alarm level=low drill=false
         2024-01-14T00:00:00Z alarm level=mid drill=false
         2024-01-15T00:00:00Z shot id=A at_night=true
         2024-01-16T00:00:00Z alarm level=high drill=false"
        as_of "2024-01-17T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-11T00:00:00Z to 2024-01-12T00:00:00Z"
         "(line 1) unknown: 2024-01-10T00:00:00Z .. unknown from 2024-01-12T00:00:00Z to 2024-01-13T00:00:00Z"
         "(line 1) unknown: 2024-01-10T00:00:00Z .. unknown from 2024-01-14T00:00:00Z to 2024-01-15T00:00:00Z"]
    }

    /// A change at the instant of the event comes too late to break it.
    maintain_until_an_event_that_comes_with_a_change {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must maintain alert == low until shot"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z alarm level=high drill=false
         2024-01-11T00:00:00Z shot id=A"
        as_of "2024-01-17T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z met"]
    }

    /// `before E`: an answer at E's instant is late; without E the duty stays open.
    before_leaves_out_the_instant_of_its_event {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must ensure answer r where r.id == a.id before shot s where s.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:00:00Z attack id=D
         2024-01-11T00:00:00Z answer id=A level=low
         2024-01-11T00:00:00Z shot id=A
         2024-01-10T23:59:59.999999999Z answer id=B level=low
         2024-01-11T00:00:00Z shot id=B
         2024-01-11T00:00:00Z shot id=D"
        as_of "2024-02-11T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z late at 2024-01-11T00:00:00Z after 0"
         "(line 2) met: 2024-01-10T00:00:00Z .. met at 2024-01-10T23:59:59.999999999Z"
         "(line 3) open: 2024-01-10T00:00:00Z .. open after 0"
         "(line 4) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0"]
    }

    /// A repair counts from the event that ended the time, and its window starts there.
    before_opens_its_repair_at_the_event {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must ensure answer within 2 days and before shot
         otherwise US must ensure tick within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z shot id=A
         2024-01-11T00:00:00Z tick id=T
         2024-01-20T00:00:00Z attack id=A
         2024-01-22T00:00:00Z shot id=A
         2024-01-30T00:00:00Z attack id=A
         2024-02-01T00:00:00.000000001Z tick id=T"
        as_of "2024-02-02T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z met at 2024-01-11T00:00:00Z"
         "(line 4) violated: 2024-01-20T00:00:00Z .. 2024-01-22T00:00:00Z missed after 0; otherwise 2024-01-22T00:00:00Z ..= 2024-01-22T01:00:00Z late at 2024-02-01T00:00:00.000000001Z after 0"
         "(line 6) repaired: 2024-01-30T00:00:00Z ..= 2024-02-01T00:00:00Z missed after 0; otherwise 2024-02-01T00:00:00Z ..= 2024-02-01T01:00:00Z met at 2024-02-01T00:00:00.000000001Z"]
    }

    /// After an event of which it is unknown, what answers may come too late: unknown where that decides.
    before_an_event_that_may_have_come {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must ensure answer r where r.id == a.id before shot s where s.at_night and s.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-11T00:00:00Z shot id=A
         2024-01-11T00:00:00Z shot id=B
         2024-01-12T00:00:00Z answer id=A level=low
         2024-01-13T00:00:00Z shot id=A at_night=true
         2024-01-13T00:00:00Z shot id=B at_night=true
         2024-01-14T00:00:00Z answer id=B level=low"
        as_of "2024-01-15T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 2) violated: 2024-01-10T00:00:00Z .. 2024-01-13T00:00:00Z late at 2024-01-14T00:00:00Z after 0"]
    }

    /// A repair may have such an end too; the event that broke the duty before is at its instant, and may end it.
    a_repair_until_an_event {
        "in force from 2024-01-01 for 1 year"
        "US must avoid attack a where a.id == \"A\"
         otherwise US must avoid attack b until shot"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z shot id=A
         2024-01-11T00:00:00Z attack id=A
         2024-01-11T01:00:00Z shot id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(term) repaired: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z broken at 2024-01-10T00:00:00Z and 0 more by line 1; otherwise 2024-01-10T00:00:00Z .. 2024-01-10T00:00:00Z met"
         "(term) violated: 2024-01-01T00:00:00Z .. 2025-01-01T00:00:00Z broken at 2024-01-11T00:00:00Z and 0 more by line 3; otherwise 2024-01-11T00:00:00Z .. broken at 2024-01-11T00:00:00Z and 0 more"]
    }

    /// A repair that is over as it opens has kept its duty, whatever releases at that instant.
    a_repair_that_is_over_as_it_opens_is_not_released {
        "in force from 2024-01-10 for 1 month"
        "US must ensure answer before shot
         otherwise US must maintain alert == mid until shot
         waived by tick"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T00:00:00Z tick id=T"
        as_of "2024-01-12T00:00:00Z"
        ["(term) repaired: 2024-01-10T00:00:00Z .. 2024-01-10T00:00:00Z missed after 0; otherwise 2024-01-10T00:00:00Z .. 2024-01-10T00:00:00Z met"]
    }

    /// "A duty that is over is not released": an end and a release at one instant.
    an_end_comes_before_a_release {
        "in force from 2024-01-01 for 1 year"
        "when attack a US must ensure answer before shot
         waived by tick"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z shot id=A
         2024-01-11T00:00:00Z tick id=T"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0"]
    }

    /// A figure is held to a ceiling until the event, and what comes with it does not count.
    a_ceiling_until_an_event {
        ""
        "when attack a US must avoid total s.sum of spent s more than 2 until tick t where t.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-11T00:00:00Z spent by=US sum=2
         2024-01-12T00:00:00Z tick id=A
         2024-01-12T00:00:00Z spent by=US sum=1"
        as_of "2024-01-13T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met"
         "(line 2) violated: 2024-01-10T00:00:00Z .. beyond at 2024-01-12T00:00:00Z: 3000000000 against 2000000000"]
    }

    /// It reaches a floor before the event, or else it is broken then, and a repair counts from there.
    a_floor_before_an_event {
        ""
        "when attack US must ensure total s.sum of spent s at least 2 within 5 days and before tick t otherwise US must ensure answer within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z spent by=US sum=1
         2024-01-12T00:00:00Z tick id=T
         2024-01-12T00:00:00Z spent by=US sum=1
         2024-01-13T00:00:00Z answer id=A level=low"
        as_of "2024-01-14T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z .. beyond at 2024-01-12T00:00:00Z: 1000000000 against 2000000000; otherwise 2024-01-12T00:00:00Z ..= 2024-01-13T00:00:00Z met at 2024-01-13T00:00:00Z"]
    }

    /// From an event that may end it on, each event may count or not.
    a_figure_that_may_have_ended {
        ""
        "US must avoid distinct s.sum of spent s more than 1 until signal s where s.name == \"end\""
        "2024-01-10T00:00:00Z spent by=US sum=1
         2024-01-11T00:00:00Z signal on=true
         2024-01-12T00:00:00Z spent by=US sum=2
         2024-01-13T00:00:00Z signal on=true name=end"
        as_of "2024-01-14T00:00:00Z"
        ["(term) unknown: .. unknown"]
    }
}
