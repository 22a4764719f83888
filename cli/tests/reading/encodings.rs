//! Decoding the bytes of a file.

use livechat_units_cli::encoding::decode;

const TEXT: &str = "{\"_id\":\"a\",\"name\":\"Zoë 🦀\"}\r\n{\"_id\":\"b\"}\n";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn refusal(bytes: &[u8]) -> String {
    decode(bytes.to_vec()).unwrap_err().to_string()
}

#[test]
fn utf8_and_utf16_are_read_with_and_without_a_mark() {
    for text in [TEXT, &format!("\u{FEFF}{TEXT}"), "[]", " {}"] {
        assert_eq!(decode(text.as_bytes().to_vec()).unwrap(), text);
        assert_eq!(decode(utf16(text, u16::to_le_bytes)).unwrap(), text);
        assert_eq!(decode(utf16(text, u16::to_be_bytes)).unwrap(), text);
    }
    assert_eq!(decode(Vec::new()).unwrap(), "");
    assert_eq!(decode(vec![0xFF, 0xFE]).unwrap(), "\u{FEFF}");
    let (mark, small) = ("\u{FEFF}", "[]\n");
    let joined = format!("{mark}{small}{mark}{small}");
    assert_eq!(decode(utf16(&joined, u16::to_le_bytes)).unwrap(), joined);
}

#[test]
fn other_encodings_are_refused_with_their_position_and_what_to_do() {
    let latin = [b"{\"_id\":\"a\"}\n{\"name\":\"Zo", &b"\xEB\"}"[..]].concat();
    assert_eq!(
        refusal(&latin),
        "line 2, column 12: expected UTF-8, found the byte 0xEB at byte 23: \
         convert the file, with iconv -f WINDOWS-1252 -t UTF-8 if it is from Windows"
    );
    let joined = [
        b"{\"_id\":\"a\"}\n".to_vec(),
        utf16("\u{FEFF}{}", u16::to_le_bytes),
    ]
    .concat();
    assert_eq!(
        refusal(&joined),
        "line 2, column 1: expected UTF-8, found a byte order mark of UTF-16 at byte 12: \
         files of two encodings were joined: convert each to UTF-8 first"
    );
    let swapped = [
        utf16("\u{FEFF}{}\n", u16::to_le_bytes),
        utf16("\u{FEFF}{}\n", u16::to_be_bytes),
    ];
    assert_eq!(
        refusal(&swapped.concat()),
        "line 2, column 1: expected UTF-16, found a byte order mark of the other byte order \
         at byte 8: files of two encodings were joined: convert each to UTF-8 first"
    );
}

#[test]
fn a_text_that_ends_within_a_character_was_cut() {
    let crab = "\"🦀\"".as_bytes();
    for length in 2..5 {
        assert_eq!(
            refusal(&crab[..length]),
            "line 1, column 2: expected UTF-8, found the end of the file within a character \
             at byte 1: the file is damaged or was cut: write it again"
        );
    }
    let mut odd = utf16(TEXT, u16::to_le_bytes);
    odd.pop();
    assert_eq!(
        refusal(&odd),
        "line 2, column 12: expected UTF-16, found a single byte at byte 80: \
         the file is damaged or was cut: write it again"
    );
    let mut half = utf16("\u{FEFF}[\"", u16::to_be_bytes);
    half.extend([0xD8, 0x00, 0x00, b'"']);
    assert_eq!(
        refusal(&half),
        "line 1, column 4: expected UTF-16, found half of a surrogate pair at byte 6: \
         the file is damaged or was cut: write it again"
    );
}

#[test]
fn other_files_are_named() {
    const UTF_32: &str = "UTF-32: convert it with iconv -f UTF-32 -t UTF-8";
    let utf32: Vec<u8> = "[]"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    for (bytes, found) in [
        (
            &b"\x1F\x8B\x08\0\0\0\0\0"[..],
            "data that gzip has compressed: decompress it with gunzip",
        ),
        (
            b"\x16\0\0\0\x02_id\0\x02\0\0\0a\0\0",
            "BSON, as mongodump writes it: export with mongoexport, or convert the file with \
             bsondump",
        ),
        (&utf32, UTF_32),
        (b"\xFF\xFE\0\0[\0\0\0", UTF_32),
        (b"\0\0\xFE\xFF\0\0\0[", UTF_32),
        (b"\0\0\0[\0\0\0]", UTF_32),
    ] {
        let expected = format!("expected UTF-8 or UTF-16, found {found}");
        assert_eq!(refusal(bytes), expected);
    }
    // A file may have nothing but zeros after a power failure.
    assert_eq!(decode(vec![0; 8]).unwrap(), "\0".repeat(8));
}
