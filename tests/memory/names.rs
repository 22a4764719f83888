//! Texts in names of every shape: the text index gives the answers of a plain scan, whatever was
//! written before.

use livechat_units::{TextFilter, Unit, UnitQuery};
use livechat_units_testkit::pair::Pair;
use livechat_units_testkit::random::Random;
use proptest::prelude::*;

/// The longest name that is indexed has 1,024 scalars.
const LONGEST: usize = 1_024;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        // Prose: few frequent words, and any others.
        4 => prop::collection::vec(prop_oneof!["the|of|Sales|SUPPORT", "[a-zéA-Z]{1,9}"], 1..8)
            .prop_map(|words| words.join(" ")),
        3 => "(@[a-d]{2}/)?[a-e]{1,4}(-[a-e0-9]{1,5}){0,3}",
        2 => "[ab]{0,40}",
        2 => "a{0,40}",
        2 => "\\PC{0,12}",
        1 => any::<String>(),
        1 => "",
        1 => (LONGEST - 1..LONGEST + 2).prop_map(|scalars| "xyé".chars().cycle().take(scalars).collect()),
    ]
}

/// A change, or a text that is cut out of a name.
#[derive(Clone, Debug)]
enum Step {
    Rename(usize, String),
    Remove(usize),
    Text {
        unit: usize,
        from: usize,
        len: usize,
        upper: bool,
    },
    OtherText(String),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..60_usize, name()).prop_map(|(unit, name)| Step::Rename(unit, name)),
        1 => (0..60_usize).prop_map(Step::Remove),
        6 => (0..60_usize, 0..2_000_usize, 1..40_usize, any::<bool>())
            .prop_map(|(unit, from, len, upper)| Step::Text { unit, from, len, upper }),
        2 => name().prop_map(Step::OtherText),
    ]
}

fn unit(number: usize, name: &str) -> Unit {
    let unit = Unit::builder(id(number)).name(name);
    unit.build().unwrap()
}

fn id(number: usize) -> String {
    format!("{number:05}")
}

/// At most `len` scalars of a name.
fn cut(name: &str, from: usize, len: usize) -> String {
    let scalars = name.chars().count().max(1);
    name.chars().skip(from % scalars).take(len).collect()
}

fn assert_found(pair: &Pair, text: &str) {
    if let Ok(text) = TextFilter::new(text) {
        pair.assert_answers(&UnitQuery::default().with_text(text));
    }
}

fn run(pair: &mut Pair, step: Step) {
    match step {
        Step::Rename(number, name) => pair.upsert(unit(number, &name)),
        Step::Remove(number) => pair.remove(&id(number)),
        Step::OtherText(text) => assert_found(pair, &text),
        Step::Text {
            unit,
            from,
            len,
            upper,
        } => {
            let units = pair.units();
            let name = units.get(unit % units.len().max(1)).and_then(Unit::name);
            let text = cut(name.unwrap_or("a"), from, len);
            let text = if upper { text.to_uppercase() } else { text };
            assert_found(pair, &text);
        }
    }
    pair.assert_holds();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn texts_are_found_in_names_of_every_shape(
        names in prop::collection::vec(name(), 0..50),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let units = names.iter().enumerate().map(|(number, name)| unit(number, name));
        let mut pair = Pair::holding(Vec::new(), units.collect());
        for step in steps {
            run(&mut pair, step);
        }
    }
}

/// Enough names for grams of many lengths, and enough changes for them to be chosen again: the
/// names of one shape turn into those of another.
#[test]
fn long_grams_follow_names_that_change_their_shape() {
    let mut random = Random(0x5EED);
    let letters = |random: &mut Random, alphabet: &[u8], len: usize| -> String {
        (0..len)
            .map(|_| char::from(*random.pick(alphabet)))
            .collect()
    };
    let shapes: [fn(usize) -> String; 3] = [
        |number| format!("sales support {}", number % 50),
        |number| format!("@scope/unit-support-{number}"),
        |number| format!("über SALES {}", number % 7),
    ];
    let name_of = |random: &mut Random, shape: usize, number| match shapes.get(shape) {
        Some(name) => name(number),
        None => letters(random, b"ab", 30),
    };
    let count = 2_500;
    let units = (0..count).map(|number| unit(number, &name_of(&mut random, 0, number)));
    let mut pair = Pair::holding(Vec::new(), units.collect());
    for shape in 1..=shapes.len() {
        for change in 0..count {
            let number = random.below(count);
            if change % 9 == 0 {
                pair.remove(&id(number));
            } else {
                let name = name_of(&mut random, shape, number);
                pair.upsert(unit(number, &name));
            }
            if change % 250 == 0 {
                pair.assert_holds();
                for len in [1, 2, 3, 5, 8, 13, 21, 33] {
                    let name = random.pick(pair.units()).name().unwrap().to_owned();
                    assert_found(&pair, &cut(&name, random.below(20), len));
                }
                assert_found(&pair, "abba");
            }
        }
    }
}
