//! What each code means, with an example that has the mistake and the same mended.

use super::Code;

/// What the examples share: a file by itself that has no mistake.
pub const WORLD: &str = r#"agreement demo "A demonstration" {
  in force from 2024-01-01 for 10 years
  party US "United States"
  party UA "Ukraine"
}

event attack { id: text, on: party, level: low < mid < high, losses: number, night: bool }
event report { attack: text, by: party, cost: money USD }
event answer { report: text, seen: optional bool }

state alert of place: calm | raised initially calm {
  attack a where a.level >= mid sets a.id to raised
}

clause answered {
  when report r
  if alert(r.attack) == raised
  US must ensure answer w where w.report == r.attack within 1 day
}
"#;

/// A set of rules that shows a mistake, or has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// A text after [`WORLD`], in one file with it.
    Beside(&'static str),
    /// Files with their paths, the first being given to the command.
    Files(&'static [(&'static str, &'static str)]),
    /// So many files besides the first, each used by the one before.
    Chain(usize),
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What is wrong, and why it matters.
    pub text: &'static str,
    /// Rules with this mistake and no other.
    pub wrong: Example,
    /// The same without it.
    pub mended: Example,
}

impl Code {
    /// The code with this name.
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// What the code means. There is no arm for the rest: a new code is explained here.
    pub fn explanation(self) -> Explanation {
        let (text, wrong, mended) = match self {
            Code::Syntax => (
                "The text is not of the language. The message says which word was read and what could stand there instead; what was meant is \
                 often one of them, or a bracket or quotation mark is missing before it.",
                "clause paid {\n  when attack a\n  US shall ensure report r where r.attack == a.id within 1 day\n}\n",
                "clause paid {\n  when attack a\n  US must ensure report r where r.attack == a.id within 1 day\n}\n",
            ),
            Code::NestingTooDeep => (
                "Brackets, or words such as `not`, stand in one another more than 64 deep, or predicates ask one another too often. No person can \
                 read such a condition. Take brackets away that change nothing, or give parts of it names with `define`.",
                "define deep(a: attack) as ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((a.night))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))\n",
                "define deep(a: attack) as a.night\n\nclause calm {\n  US must avoid attack a where deep(a)\n}\n",
            ),
            Code::BadLiteral => (
                "A literal has the right shape and no value: there is no such day, the offset from UTC is missing, a number has too many digits, or \
                 a text has an escape that it does not know.",
                "clause late {\n  US must ensure report r by 2024-02-30\n}\n",
                "clause late {\n  US must ensure report r by 2024-02-29\n}\n",
            ),
            Code::DuplicateName => (
                "Two things have one name, so that nobody could tell which is meant.",
                "clause answered {\n  US must avoid attack a where a.night\n}\n",
                "clause quiet_nights {\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::DuplicatePart => (
                "One thing is said twice where it can be said once. The two may disagree, so neither is taken.",
                "clause quiet {\n  severity minor\n  severity critical\n  US must avoid attack a where a.night\n}\n",
                "clause quiet {\n  severity critical\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::UnknownName => (
                "Nothing declares this name, and no event has it here. It may be misspelt; or a `use` of the file that declares it is missing.",
                "clause quiet {\n  US must avoid attack a where b.night\n}\n",
                "clause quiet {\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::UnknownEvent => (
                "No declaration introduces this type of event. It may be misspelt; or a `use` of the file that declares it is missing.",
                "clause quiet {\n  US must avoid atack a where a.night\n}\n",
                "clause quiet {\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::UnknownField => (
                "The type of event has no field of this name. Besides the fields of its declaration an event has `time`.",
                "clause quiet {\n  US must avoid attack a where a.nights\n}\n",
                "clause quiet {\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::UnknownType => (
                "The language has no type of this name. An enumeration needs two names or more: `low | high`.",
                "define dear(r: report, least: nmber) as r.cost > 5 USD and least > 1\n",
                "define dear(r: report, least: number) as r.cost > 5 USD and least > 1\n\nclause cheap {\n  US must avoid report r where dear(r, 2)\n}\n",
            ),
            Code::UnknownZone => {
                return Explanation {
                    text: "The time-zone database has no zone of this name. Zones are named by area and city, as in `Europe/Kyiv`.",
                    wrong: Example::Files(&[("demo.clause", "agreement demo {\n  time zone \"Europe/Kiyv\"\n}\n")]),
                    mended: Example::Files(&[("demo.clause", "agreement demo {\n  time zone \"Europe/Kyiv\"\n}\n")]),
                };
            }
            Code::ReservedField => (
                "Every event carries `time` and `type` in a log, so that no declaration can give these names to fields of its own.",
                "event strike { id: text, time: instant }\n\nclause none {\n  US must avoid strike s\n}\n",
                "event strike { id: text, seen_at: instant }\n\nclause none {\n  US must avoid strike s\n}\n",
            ),
            Code::TypeMismatch => (
                "Something is of another type than its place asks for: a text is compared with a number, a party with a level. The two can never be \
                 the same, so this is not what was meant.",
                "clause quiet {\n  US must avoid attack a where a.losses == \"3\"\n}\n",
                "clause quiet {\n  US must avoid attack a where a.losses == 3\n}\n",
            ),
            Code::CurrencyMismatch => (
                "Amounts of two currencies are compared. The language knows no rates of exchange.",
                "clause cheap {\n  US must avoid report r where r.cost > 5 EUR\n}\n",
                "clause cheap {\n  US must avoid report r where r.cost > 5 USD\n}\n",
            ),
            Code::Unordered => (
                "`<`, `<=`, `>` and `>=` ask for an order, and these values have none. Numbers, money, instants, dates, durations and enumerations \
                 written with `<` have one.",
                "clause quiet {\n  US must avoid attack a where a.on > US\n}\n",
                "clause quiet {\n  US must avoid attack a where a.on != US\n}\n",
            ),
            Code::MissingPart => (
                "A clause or an agreement lacks a part that it needs. A binding duty, for example, needs a time: without one no log could ever show a breach.",
                "clause reported {\n  when attack a\n  US must ensure report r where r.attack == a.id\n}\n",
                "clause reported {\n  when attack a\n  US must ensure report r where r.attack == a.id within 1 day\n}\n",
            ),
            Code::PartOrder => (
                "The parts of a clause are read in one order: `when`, `if` and `unless`, the duty, `otherwise`, `waived by`. In another order they might \
                 be taken for something else than they say.",
                "clause reported {\n  US must ensure report r where r.attack == a.id within 1 day\n  when attack a\n}\n",
                "clause reported {\n  when attack a\n  US must ensure report r where r.attack == a.id within 1 day\n}\n",
            ),
            Code::BadTiming => (
                "This duty cannot be timed in this way: `within` counts from a trigger, `in each` is for counts, and an aim is never due.",
                "clause reported {\n  when attack a\n  US aim to ensure report r where r.attack == a.id within 1 day\n}\n",
                "clause reported {\n  when attack a\n  US should ensure report r where r.attack == a.id within 1 day\n}\n",
            ),
            Code::BadForm => (
                "This form has no meaning in its place.",
                "clause counted {\n  US aim to avoid attack a where a.night\n}\n",
                "clause counted {\n  US should avoid attack a where a.night\n}\n",
            ),
            Code::OutOfScope => (
                "A condition looks at something that it cannot see from its place: a `where` looks at events alone, neither at states nor into the past, \
                 which are for `if` and `unless`.",
                "clause quiet {\n  US must avoid attack a where alert(a.id) == raised\n}\n",
                "clause quiet {\n  US must avoid attack a if alert(a.id) == raised\n}\n",
            ),
            Code::ConstantCondition => (
                "A condition is true, or false, whatever happens. Either it says nothing and can go, or something else was meant.",
                "clause quiet {\n  US must avoid attack a where a.level >= low\n}\n",
                "clause quiet {\n  US must avoid attack a where a.level >= mid\n}\n",
            ),
            Code::UnknownFile => {
                return Explanation {
                    text: "The file that is used is not there. Its path is seen from the folder of the file that says `use`.",
                    wrong: Example::Files(&[
                        ("main.clause", "use \"evnts.clause\"\n"),
                        ("events.clause", "event attack { id: text }\n"),
                    ]),
                    mended: Example::Files(&[
                        ("main.clause", "use \"events.clause\"\n"),
                        ("events.clause", "event attack { id: text }\n"),
                    ]),
                };
            }
            Code::ForbiddenPath => {
                return Explanation {
                    text: "Rule files can use what is in the folder of the first one, or in that of `--rules-root`, and name it by a relative path with `/` \
                           between folders: rules that somebody sends you cannot read the rest of your machine.",
                    wrong: Example::Files(&[
                        ("main.clause", "use \"/rules/events.clause\"\n"),
                        ("events.clause", "event attack { id: text }\n"),
                    ]),
                    mended: Example::Files(&[
                        ("main.clause", "use \"events.clause\"\n"),
                        ("events.clause", "event attack { id: text }\n"),
                    ]),
                };
            }
            Code::UnreadableFile => {
                return Explanation {
                    text: "The file that is used is there and cannot be read: it is a folder, or no text, or too large, or the system does not give it.",
                    wrong: Example::Files(&[
                        ("main.clause", "use \"events\"\n"),
                        ("events/all.clause", "event attack { id: text }\n"),
                    ]),
                    mended: Example::Files(&[
                        ("main.clause", "use \"events/all.clause\"\n"),
                        ("events/all.clause", "event attack { id: text }\n"),
                    ]),
                };
            }
            Code::TooManyFiles => {
                return Explanation {
                    text: "Rules can be of 256 files, 64 MiB and 50 000 declarations, and a chain of files that use one another has 32 links at most.",
                    wrong: Example::Chain(32),
                    mended: Example::Chain(31),
                };
            }
            Code::Cycle => {
                return Explanation {
                    text: "Something uses itself, directly or through others: files that use one another in a circle, or a predicate that asks itself. Move \
                           what both need to a place of its own.",
                    wrong: Example::Files(&[
                        ("one.clause", "use \"two.clause\"\n"),
                        ("two.clause", "use \"one.clause\"\n"),
                    ]),
                    mended: Example::Files(&[
                        ("one.clause", "use \"two.clause\"\n"),
                        ("two.clause", "event attack { id: text }\n"),
                    ]),
                };
            }
            Code::NeverTrue => (
                "No event can satisfy these conditions together. So the clause is never triggered, its duty can never be kept or broken, or the permission \
                 permits nothing that is forbidden: it looks as if it said something, and it does not.",
                "clause reported {\n  when attack a where a.level == low\n  if a.level >= mid\n  US must ensure report r where r.attack == a.id within 1 day\n}\n",
                "clause reported {\n  when attack a\n  if a.level >= mid\n  US must ensure report r where r.attack == a.id within 1 day\n}\n",
            ),
            Code::AnswersItself => (
                "The event that opens this duty always answers it as well, so that the duty can never be broken. Say that the answer is another event.",
                "clause followed {\n  when attack a\n  US must ensure attack b where b.on == a.on within 1 day\n}\n",
                "clause followed {\n  when attack a\n  US must ensure attack b\n    where b.on == a.on and b.id != a.id\n    within 1 day\n}\n",
            ),
            Code::Collision => (
                "One clause asks for an event that another one forbids: whoever keeps the one breaks the other.",
                "clause quiet {\n  US must avoid attack a where a.level >= mid\n}\n\nclause loud {\n  US must ensure attack a where a.level == high by 2024-03-01\n}\n",
                "clause quiet {\n  US must avoid attack a where a.level >= mid\n}\n\nclause loud {\n  US must ensure attack a where a.level == low by 2024-03-01\n}\n",
            ),
            Code::RepairTooLate => (
                "A repair is due before the breach that it answers, so that it can never come in time. `within D` without `of` counts from the breach.",
                "clause reported {\n  when attack a\n  US must ensure report r where r.attack == a.id within 3 days\n  otherwise US must ensure answer w\n    where w.report == a.id\n    within 2 days of a.time\n}\n",
                "clause reported {\n  when attack a\n  US must ensure report r where r.attack == a.id within 3 days\n  otherwise US must ensure answer w where w.report == a.id within 2 days\n}\n",
            ),
            Code::NoTranslation => (
                "`servanda export` leaves this duty out, because nothing in the other language certainly means the same. The message says what it is that \
                 cannot be said there; docs/export.md lists it all.",
                "clause counted {\n  US must avoid more than 3 attack a where a.night in any 30 days\n}\n",
                "clause counted {\n  US must avoid attack a where a.night\n}\n",
            ),
            Code::Unused => (
                "Nothing has a use for this declaration. It may be left over, or what should use it says another name.",
                "event strike { id: text }\n",
                "event strike { id: text }\n\nclause none {\n  US must avoid strike s where s.id != \"drill\"\n}\n",
            ),
            Code::Redundant => (
                "This condition is true whenever the others beside it are, so that it changes nothing. Either it can go, or one of the two was meant \
                 otherwise.",
                "clause quiet {\n  US must avoid attack a where a.level >= mid and a.level == high\n}\n",
                "clause quiet {\n  US must avoid attack a where a.level == high\n}\n",
            ),
        };
        Explanation {
            text,
            wrong: Example::Beside(wrong),
            mended: Example::Beside(mended),
        }
    }
}
