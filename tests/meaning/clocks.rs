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
}
