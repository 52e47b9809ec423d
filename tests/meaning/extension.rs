//! Section 4.11: the extension of the term.

use super::{Case, Row, evaluate};

meaning! {
    /// What happens in the time that an extension adds is of the term: an agreement that is extended is judged as one that was concluded so.
    an_extension_moves_the_end {
        "in force from 2024-01-10 for 2 days extended by tick t where t.id == \"more\" for 1 day"
        "US must avoid shot"
        "2024-01-11T00:00:00Z tick id=more
         2024-01-12T23:59:59.999999999Z shot id=A
         2024-01-13T00:00:00Z shot id=B"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-13T00:00:00Z broken at 2024-01-12T23:59:59.999999999Z and 0 more by line 2"]
    }

    /// A nanosecond before the end it is in time ...
    an_extension_at_the_last_instant {
        "in force from 2024-01-10 for 2 days extended by tick for 1 day"
        "when attack US must ensure answer within 1 hour"
        "2024-01-11T23:59:59.999999999Z tick id=A
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:30:00Z"
        ["(line 2) open: 2024-01-12T00:00:00Z ..= 2024-01-12T01:00:00Z open after 0"]
    }

    /// ... and at the instant of the end it revives nothing.
    an_extension_at_the_end {
        "in force from 2024-01-10 for 2 days extended by tick for 1 day"
        "when attack US must ensure answer within 1 hour"
        "2024-01-09T23:59:59.999999999Z tick id=A
         2024-01-12T00:00:00Z tick id=A
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:30:00Z"
        []
    }

    /// A trigger at the instant of an extension, and one at the end that was, are of the term.
    extensions_add_up {
        "in force from 2024-01-10 for 2 days extended by tick for 1 day"
        "US must ensure at least 2 answer a"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-12T12:00:00Z tick id=B"
        as_of "2024-01-13T12:00:00Z"
        ["(term) open: 2024-01-10T00:00:00Z .. 2024-01-14T00:00:00Z open after 0"]
    }

    /// Of several at one instant the one that brings the latest end counts, each counted from the end in force before.
    extensions_at_one_instant {
        "in force from 2024-01-10 for 2 days extended by tick t where t.id != \"long\" for 1 day extended by tick t where t.id == \"long\" for 2 days"
        "US must ensure at least 2 answer a"
        "2024-01-10T00:00:00Z tick id=short
         2024-01-10T00:00:00Z tick id=long
         2024-01-10T00:00:00Z tick id=other"
        as_of "2024-01-10T12:00:00Z"
        ["(term) open: 2024-01-10T00:00:00Z .. 2024-01-14T00:00:00Z open after 0"]
    }

    /// To a day: that day is included. An end that is not later than the one in force changes nothing.
    an_extension_to_a_day {
        "in force from 2024-01-10 for 2 days time zone \"Europe/Kyiv\" extended by pact p to p.until"
        "US must ensure at least 1 answer a"
        "2024-01-10T00:00:00Z pact until=2024-01-11
         2024-01-10T06:00:00Z pact until=2024-01-14
         2024-01-10T12:00:00Z pact until=2024-01-12"
        as_of "2024-01-14T00:00:00Z"
        ["(term) open: 2024-01-09T22:00:00Z .. 2024-01-14T22:00:00Z open after 0"]
    }

    /// To an instant: the first one that is no longer of the term.
    an_extension_to_an_instant {
        "in force from 2024-01-10 for 2 days extended by accord a to a.until"
        "US must avoid shot"
        "2024-01-10T00:00:00Z accord until=2024-01-12T06:00:00Z
         2024-01-12T05:59:59.999999999Z shot id=A
         2024-01-12T06:00:00Z shot id=B"
        as_of "2024-01-12T06:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-12T06:00:00Z broken at 2024-01-12T05:59:59.999999999Z and 0 more by line 2"]
    }

    /// D is added to the end in force: 31 January and a month is 29 February, and a month after that is 29 March.
    an_extension_counts_from_the_end {
        "in force from 2024-01-31 for 1 month extended by tick for 1 month"
        "US must ensure at least 1 answer a"
        "2024-02-28T00:00:00Z tick id=A"
        as_of "2024-03-01T00:00:00Z"
        ["(term) open: 2024-01-31T00:00:00Z .. 2024-03-29T00:00:00Z open after 0"]
    }

    /// A last period that the old end cut owes its floor once an extension makes it whole, also for what came before the extension.
    a_period_that_is_made_whole {
        "in force from 2024-01-10 for 3 days extended by tick for 1 day"
        "US must ensure at least 1 answer in each 2 days"
        "2024-01-11T00:00:00Z answer id=A level=low
         2024-01-12T06:00:00Z answer id=B level=low
         2024-01-12T12:00:00Z tick id=A"
        as_of "2024-01-13T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-11T00:00:00Z"
         "(period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) met: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z met at 2024-01-12T06:00:00Z"]
    }

    /// ... and none as long as it is cut.
    a_period_that_stays_cut {
        "in force from 2024-01-10 for 3 days extended by tick for 12 hours"
        "US must ensure at least 1 answer in each 2 days"
        "2024-01-11T00:00:00Z answer id=A level=low
         2024-01-12T12:00:00Z tick id=A"
        as_of "2024-01-15T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-11T00:00:00Z"]
    }

    /// The breach is where it was, and so is the time of its repair, although only the extension makes them so.
    a_breach_before_the_extension {
        "in force from 2024-01-10 for 3 days extended by tick for 1 day"
        "US must ensure exactly 0 shot in each 2 days otherwise US must ensure answer within 12 hours"
        "2024-01-12T06:00:00Z shot id=A
         2024-01-12T07:00:00Z answer id=A level=low
         2024-01-12T12:00:00Z tick id=A"
        as_of "2024-01-12T12:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met"
         "(period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) repaired: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z broken at 2024-01-12T06:00:00Z and 0 more; otherwise 2024-01-12T06:00:00Z ..= 2024-01-12T18:00:00Z met at 2024-01-12T07:00:00Z"]
    }

    /// For every value by itself, released or not: a floor on a figure likewise.
    a_figure_in_a_period_that_is_made_whole {
        "in force from 2024-01-10 for 3 days extended by tick for 1 day"
        "US must ensure total s.sum of spent s at least 5 for every s.by in each 2 days"
        "2024-01-12T06:00:00Z spent by=UA sum=5
         2024-01-12T07:00:00Z spent by=US sum=1
         2024-01-12T12:00:00Z tick id=A"
        as_of "2024-01-14T00:00:00Z"
        ["(key Party(PartyId(0)) period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) violated: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z beyond at 2024-01-14T00:00:00Z: 1000000000 against 5000000000"
         "(key Party(PartyId(1)) period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) met: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z met"]
    }

    /// A notice keeps its end, which the end of the term no longer comes before.
    a_notice_before_an_extension {
        "in force from 2024-01-10 for 2 days terminated by tick t where t.id == \"end\" after 2 days extended by tick t where t.id == \"more\" for 2 days"
        "US must avoid shot"
        "2024-01-10T12:00:00Z tick id=end
         2024-01-11T00:00:00Z tick id=more
         2024-01-12T11:59:59Z shot id=A
         2024-01-12T12:00:00Z shot id=B"
        as_of "2024-01-13T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-14T00:00:00Z broken at 2024-01-12T11:59:59Z and 0 more by line 3"]
    }

    /// After an end that an event brought about, and at its instant, nothing is extended.
    an_extension_after_a_termination {
        "in force from 2024-01-10 for 2 days terminated by tick t where t.id == \"end\" extended by tick for 2 days"
        "US must ensure at least 1 answer a"
        "2024-01-10T12:00:00Z tick id=end
         2024-01-10T12:00:01Z tick id=more"
        as_of "2024-01-11T00:00:00Z"
        ["(term) waived: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z waived at 2024-01-10T12:00:00Z"]
    }

    /// A term is extended while the agreement is suspended, too.
    an_extension_in_a_suspension {
        "in force from 2024-01-10 for 2 days suspended by signal s where s.on resumed by signal s where not s.on extended by tick for 2 days"
        "US must avoid shot"
        "2024-01-10T12:00:00Z signal on=true
         2024-01-11T00:00:00Z tick id=more
         2024-01-12T00:00:00Z shot id=A
         2024-01-12T12:00:00Z signal on=false
         2024-01-13T00:00:00Z shot id=B"
        as_of "2024-01-13T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-14T00:00:00Z broken at 2024-01-13T00:00:00Z and 0 more by line 5"]
    }

    /// A window that was to start after the end starts if the term goes on until then.
    a_window_after_the_old_end {
        "in force from 2024-01-10 for 2 days extended by tick for 2 days"
        "US must avoid shot from 2024-01-13"
        "2024-01-11T00:00:00Z tick id=more
         2024-01-12T00:00:00Z shot id=A"
        as_of "2024-01-14T00:00:00Z"
        ["(term) met: 2024-01-13T00:00:00Z .. 2024-01-14T00:00:00Z met"]
    }

    /// Without an extension it has no instance.
    a_window_that_never_starts {
        "in force from 2024-01-10 for 2 days extended by tick for 2 days"
        "US must maintain alert == low from 2024-01-13"
        "2024-01-11T00:00:00Z alarm level=high drill=false
         2024-01-12T00:00:00Z tick id=late"
        as_of "2024-01-14T00:00:00Z"
        []
    }

    /// What the duty itself ends is over then, and what was decided before the extension keeps the due time that it was decided with.
    an_end_of_its_own {
        "in force from 2024-01-10 for 2 days extended by tick for 2 days"
        "US must avoid shot to 2024-01-12"
        "2024-01-10T12:00:00Z shot id=A
         2024-01-11T00:00:00Z tick id=more
         2024-01-12T23:00:00Z shot id=B
         2024-01-13T00:00:00Z shot id=C"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z broken at 2024-01-10T12:00:00Z and 0 more by line 1"
         "(term) violated: 2024-01-10T00:00:00Z .. 2024-01-13T00:00:00Z broken at 2024-01-12T23:00:00Z and 0 more by line 3"]
    }

    /// An interval goes on over the old end.
    maintain_over_the_old_end {
        "in force from 2024-01-10 for 2 days extended by tick for 1 day"
        "US must maintain alert == low"
        "2024-01-10T12:00:00Z alarm level=high drill=false
         2024-01-11T00:00:00Z tick id=more"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z broken from 2024-01-10T12:00:00Z to 2024-01-13T00:00:00Z"]
    }

    /// A floor in windows goes on being owed.
    windows_over_the_old_end {
        "in force from 2024-01-10 for 2 days extended by tick for 2 days"
        "US must ensure at least 1 answer in any 3 days"
        "2024-01-11T00:00:00Z tick id=more"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-14T00:00:00Z beyond from 2024-01-13T00:00:00Z to 2024-01-14T00:00:00Z: 0 against 1"]
    }

    /// A ceiling in a period that the old end cut counts on.
    a_ceiling_over_the_old_end {
        "in force from 2024-01-10 for 3 days extended by tick for 12 hours"
        "US must avoid more than 1 shot in each 2 days"
        "2024-01-12T00:00:00Z shot id=A
         2024-01-12T12:00:00Z tick id=more
         2024-01-13T06:00:00Z shot id=B
         2024-01-13T12:00:00Z shot id=C"
        as_of "2024-01-14T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met"
         "(period 1 2024-01-12T00:00:00Z .. 2024-01-13T12:00:00Z) violated: 2024-01-12T00:00:00Z .. 2024-01-13T12:00:00Z broken at 2024-01-13T06:00:00Z and 0 more"]
    }

    /// A clause that has ended alone is done with, whatever becomes of the term.
    an_extension_after_the_end_of_the_clause {
        "in force from 2024-01-10 for 2 days extended by tick t where t.id == \"more\" for 2 days"
        "US must avoid more than 1 shot in any 2 days terminated by tick t where t.id == \"end\""
        "2024-01-10T12:00:00Z tick id=end
         2024-01-11T00:00:00Z tick id=more
         2024-01-12T00:00:00Z shot id=A
         2024-01-12T01:00:00Z shot id=B"
        as_of "2024-01-13T00:00:00Z"
        ["(term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met"]
    }

    /// Its last period is one that was released, if the extension makes it whole.
    a_period_of_a_clause_that_has_ended {
        "in force from 2024-01-10 for 3 days extended by tick t where t.id == \"more\" for 1 day"
        "US must ensure at least 1 answer in each 2 days terminated by tick t where t.id == \"end\""
        "2024-01-11T00:00:00Z answer id=A level=low
         2024-01-12T06:00:00Z tick id=end
         2024-01-12T12:00:00Z tick id=more"
        as_of "2024-01-15T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-11T00:00:00Z"
         "(period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) waived: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z waived at 2024-01-12T06:00:00Z"]
    }
}
