//! Which letters are equal: those that Unicode simple case folding makes equal, and no others.

use std::collections::BTreeMap;

use livechat_units::TextFilter;

use crate::checks::check_texts;
use crate::data::{numbered_names, numbers};
use crate::run::Run;

/// The scalar that stands for all scalars equal to this one.
fn fold(scalar: char) -> char {
    let folded = TextFilter::fold(scalar.encode_utf8(&mut [0; 4]));
    folded.chars().next().unwrap()
}

/// Checks that each letter of a class, as a text, matches all letters of its class and no letter
/// of another class: as a whole name, and between other characters.
fn check_classes(run: &Run<'_>, classes: &[&[&str]]) {
    let letters: Vec<&str> = classes.iter().copied().flatten().copied().collect();
    let names = letters.iter().map(|letter| (*letter).to_owned());
    let names = names.chain(letters.iter().map(|letter| format!("<{letter}>x")));
    let store = run.load(numbered_names(names));
    let mut first = 0;
    for class in classes {
        let indexes = first..first + class.len();
        let whole = indexes.clone();
        let enclosed = whole.clone().map(|index| letters.len() + index);
        for letter in *class {
            let query = store.sort("{}").text(letter);
            let both = whole.clone().chain(enclosed.clone());
            query.lists_on_page(numbers(both));
            let query = store.sort("{}").text(&format!("<{letter}>X"));
            query.lists_on_page(numbers(enclosed.clone()));
        }
        first = indexes.end;
    }
}

/// The letters, and characters that differ by 32 like a letter and its capital but are no letters.
pub(super) fn fold_ascii(run: &Run<'_>) {
    let letters: Vec<[String; 2]> = ('a'..='z')
        .map(|c| [c.to_string(), c.to_ascii_uppercase().to_string()])
        .collect();
    let mut classes: Vec<Vec<&str>> = letters
        .iter()
        .map(|class| class.iter().map(String::as_str).collect())
        .filter(|class| class != &["x", "X"])
        .collect();
    let others = ["@", "`", "[", "{", "]", "}", "^", "~", "_", "0", "9", "!"];
    classes.extend(others.map(|other| vec![other]));
    let classes: Vec<&[&str]> = classes.iter().map(Vec::as_slice).collect();
    check_classes(run, &classes);
}

pub(super) fn fold_latin(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["é", "É"],
            &["e", "E"],
            &["ü", "Ü"],
            &["ñ", "Ñ"],
            &["ø", "Ø"],
            &["æ", "Æ"],
            &["þ", "Þ"],
            &["ÿ", "Ÿ"],
            &["ő", "Ő"],
            &["š", "Š"],
            &["ł", "Ł"],
            &["×"],
            &["÷"],
            &["ª"],
            &["ĸ"],
        ],
    );
}

pub(super) fn fold_cyrillic_and_greek(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["д", "Д"],
            &["я", "Я"],
            &["ё", "Ё"],
            &["е", "Е"],
            &["ѐ", "Ѐ"],
            &["α", "Α"],
            &["ά", "Ά"],
            &["λ", "Λ"],
            &["ώ", "Ώ"],
            &["a", "A"],
        ],
    );
    check_texts(
        run,
        &["Отдел продаж", "ОТДЕЛ", "отделы", "Τμήμα", "ΤΜΉΜΑ", "τμημα"],
        &[("отдел", &[0, 1, 2]), ("τμήμα", &[3, 4]), ("ΤΜΗΜΑ", &[5])],
    );
}

/// `k`, `K` and the Kelvin sign.
pub(super) fn fold_kelvin_sign(run: &Run<'_>) {
    check_classes(run, &[&["k", "K", "\u{212A}"], &["ĸ"]]);
    check_texts(
        run,
        &["\u{212A}iosk", "kios\u{212A}", "KIOSK", "iosk"],
        &[
            ("kiosk", &[0, 1, 2]),
            ("\u{212A}IOS\u{212A}", &[0, 1, 2]),
            ("sk", &[0, 1, 2, 3]),
        ],
    );
}

/// `å`, `Å` and the Angstrom sign; `ω`, `Ω` and the Ohm sign.
pub(super) fn fold_angstrom_and_ohm_signs(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["å", "Å", "\u{212B}"],
            &["ω", "Ω", "\u{2126}"],
            &["a", "A"],
        ],
    );
}

