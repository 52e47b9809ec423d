//! Amounts of money.

use super::{Decoder, Place, describe};
use crate::log::problem::{ProblemKind, quoted};
use crate::log::visible;
use crate::log::written::{Pair, Shape, Written, repetition};
use crate::value::{Currency, Type, Value};

impl Decoder<'_> {
    pub(super) fn money<'a, W: Written<'a>>(
        &mut self,
        place: Place<'_>,
        written: &W,
        currency: Currency,
        ty: &Type,
    ) -> Option<Value> {
        let (amount, code) = match written.shape() {
            Shape::Object(pairs) => return self.money_object(place, written, &pairs, currency),
            Shape::Text(text) | Shape::Plain(text) | Shape::Cell(text) => {
                let mut words = text.split_whitespace();
                match (words.next(), words.next(), words.next()) {
                    (Some(amount), Some(code), None)
                        if amount.starts_with(|first: char| first == '-' || first.is_ascii_digit()) =>
                    {
                        (amount.to_owned(), code.to_owned())
                    }
                    _ => {
                        self.at(
                            written,
                            ProblemKind::WrongType,
                            format!("{place} must be {}, and is {}", describe(ty), quoted(&text)),
                            "not an amount with its currency",
                            Some(format!("write the amount and the currency, as in \"100 {currency}\"")),
                        );
                        return None;
                    }
                }
            }
            shape => {
                let help = match &shape {
                    Shape::Number(digits) => {
                        format!("write the currency too: \"{} {currency}\"", visible(digits, 40))
                    }
                    _ => format!("write the amount and the currency, as in \"100 {currency}\""),
                };
                self.wrong_type(place, written, &describe(ty), &shape, Some(help));
                return None;
            }
        };
        let amount = self.digits(place, written, &amount, ty);
        let same = self.currency(place, written, &code, currency);
        amount.filter(|_| same).map(Value::Number)
    }

    fn money_object<'a, W: Written<'a>>(
        &mut self,
        place: Place<'_>,
        written: &W,
        pairs: &[Pair<'a, W>],
        currency: Currency,
    ) -> Option<Value> {
        if let Some(second) = repetition(pairs) {
            self.repeated(&pairs[second]);
            return None;
        }
        let key = place.key();
        let mut part = |name: &'static str| {
            let found = pairs.iter().find(|pair| pair.key == name).map(|pair| &pair.value);
            if found.is_none() {
                self.at(
                    written,
                    ProblemKind::MissingField,
                    format!("{place} lacks its `{name}`"),
                    format!("no `{name}`"),
                    Some(format!("write {{\"amount\": 100, \"currency\": \"{currency}\"}}")),
                );
            }
            found
        };
        let (amount, code) = (part("amount"), part("currency"));
        let amount = amount.and_then(|amount| self.number(Place::Part(key, "amount"), amount, &Type::Number));
        let same = code.is_some_and(|code| {
            self.words(Place::Part(key, "currency"), code, "the code of a currency", |_| None)
                .is_some_and(|name| self.currency(place, code, &name, currency))
        });
        amount.filter(|_| same).map(Value::Number)
    }

    fn currency<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, code: &str, declared: Currency) -> bool {
        let same = Currency::new(code) == Some(declared);
        if !same {
            let help = if code.eq_ignore_ascii_case(&declared.to_string()) {
                format!("write {declared} in capitals")
            } else {
                format!("the field is declared as `money {declared}`, and nothing converts one currency into another")
            };
            self.at(
                written,
                ProblemKind::WrongType,
                format!(
                    "{place} must be an amount in {declared}, and is one in {}",
                    quoted(code)
                ),
                format!("not {declared}"),
                Some(help),
            );
        }
        same
    }
}

#[cfg(test)]
mod tests {
    use crate::log::Format;
    use crate::log::fixture::{events, problem, record, shown};
    use crate::log::problem::ProblemKind;

    fn amount(json: &str) -> (ProblemKind, String, String, Option<String>) {
        let (problem, underlined) = problem(&record("funding", &format!("\"amount\": {json}")), Format::Jsonl);
        (problem.kind, problem.message, underlined, problem.help)
    }

    #[test]
    fn an_amount_is_written_in_two_ways() {
        for json in [r#""100.50 USD""#, r#"{"amount": 100.5, "currency": "USD", "note": []}"#] {
            let event = &events(&record("funding", &format!("\"amount\": {json}")), Format::Jsonl)[0];
            assert_eq!(shown(event, "amount").as_deref(), Some("100.5 USD"));
        }
        let yaml = "time: 2024-07-08T10:00:00Z\ntype: funding\namount: {amount: 1e3, currency: USD}\n";
        assert_eq!(
            shown(&events(yaml, Format::Yaml)[0], "amount").as_deref(),
            Some("1000 USD")
        );
        let csv = "type,time,amount\nfunding,2024-07-08T10:00:00Z,-5  USD\n";
        assert_eq!(shown(&events(csv, Format::Csv)[0], "amount").as_deref(), Some("-5 USD"));
    }

    #[test]
    fn another_currency_is_refused() {
        let (kind, message, underlined, help) = amount(r#""100 EUR""#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`amount` must be an amount in USD, and is one in `EUR`");
        assert_eq!(underlined, "\"100 EUR\"");
        assert_eq!(
            help.as_deref(),
            Some("the field is declared as `money USD`, and nothing converts one currency into another")
        );
        let (_, message, underlined, help) = amount(r#"{"currency": "usd", "amount": 1}"#);
        assert_eq!(message, "`amount` must be an amount in USD, and is one in `usd`");
        assert_eq!(underlined, "\"usd\"");
        assert_eq!(help.as_deref(), Some("write USD in capitals"));
    }

    #[test]
    fn an_amount_has_a_number_and_a_currency() {
        let (kind, message, _, help) = amount("100");
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`amount` must be an amount in USD, and is a number");
        assert_eq!(help.as_deref(), Some("write the currency too: \"100 USD\""));
        for json in [r#""100""#, r#""USD 100""#, r#""100 000 USD""#, r#""""#] {
            let (kind, _, _, help) = amount(json);
            assert_eq!(kind, ProblemKind::WrongType);
            assert_eq!(
                help.as_deref(),
                Some("write the amount and the currency, as in \"100 USD\""),
                "{json}"
            );
        }
        let (kind, message, _, _) = amount(r#""1,5 USD""#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`amount` must be an amount in USD, and is `1,5`");
        let (kind, message, ..) = amount(r#""1e400 USD""#);
        assert_eq!(kind, ProblemKind::BadNumber);
        assert_eq!(message, "`amount` cannot be kept exactly: it is not below 10^18");
    }

    #[test]
    fn the_parts_of_an_object_are_looked_at() {
        let (kind, message, underlined, help) = amount(r#"{"amount": 5}"#);
        assert_eq!(kind, ProblemKind::MissingField);
        assert_eq!(message, "`amount` lacks its `currency`");
        assert_eq!(underlined, r#"{"amount": 5}"#);
        assert_eq!(help.as_deref(), Some("write {\"amount\": 100, \"currency\": \"USD\"}"));
        let (kind, message, underlined, help) = amount(r#"{"amount": "5", "currency": "USD"}"#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "the `amount` of `amount` must be a number, and is text");
        assert_eq!(underlined, "\"5\"");
        assert_eq!(help.as_deref(), Some("write it without quotes: 5"));
        let (kind, _, underlined, _) = amount(r#"{"amount": 5, "currency": "USD", "amount": 6}"#);
        assert_eq!(kind, ProblemKind::DuplicateKey);
        assert_eq!(underlined, "\"amount\"");
    }
}
