//! The words that results are written with, each for one thing that the rooms before know.

use serde::Serialize;

use crate::engine::Verdict;
use crate::model::{ClauseSeverity, Strength};
use crate::verdict::{Fate, Role, StageKind, Standing};

macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident of $from:ty { $($(#[$word_doc:meta])+ $variant:ident($word:literal) = $pattern:pat,)+ })+) => {
        $($(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub enum $name {
            $($(#[$word_doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word as it is written.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl From<$from> for $name {
            fn from(from: $from) -> Self {
                match from {
                    $($pattern => $name::$variant,)+
                }
            }
        })+
    };
}

words! {
    /// A verdict.
    VerdictWord of Verdict {
        /// Kept.
        Met("met") = Verdict::Met,
        /// Broken.
        Violated("violated") = Verdict::Violated,
        /// Neither kept nor broken so far.
        Open("open") = Verdict::Open,
        /// Broken, and repaired as the clause provides.
        Repaired("repaired") = Verdict::Repaired,
        /// Done late, with what the clause takes for an excuse.
        Excused("excused") = Verdict::Excused,
        /// Released before it was decided.
        Waived("waived") = Verdict::Waived,
        /// Not to be told from the log.
        Unknown("unknown") = Verdict::Unknown,
    }
    /// How a violation stands to a baseline.
    StandingWord of Standing {
        /// It is in it as it is.
        Known("known") = Standing::Known,
        /// It is in it, and something else came of it since.
        Changed("changed") = Standing::Changed,
        /// It is not in it.
        New("new") = Standing::New,
    }
    /// How strongly a party is bound.
    StrengthWord of Strength {
        /// `must`.
        Binding("binding") = Strength::Binding,
        /// `should`.
        BestEffort("best-effort") = Strength::BestEffort,
        /// `aim to`.
        Aim("aim") = Strength::Aim,
        /// `may`.
        Permission("permission") = Strength::Permission,
    }
    /// How much a breach matters.
    SeverityWord of ClauseSeverity {
        /// `minor`.
        Minor("minor") = ClauseSeverity::Minor,
        /// `major`.
        Major("major") = ClauseSeverity::Major,
        /// `critical`.
        Critical("critical") = ClauseSeverity::Critical,
    }
    /// What became of a duty.
    OutcomeWord of Fate {
        /// Neither kept nor broken so far.
        Open("open") = Fate::Open,
        /// Kept.
        Met("met") = Fate::Met { .. },
        /// Broken.
        Violated("violated") = Fate::Broken { .. } | Fate::BrokenFrom { .. },
        /// No longer owed.
        Waived("waived") = Fate::Waived { .. },
        /// Not to be told.
        Unknown("unknown") = Fate::Unknown { .. },
    }
    /// The part that a record played.
    RoleWord of Role {
        /// It opened the duty.
        Trigger("trigger") = Role::Trigger,
        /// It came nearest to counting.
        NearMiss("near-miss") = Role::NearMiss,
        /// It would have counted, but came too late.
        Late("late") = Role::Late,
        /// It broke the duty.
        Breach("breach") = Role::Breach,
        /// It set a state.
        Setter("setter") = Role::Setter,
        /// It repaired the breach, or kept the duty.
        Repair("repair") = Role::Repair,
        /// It is part of a figure.
        Counted("counted") = Role::Counted,
        /// It released the duty.
        Release("release") = Role::Release,
        /// It ended the time of the duty.
        End("end") = Role::End,
        /// It extended the term that the duty is owed in.
        Extension("extension") = Role::Extension,
        /// It lacks a value that the verdict needs.
        Lacking("lacking") = Role::Lacking,
    }
    /// What a stage is.
    StageWord of StageKind {
        /// Its term ends later than it was to.
        Extended("extended") = StageKind::Extended,
        /// Nothing is owed for the time being.
        Suspended("suspended") = StageKind::Suspended,
        /// It will end.
        Ending("ending") = StageKind::Ending,
        /// It has ended.
        Ended("ended") = StageKind::Ended,
    }
}
