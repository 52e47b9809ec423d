//! Section 4.2: triggers of several events, and looks into the past without end.

use super::{Case, Row, evaluate};

meaning! {
    /// "An event that several alternatives fit opens one instance"; and one that none fits opens none.
    several_alternatives_open_once {
        "in force from 2024-01-01 for 1 year"
        "when attack a where a.id == \"A\" or when attack a where a.against == US or when shot a
         US must ensure answer r where r.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A against=US
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C against=UA
         2024-01-10T00:00:00Z shot id=D
         2024-01-10T01:00:00Z answer id=A level=low
         2024-01-10T01:00:00.000000001Z answer id=D level=low"
        as_of "2024-01-10T02:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T01:00:00Z"
         "(line 2) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 4) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T01:00:00.000000001Z after 0"]
    }

    /// "The second event comes strictly after the first one, and not later than its instant + D."
    a_sequence_is_strict_and_its_end_included {
        "in force from 2024-01-01 for 1 year"
        "when attack a then shot s where s.id == a.id within 1 hour
         US must ensure answer r where r.id == s.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z shot id=A
         2024-01-10T01:00:00Z shot id=A
         2024-01-10T01:00:00.000000001Z shot id=A
         2024-01-10T00:00:00Z shot id=B
         2024-01-10T00:00:00.000000001Z attack id=B"
        as_of "2024-01-10T01:30:00Z"
        ["(lines 1 and 3) open: 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z open after 0"]
    }

    /// "An instance for each pair": one shot after two attacks, and two shots after one.
    each_pair_opens_an_instance {
        "in force from 2024-01-01 for 1 year"
        "when attack a then shot s where s.id == a.id within 1 day
         US must avoid answer r where r.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00Z attack id=A
         2024-01-10T02:00:00Z shot id=A
         2024-01-10T10:00:00Z shot id=A
         2024-01-10T11:00:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(lines 1 and 3) met: 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z met"
         "(lines 2 and 3) met: 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z met"
         "(lines 1 and 4) violated: 2024-01-10T10:00:00Z ..= 2024-01-10T11:00:00Z broken at 2024-01-10T11:00:00Z and 0 more"
         "(lines 2 and 4) violated: 2024-01-10T10:00:00Z ..= 2024-01-10T11:00:00Z broken at 2024-01-10T11:00:00Z and 0 more"]
    }

    /// D is counted in the zone: 30 and 31 January + 1 month both end at the end of February.
    a_sequence_counts_in_the_zone {
        "in force from 2024-01-01 for 1 year time zone \"Europe/Kyiv\""
        "when attack a then shot s within 1 month US must ensure answer within 1 hour"
        "2024-01-31T10:00:00+02:00 attack id=A
         2024-02-29T10:00:00+02:00 shot id=A
         2024-02-29T10:00:00.000000001+02:00 shot id=A"
        as_of "2024-02-29T10:00:00.000000001+02:00"
        ["(lines 1 and 2) open: 2024-02-29T08:00:00Z ..= 2024-02-29T09:00:00Z open after 0"]
    }

    /// "Both events are events of the term", and what cannot be told of either makes the pair unknown.
    both_events_are_of_the_term {
        "in force from 2024-01-10 for 1 day"
        "when attack a where a.against == US then shot s where s.at_night within 1 day
         US must ensure answer within 1 hour"
        "2024-01-09T23:59:59Z attack id=A against=US
         2024-01-10T10:00:00Z attack id=B
         2024-01-10T11:00:00Z attack id=C against=US
         2024-01-10T12:00:00Z attack id=D against=UA
         2024-01-10T13:00:00Z shot id=S at_night=true
         2024-01-10T14:00:00Z shot id=T
         2024-01-11T00:00:00Z shot id=U at_night=true"
        as_of "2024-01-10T13:30:00Z"
        ["(lines 2 and 5) unknown: 2024-01-10T13:00:00Z .. unknown"
         "(lines 3 and 5) open: 2024-01-10T13:00:00Z ..= 2024-01-10T14:00:00Z open after 0"]
    }

    /// A field of the first event can be counted from, and stands for it in repairs.
    the_first_event_keeps_its_name {
        "in force from 2024-01-01 for 1 year"
        "when attack a then shot s within 1 day
         US must ensure answer r where r.id == a.id within 2 hours of a.time
         otherwise US must ensure shot x where x.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00Z shot id=S
         2024-01-10T02:30:00Z shot id=A"
        as_of "2024-01-10T02:30:00Z"
        ["(lines 1 and 2) repaired: 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z missed after 0; otherwise 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z met at 2024-01-10T02:30:00Z"
         "(lines 1 and 3) repaired: 2024-01-10T02:30:00Z ..= 2024-01-10T02:00:00Z missed after 0; otherwise 2024-01-10T02:30:00Z ..= 2024-01-10T03:30:00Z met at 2024-01-10T02:30:00Z"]
    }

    /// "An instance for each maximal interval": more of them open nothing until the window has held fewer.
    a_count_opens_once_while_it_holds {
        "in force from 2024-01-01 for 1 year"
        "when at least 2 shot s in any 2 hours US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T01:00:00Z shot id=B
         2024-01-10T02:00:00Z shot id=C
         2024-01-10T04:00:00Z shot id=D
         2024-01-10T05:59:59.999999999Z shot id=E"
        as_of "2024-01-10T05:59:59.999999999Z"
        ["(count at 2024-01-10T01:00:00Z) violated: 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z missed after 0"
         "(count at 2024-01-10T05:59:59.999999999Z) open: 2024-01-10T05:59:59.999999999Z ..= 2024-01-10T06:59:59.999999999Z open after 0"]
    }

    /// The event that has a name is the last one of the instant, in the order of contents.
    the_event_that_completes_a_count_has_a_name {
        "in force from 2024-01-01 for 1 year"
        "when at least 2 shot s in any 2 hours US must ensure answer r where r.id == s.id within 1 hour"
        "2024-01-10T00:00:00Z shot id=C
         2024-01-10T00:00:00Z shot id=A
         2024-01-10T00:00:00Z shot id=B
         2024-01-10T00:30:00Z answer id=A level=low
         2024-01-10T00:40:00Z answer id=C level=low"
        as_of "2024-01-10T01:00:00Z"
        ["(count at 2024-01-10T00:00:00Z) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T00:40:00Z"]
    }

    /// Each value of the field is counted by itself, and only events of the term.
    a_count_for_every_value {
        "in force from 2024-01-10 for 1 day"
        "when at least 2 shot s where not s.at_night for every s.id in any 1 day US must ensure answer within 1 hour"
        "2024-01-09T23:00:00Z shot id=A at_night=false
         2024-01-10T00:00:00Z shot id=A at_night=false
         2024-01-10T01:00:00Z shot id=B at_night=false
         2024-01-10T02:00:00Z shot id=B at_night=false
         2024-01-10T03:00:00Z shot id=A at_night=true"
        as_of "2024-01-10T03:00:00Z"
        ["(count of B at 2024-01-10T02:00:00Z) open: 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z open after 0"]
    }

    /// "Unknown where it depends on what is lacking": whether the first opened or the second cannot be told.
    a_count_that_may_have_been_reached_is_unknown {
        "in force from 2024-01-10 for 1 month"
        "when at least 2 shot s where s.at_night in any 1 day US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T01:00:00Z shot id=B
         2024-01-10T02:00:00Z shot id=C at_night=true
         2024-01-10T03:00:00Z shot id=D at_night=true"
        as_of "2024-01-10T03:00:00Z"
        ["(count at 2024-01-10T01:00:00Z) unknown: 2024-01-10T01:00:00Z .. unknown"
         "(count at 2024-01-10T02:00:00Z) unknown: 2024-01-10T02:00:00Z .. unknown"]
    }

    /// One that leaves as one comes leaves the window as full as it was, whatever else is unknown.
    one_that_leaves_makes_room_for_one {
        "in force from 2024-01-10 for 1 month"
        "when at least 2 shot s where s.at_night in any 1 day US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T00:00:01Z shot id=B
         2024-01-11T00:00:00Z shot id=C at_night=true"
        as_of "2024-01-11T00:00:00Z"
        ["(count at 2024-01-10T00:00:01Z) unknown: 2024-01-10T00:00:01Z .. unknown"]
    }

    /// "However early and whatever the term", up to the instant itself.
    a_guard_looks_back_without_end {
        "in force from 2024-01-10 for 1 month"
        "US must avoid answer r unless some attack a where a.id == r.id before"
        "2014-01-01T00:00:00Z attack id=A
         2024-01-10T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z answer id=B level=low
         2024-01-10T00:00:00Z answer id=C level=low
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:00:01Z attack id=B"
        as_of "2024-01-10T00:00:01Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-02-10T00:00:00Z broken at 2024-01-10T00:00:00Z and 0 more by line 3"]
    }

    /// So many before, each counted once.
    a_guard_counts_without_end {
        "in force from 2024-01-10 for 1 month"
        "when shot s if at least 2 attack a where a.id == s.id before US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00Z shot id=A
         2024-01-10T02:00:00Z attack id=A
         2024-01-10T02:00:00Z shot id=A
         2024-01-10T02:00:00Z shot id=B"
        as_of "2024-01-10T02:00:00Z"
        ["(line 4) open: 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z open after 0"]
    }
}
