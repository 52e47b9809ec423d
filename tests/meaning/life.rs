//! Section 4.11: suspension, resumption and the end before the term.

use super::{Case, Row, evaluate};

meaning! {
    /// What is open at the instant of a suspension is released, due then or not; triggers open nothing until the resumption.
    a_suspension_releases_what_is_open {
        "in force from 2024-01-10 suspended by signal s where s.on resumed by signal s where not s.on"
        "when attack a US must ensure answer r where r.id == a.id within 24 hours"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z signal on=true
         2024-01-11T00:00:00Z answer id=A level=low
         2024-01-11T00:00:00Z attack id=B
         2024-01-12T23:59:59.999999999Z attack id=C
         2024-01-13T00:00:00Z attack id=D
         2024-01-13T00:00:00Z signal on=false"
        as_of "2024-01-13T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z waived at 2024-01-11T00:00:00Z"
         "(line 6) open: 2024-01-13T00:00:00Z ..= 2024-01-14T00:00:00Z open after 0"]
    }

    /// A breach is a fact: its repair is owed while the agreement is suspended, and after it has ended.
    a_repair_outlives_the_agreement {
        "suspended by signal s where s.on terminated by tick t where t.id == \"end\""
        "when attack a US must ensure answer r within 24 hours otherwise US must ensure answer r within 5 days"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00.000000001Z signal on=true
         2024-01-12T00:00:00Z tick id=end
         2024-01-16T00:00:00Z answer id=A level=low"
        as_of "2024-01-16T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z late at 2024-01-16T00:00:00Z after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-16T00:00:00Z met at 2024-01-16T00:00:00Z"]
    }

    /// At an instant with both it is suspended.
    suspended_and_resumed_at_once {
        "suspended by signal s where s.on resumed by signal s where not s.on"
        "US must avoid shot"
        "2024-01-10T00:00:00Z signal on=true
         2024-01-10T00:00:00Z signal on=false
         2024-01-10T00:00:00Z shot id=A
         2024-01-11T00:00:00Z signal on=false
         2024-01-11T00:00:00Z shot id=B"
        as_of "2024-01-12T00:00:00Z"
        ["(term) violated: .. broken at 2024-01-11T00:00:00Z and 0 more by line 5"]
    }

    /// The end comes D after the event, in the agreement's zone; that instant is no longer part of it. A later notice changes nothing.
    notice_of_termination {
        "in force from 2024-01-10 succeeded by alarm holidays 2024-01-01 suspended by alarm working days monday to friday resumed by alarm
         time zone \"Europe/Kyiv\" terminated by tick t where t.id == \"end\" after 1 month"
        "US must avoid shot"
        "2024-01-31T10:00:00+02:00 tick id=end
         2024-02-01T10:00:00+02:00 tick id=end
         2024-02-29T10:00:00+02:00 shot id=A"
        as_of "2024-02-29T08:00:00Z"
        ["(term) met: 2024-01-09T22:00:00Z .. met"]
    }

    /// A nanosecond before the end is part of it, and what is open at the end is released between events.
    the_end_is_an_instant_of_its_own {
        "terminated by tick t where t.id == \"end\" after 24 hours"
        "when attack a US must ensure answer r within 24 hours"
        "2024-01-10T00:00:00Z tick id=end
         2024-01-10T23:59:59.999999999Z attack id=A
         2024-01-11T00:00:00Z attack id=B
         2024-01-11T12:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 2) waived: 2024-01-10T23:59:59.999999999Z ..= 2024-01-11T23:59:59.999999999Z waived at 2024-01-11T00:00:00Z"]
    }

    /// A second notice counts only if its end is earlier.
    an_earlier_end_counts {
        "terminated by tick t where t.id == \"slow\" after 3 days terminated by tick t where t.id == \"fast\""
        "US must ensure answer r by 2024-01-20"
        "2024-01-10T00:00:00Z tick id=slow
         2024-01-11T00:00:00Z tick id=fast"
        as_of "2024-01-15T00:00:00Z"
        ["(term) waived: .. 2024-01-21T00:00:00Z waived at 2024-01-11T00:00:00Z"]
    }

    /// Only events of the term count, and an end at that of the term changes nothing: what was opened in it lives on.
    an_end_at_the_end_of_the_term {
        "in force from 2024-01-10 to 2024-01-12 suspended by signal s where s.on terminated by tick t where t.id == \"end\" after 2 days"
        "when attack a US must ensure answer r within 3 days"
        "2024-01-09T23:59:59Z signal on=true
         2024-01-11T00:00:00Z tick id=end
         2024-01-11T00:00:00Z attack id=A
         2024-01-13T00:00:00Z signal on=true"
        as_of "2024-01-13T12:00:00Z"
        ["(line 3) open: 2024-01-11T00:00:00Z ..= 2024-01-14T00:00:00Z open after 0"]
    }

    /// Of a floor in periods the one that is touched is released, and one that begins suspended has no instance ...
    floors_in_periods {
        "in force from 2024-01-10 for 6 days suspended by signal s where s.on resumed by signal s where not s.on"
        "US must ensure at least 1 answer in each 1 day"
        "2024-01-11T12:00:00Z signal on=true
         2024-01-13T00:00:00Z signal on=false
         2024-01-13T00:00:00Z answer id=A level=low
         2024-01-14T00:00:00Z signal on=true"
        as_of "2024-01-15T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z short with 0"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) waived: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z waived at 2024-01-11T12:00:00Z"
         "(period 3 2024-01-13T00:00:00Z .. 2024-01-14T00:00:00Z) met: 2024-01-13T00:00:00Z .. 2024-01-14T00:00:00Z met at 2024-01-13T00:00:00Z"]
    }

    /// ... while a ceiling goes on, without what happens in the suspension, and ends with the agreement.
    ceilings_in_periods {
        "in force from 2024-01-10 for 6 days suspended by signal s where s.on resumed by signal s where not s.on terminated by tick"
        "US must avoid more than 1 shot in each 2 days"
        "2024-01-10T01:00:00Z shot id=A
         2024-01-10T02:00:00Z signal on=true
         2024-01-10T03:00:00Z shot id=B
         2024-01-10T04:00:00Z signal on=false
         2024-01-12T00:00:00Z shot id=C
         2024-01-13T00:00:00Z tick id=T
         2024-01-13T00:00:00Z shot id=D"
        as_of "2024-01-13T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met"
         "(period 1 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z) met: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z met"]
    }

    /// An interval ends at the suspension, and another begins at the resumption if the condition is not true then.
    maintain_is_kept_while_suspended {
        "in force from 2024-01-10 suspended by signal s where s.on resumed by signal s where not s.on"
        "US must maintain alert == low"
        "2024-01-10T01:00:00Z alarm level=high drill=false
         2024-01-10T02:00:00Z signal on=true
         2024-01-10T04:00:00Z signal on=false
         2024-01-10T05:00:00Z alarm level=low drill=false"
        as_of "2024-01-11T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T01:00:00Z to 2024-01-10T02:00:00Z"
         "(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T04:00:00Z to 2024-01-10T05:00:00Z"]
    }

    /// A floor in windows is owed in whole windows again from the resumption + D on.
    a_floor_in_windows_after_a_suspension {
        "in force from 2024-01-10 suspended by signal s where s.on resumed by signal s where not s.on"
        "US must ensure at least 1 answer in any 2 days"
        "2024-01-13T00:00:00Z signal on=true
         2024-01-14T00:00:00Z signal on=false"
        as_of "2024-01-17T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. beyond from 2024-01-12T00:00:00Z to 2024-01-13T00:00:00Z: 0 against 1"
         "(term) violated: 2024-01-10T00:00:00Z .. beyond from 2024-01-16T00:00:00Z on: 0 against 1"]
    }

    /// The clause alone: it is in force while neither it nor its agreement is suspended.
    a_clause_and_its_agreement {
        "suspended by signal s where s.on resumed by signal s where not s.on"
        "US must avoid shot suspended by tick t where t.id == \"off\" resumed by tick t where t.id == \"on\""
        "2024-01-10T00:00:00Z signal on=true
         2024-01-11T00:00:00Z tick id=off
         2024-01-12T00:00:00Z signal on=false
         2024-01-12T00:00:00Z shot id=A
         2024-01-13T00:00:00Z tick id=on
         2024-01-13T00:00:00Z shot id=B"
        as_of "2024-01-14T00:00:00Z"
        ["(term) violated: .. broken at 2024-01-13T00:00:00Z and 0 more by line 6"]
    }

    /// A duty that was missed before is still done late.
    late_while_suspended {
        "suspended by signal s where s.on"
        "when attack a US must ensure answer r within 1 hour excused if r.by == US"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z signal on=true
         2024-01-10T03:00:00Z answer id=A by=US level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) excused: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T03:00:00Z after 0, excused"]
    }
}
