//! From bytes to text: whatever Windows, Excel and PowerShell save.

use std::fmt;

/// How the bytes of a file stand for letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, least significant byte first: what PowerShell's `Out-File` writes.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// UTF-32, least significant byte first.
    Utf32Le,
    /// Windows-1252, of which ISO 8859-1 is a part.
    Windows1252,
    /// UTF-8 with bytes in it that are Windows-1252.
    Mixed,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little endian)",
            Self::Utf16Be => "UTF-16 (big endian)",
            Self::Utf32Le => "UTF-32 (little endian)",
            Self::Windows1252 => "Windows-1252",
            Self::Mixed => "UTF-8 with some bytes that were read as Windows-1252",
        })
    }
}

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// A workbook.
    #[error("an Excel or OpenDocument workbook isn't read: save the sheet as CSV")]
    Workbook,
    /// Packed.
    #[error("it is compressed: unpack it first")]
    Compressed,
    /// Something else.
    #[error("it is no text file: give JSON, JSON lines or CSV")]
    Binary,
}

/// Reads bytes as text. Without a byte order mark, zero bytes at every other place tell UTF-16, and what isn't UTF-8 is
/// Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), NotText> {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(NotText::Workbook),
        [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [0xfd, b'7', b'z', ..] => {
            return Err(NotText::Compressed);
        }
        [b'%', b'P', b'D', b'F', ..] => return Err(NotText::Binary),
        [0xff, 0xfe, 0, 0, rest @ ..] => return Ok((utf32(rest), Encoding::Utf32Le)),
        [0xff, 0xfe, rest @ ..] => return Ok((utf16(rest, u16::from_le_bytes), Encoding::Utf16Le)),
        [0xfe, 0xff, rest @ ..] => return Ok((utf16(rest, u16::from_be_bytes), Encoding::Utf16Be)),
        _ => {}
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.contains(&0) {
        let pairs = bytes.len() / 2;
        let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
        // Most letters of such a file are ASCII.
        return match (zeros(0), zeros(1)) {
            (even, odd) if odd * 2 > pairs && even * 8 < pairs => {
                Ok((utf16(bytes, u16::from_le_bytes), Encoding::Utf16Le))
            }
            (even, odd) if even * 2 > pairs && odd * 8 < pairs => {
                Ok((utf16(bytes, u16::from_be_bytes), Encoding::Utf16Be))
            }
            _ => Err(NotText::Binary),
        };
    }
    let mut text = String::with_capacity(bytes.len());
    let (mut beyond_ascii, mut foreign) = (false, false);
    for chunk in bytes.utf8_chunks() {
        beyond_ascii |= !chunk.valid().is_ascii();
        foreign |= !chunk.invalid().is_empty();
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| windows_1252(*byte)));
    }
    let encoding = match (foreign, beyond_ascii) {
        (false, _) => Encoding::Utf8,
        (true, false) => Encoding::Windows1252,
        (true, true) => Encoding::Mixed,
    };
    Ok((text, encoding))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn utf32(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(4).map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]));
    units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn windows_1252(byte: u8) -> char {
    /// 0x80 to 0x9f; five of them stand for nothing and stay control characters.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_of_windows_are_read() {
        let text = "[\"Jörg Weiß – x\"]";
        let utf16 = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let with = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (with(&[0xef, 0xbb, 0xbf], text.as_bytes().to_vec()), Encoding::Utf8),
            (with(&[0xff, 0xfe], utf16(u16::to_le_bytes)), Encoding::Utf16Le),
            (with(&[0xfe, 0xff], utf16(u16::to_be_bytes)), Encoding::Utf16Be),
            (utf16(u16::to_le_bytes), Encoding::Utf16Le),
            (utf16(u16::to_be_bytes), Encoding::Utf16Be),
            (b"[\"J\xf6rg Wei\xdf \x96 x\"]".to_vec(), Encoding::Windows1252),
            ("[\"Jörg ".bytes().chain(*b"Wei\xdf \x96 x\"]").collect(), Encoding::Mixed),
        ] {
            assert_eq!(decode(&bytes), Ok((text.to_owned(), encoding)), "{encoding}");
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(decode(b"PK\x03\x04rest"), Err(NotText::Workbook));
        assert_eq!(decode(b"\x1f\x8b\x08"), Err(NotText::Compressed));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 2, 0, 0]), Err(NotText::Binary));
    }
}
