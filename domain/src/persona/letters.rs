//! The plain ASCII spelling of letters, as account and file names have it.

use alloc::string::String;

/// The usual plain spelling of a lower-case letter in an account name; `None` for letters of scripts
/// that have no fixed one here (Han, Arabic, Hangul, …).
pub(crate) fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' | 'ĕ' | 'ẹ'..='ệ' => "e",
        'ğ' | 'ģ' | 'ĝ' | 'ġ' | 'ǧ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' | 'ĩ' | 'ǐ' | 'ỉ'..='ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ł' | 'ļ' | 'ľ' | 'ĺ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' | 'ō' | 'ŏ' | 'ơ' | 'ǒ' | 'ọ'..='ợ' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ŕ' | 'ř' | 'ŗ' => "r",
        'ś' | 'š' | 'ş' | 'ș' | 'ŝ' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' | 'ŧ' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' | 'ū' | 'ų' | 'ŭ' | 'ũ' | 'ư' | 'ǔ' | 'ụ'..='ự' => "u",
        'ü' => "ue",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return cyrillic(c).or_else(|| greek(c)),
    })
}

/// As passports of Russia, Ukraine and Bulgaria mostly have it (ICAO Doc 9303, part 3).
fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'ђ' => "dj",
        'е' | 'ё' | 'э' => "e",
        'є' => "ie",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' | 'ы' | 'ї' => "i",
        'ј' => "j",
        'к' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'ћ' => "c",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'џ' => "dz",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        _ => return None,
    })
}

/// Letter by letter, as ISO 843 has it.
fn greek(c: char) -> Option<&'static str> {
    Some(match c {
        'α' | 'ά' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' | 'έ' => "e",
        'ζ' => "z",
        'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'υ' | 'ύ' | 'ϋ' | 'ΰ' => "y",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}

/// How letters with an accent are spelt without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// With the letters that stand for the accent: *ü* is `ue`, *ø* is `oe`, *å* is `aa`.
    Full,
    /// With the accent left out: *ü* is `u`, *ø* is `o`, *å* is `a`.
    Bare,
}

/// The letters and digits of a text in lower-case ASCII. Punctuation and spaces are left out.
/// `None` where a letter has no plain spelling.
pub(crate) fn plain(text: &str, spelling: Spelling) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match (c, spelling) {
            (c, _) if c.is_ascii_alphanumeric() => out.push(c),
            ('ä' | 'æ' | 'å', Spelling::Bare) => out.push('a'),
            ('ö' | 'ø', Spelling::Bare) => out.push('o'),
            ('ü', Spelling::Bare) => out.push('u'),
            ('å', Spelling::Full) => out.push_str("aa"),
            (c, _) => match fold(c) {
                Some(letters) => out.push_str(letters),
                None if c.is_alphanumeric() => return None,
                // Punctuation, spaces, and marks that belong to the letter before them.
                None => {}
            },
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_many_languages_have_a_plain_spelling() {
        for (name, full, bare) in [
            ("Jürgen Weiß", "juergenweiss", "jurgenweiss"),
            ("Nguyễn Thị Hồng", "nguyenthihong", "nguyenthihong"),
            ("Ștefan Țîrlea", "stefantirlea", "stefantirlea"),
            ("Þórdís Jónsdóttir", "thordisjonsdottir", "thordisjonsdottir"),
            ("Åse Bjørnstad", "aasebjoernstad", "asebjornstad"),
            ("Ольга Петрова", "olgapetrova", "olgapetrova"),
            ("Γιώργος Παππάς", "giorgospappas", "giorgospappas"),
            ("D’Arcy O'Brien", "darcyobrien", "darcyobrien"),
        ] {
            assert_eq!(plain(name, Spelling::Full).as_deref(), Some(full));
            assert_eq!(plain(name, Spelling::Bare).as_deref(), Some(bare));
        }
        for other in ["佐藤 健", "محمد", "김민준"] {
            assert_eq!(plain(other, Spelling::Full), None, "{other}");
        }
    }
}