/// `s`, `S` and the long s.
pub(super) fn fold_long_s(run: &Run<'_>) {
    check_classes(run, &[&["s", "S", "ſ"], &["f", "F"]]);
    check_texts(
        run,
        &["ſaleſ", "SALES", "ß", "ſſ", "ſs"],
        &[
            ("sales", &[0, 1]),
            ("ſALEſ", &[0, 1]),
            ("ss", &[3, 4]),
            ("ſ", &[0, 1, 3, 4]),
        ],
    );
}

/// `ß` is `ẞ` and never two letters.
pub(super) fn fold_sharp_s(run: &Run<'_>) {
    check_classes(run, &[&["ß", "ẞ"], &["ss"]]);
    check_texts(
        run,
        &["Straße", "STRAẞE", "STRASSE"],
        &[("straße", &[0, 1]), ("strasse", &[2]), ("s", &[0, 1, 2])],
    );
}

/// `σ`, `Σ` and the final `ς`.
pub(super) fn fold_sigma(run: &Run<'_>) {
    check_classes(run, &[&["σ", "Σ", "ς"], &["ϲ", "Ϲ"]]);
    check_texts(
        run,
        &["Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"],
        &[("οδυσσεύσ", &[0, 1]), ("ςς", &[0, 1]), ("ύς", &[0, 1])],
    );
}

/// `İ` and `ı` are letters of their own. Neither equals `i`.
pub(super) fn fold_turkish_i(run: &Run<'_>) {
    check_classes(run, &[&["i", "I"], &["İ"], &["ı"], &["í", "Í"]]);
    check_texts(
        run,
        &[
            "İstanbul",
            "istanbul",
            "ISTANBUL",
            "ıstanbul",
            "i\u{307}stanbul",
        ],
        &[
            ("istanbul", &[1, 2]),
            ("İstanbul", &[0]),
            ("stanbul", &[0, 1, 2, 3, 4]),
            ("i\u{307}", &[4]),
        ],
    );
}

/// The micro sign, and symbols that are variants of Greek letters.
pub(super) fn fold_greek_symbols(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["µ", "μ", "Μ"],
            &["β", "Β", "ϐ"],
            &["θ", "Θ", "ϑ", "ϴ"],
            &["φ", "Φ", "ϕ"],
            &["π", "Π", "ϖ"],
            &["κ", "Κ", "ϰ"],
            &["ρ", "Ρ", "ϱ"],
            &["ε", "Ε", "ϵ"],
            &["ι", "Ι", "\u{345}", "\u{1FBE}"],
            &["m", "M"],
        ],
    );
}

/// Digraphs, which have a titlecase form besides the upper and the lower case.
pub(super) fn fold_titlecase(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["ǆ", "Ǆ", "ǅ"],
            &["ǉ", "Ǉ", "ǈ"],
            &["ǌ", "Ǌ", "ǋ"],
            &["ǳ", "Ǳ", "ǲ"],
            &["\u{1F80}", "\u{1F88}"],
            &["\u{1FB3}", "\u{1FBC}"],
            &["dž"],
        ],
    );
}

pub(super) fn fold_cherokee(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["\u{13A0}", "\u{AB70}"],
            &["\u{13EF}", "\u{ABBF}"],
            &["\u{13F0}", "\u{13F8}"],
            &["\u{13F5}", "\u{13FD}"],
        ],
    );
}

pub(super) fn fold_georgian(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["\u{10A0}", "\u{2D00}"],
            &["\u{10D0}", "\u{1C90}"],
            &["\u{10FF}", "\u{1CBF}"],
        ],
    );
}

/// Variants of Cyrillic letters, which Unicode 9 added.
pub(super) fn fold_cyrillic_variants(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["в", "В", "\u{1C80}"],
            &["д", "Д", "\u{1C81}"],
            &["о", "О", "\u{1C82}"],
            &["т", "Т", "\u{1C84}", "\u{1C85}"],
            &["ъ", "Ъ", "\u{1C86}"],
            &["\u{A64B}", "\u{A64A}", "\u{1C88}"],
        ],
    );
}

