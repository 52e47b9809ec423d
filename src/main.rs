//! scratch
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let mut m = servanda::source::SourceMap::new();
    let id = m.add(&path, std::fs::read_to_string(&path).unwrap());
    let p = servanda::syntax::parse(&m, id);
    let b = servanda::model::build(vec![p]);
    for d in &b.diagnostics {
        println!(
            "{} {} | {} | {:?}",
            d.code.name(),
            d.message,
            d.help.clone().unwrap_or_default(),
            d.labels
                .iter()
                .map(|l| (m.snippet(l.span), l.text.clone()))
                .collect::<Vec<_>>()
        );
    }
    println!("{:?}", b.model.map(|m| m.clauses.len()));
}
