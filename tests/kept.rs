//! Of findings that nobody will see, only how many they are is kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use proptest::prelude::*;
use servanda::engine::{Verdict, judge};
use servanda::model::{ClauseId, build};
use servanda::verdict::{Judgement, Keeping, Terms, VerdictId};

use naive::generate::parsed;
use naive::log_text::events_of;

const RULES: &str = r"
agreement a { in force from 2024-01-01 for 2 years party US party UA }
event attack { id: text }
event answer { id: text }
clause answered { when attack x US must ensure answer a where a.id == x.id within 1 hour }
clause told { when attack x UA must ensure answer a where a.id == x.id within 2 hours }
clause calm { UA must avoid attack }
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_kept_comes_first_of_all(
        attacks in prop::collection::vec((0_u32..3000, prop::option::of(0_u32..200)), 0..200),
        most in 0_usize..6,
    ) {
        let built = build(vec![parsed(RULES)]);
        let model = built.model.unwrap();
        let time = |minute: u32| format!("2024-07-{:02}T{:02}:{:02}:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60);
        let log = attacks.iter().zip(0..).flat_map(|((at, after), number)| {
            let answer = after.map(|after| format!("{} answer id=c{number}", time(at + after)));
            [Some(format!("{} attack id=c{number}", time(*at))), answer].into_iter().flatten()
        });
        let log: Vec<String> = log.collect();
        let as_of = "2024-08-10T00:00:00Z".parse().unwrap();
        let instances = judge(&model, events_of(&model, &log.join("\n")), Some(as_of));
        let judged = |most: Option<usize>| {
            let terms = Terms { keeping: Keeping::Findings, most, ..Terms::default() };
            let mut judgement = Judgement::new(&model, terms);
            judgement.as_of = as_of;
            let mut counted = instances.clone();
            counted.retain(|instance| judgement.count_one(&model, instance));
            judgement.take_counted(&model, counted, &mut |_| {});
            judgement.sort();
            judgement
        };
        let (all, first) = (judged(None), judged(Some(most)));
        for clause in (0..).map(ClauseId).take(model.clauses.len()) {
            for verdict in Verdict::ALL {
                let ids = |judgement: &Judgement| {
                    let (count, findings) = judgement.findings(clause, verdict);
                    (count, findings.map(|decided| decided.id).collect::<Vec<VerdictId>>())
                };
                let ((all, mut expected), (counted, kept)) = (ids(&all), ids(&first));
                prop_assert_eq!(all, expected.len() as u64);
                expected.truncate(most);
                prop_assert_eq!((counted, kept), (all, expected));
            }
        }
        prop_assert_eq!(all.fails(), first.fails());
    }
}