/// Deseret, Osage, Vithkuqi and others beyond the first 65,536 scalars.
pub(super) fn fold_astral(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["\u{10400}", "\u{10428}"],
            &["\u{10427}", "\u{1044F}"],
            &["\u{104B0}", "\u{104D8}"],
            &["\u{10570}", "\u{10597}"],
            &["\u{10C80}", "\u{10CC0}"],
            &["\u{118A0}", "\u{118C0}"],
            &["\u{16E40}", "\u{16E60}"],
            &["\u{1E900}", "\u{1E922}"],
            &["\u{1D400}"],
            &["\u{1D41A}"],
        ],
    );
}

/// A letter does not equal the several letters that full folding or lower-casing makes of it.
pub(super) fn fold_is_never_longer(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["ﬀ"],
            &["ff"],
            &["ﬁ"],
            &["fi"],
            &["ŉ"],
            &["ʼn"],
            &["ǰ"],
            &["և"],
            &["եւ"],
            &["\u{1E96}"],
            &["h\u{331}"],
            &["\u{1F50}"],
            &["\u{1E9A}"],
            &["aʾ"],
        ],
    );
}

/// Pairs that Unicode has added since version 15.0, and three pairs of full folding alone.
pub(super) fn fold_keeps_newer_pairs_apart(run: &Run<'_>) {
    check_classes(
        run,
        &[
            &["\u{390}"],
            &["\u{1FD3}"],
            &["\u{3B0}"],
            &["\u{1FE3}"],
            &["\u{FB05}"],
            &["\u{FB06}"],
            &["\u{19B}"],
            &["\u{A7DC}"],
            &["\u{264}"],
            &["\u{A7CB}"],
            &["\u{1C89}"],
            &["\u{1C8A}"],
            &["\u{A7CC}"],
            &["\u{A7CD}"],
            &["\u{A7DA}"],
            &["\u{A7DB}"],
            &["\u{10D50}"],
            &["\u{10D70}"],
        ],
    );
}

/// All 1,424 classes with their 2,878 letters. Forty classes form one name, so that one wrong
/// letter hides that name.
pub(super) fn fold_all_classes(run: &Run<'_>) {
    const BLOCK: usize = 40;
    let mut classes: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for scalar in '\0'..='\u{1FFFF}' {
        let folded = fold(scalar);
        if folded != scalar {
            let class = classes.entry(folded).or_insert_with(|| vec![folded]);
            class.push(scalar);
        }
    }
    let classes: Vec<Vec<char>> = classes.into_values().collect();
    assert_eq!(classes.len(), 1_424);
    assert_eq!(classes.iter().map(Vec::len).sum::<usize>(), 2_878);
    // The largest class has four letters.
    let spelt = |block: &[Vec<char>], way: usize| -> String {
        let letters = block.iter().map(|class| class[way % class.len()]);
        letters.collect()
    };
    let blocks: Vec<[String; 4]> = classes
        .chunks(BLOCK)
        .map(|block| [0, 1, 2, 3].map(|way| spelt(block, way)))
        .collect();
    let store = run.load(numbered_names(blocks.iter().flatten()));
    for (block, texts) in blocks.iter().enumerate() {
        let ids = numbers(4 * block..4 * (block + 1));
        for text in texts {
            store.sort("{}").text(text).lists_on_page(ids.clone());
        }
    }
}

/// The standard library's upper or lower case of a letter does not match it, except in its class.
pub(super) fn fold_keeps_other_pairs_apart(run: &Run<'_>) {
    let pairs: Vec<(char, String)> = ('\u{80}'..='\u{1FFFF}')
        .flat_map(|scalar| {
            let cases = [
                scalar.to_lowercase().collect(),
                scalar.to_uppercase().collect(),
            ];
            cases.map(|case: Vec<char>| (scalar, case))
        })
        .filter(|(scalar, case)| !case.iter().map(|c| fold(*c)).eq([fold(*scalar)]))
        .map(|(scalar, case)| (scalar, case.iter().collect()))
        .collect();
    assert!(pairs.len() > 100, "{}", pairs.len());
    let store = run.load(numbered_names(pairs.iter().map(|(_, case)| case)));
    for (scalar, _) in &pairs {
        let holds = |name: &str| name.chars().any(|c| fold(c) == fold(*scalar));
        let indexes = (0..pairs.len()).filter(|&index| holds(&pairs[index].1));
        let query = store.sort("{}").text(&scalar.to_string());
        query.lists_on_page(numbers(indexes));
    }
}
