"""RFCs as the SAT makes them: letters of the name, a date, and three characters that follow from both."""

import re
import unicodedata
from datetime import date, timedelta
from random import Random

SHAPE = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{2}[A\d]")

_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}
_CODES = {char: code for code, char in enumerate("0123456789&ABCDEFGHI_JKLMNOPQR__STUVWXYZÑ")} | {" ": 0}
_KEYS = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LEGAL_FORM = re.compile(
    r",?\s+(S\.?\s?A\.?P?\.?I?\.?|S\.?\s?DE\s?R\.?\s?L\.?|S\.?\s?C\.?|A\.?\s?C\.?)(\s+DE\s+C\.?\s?V\.?)?\.?$"
)
_SMALL_WORDS = re.compile("A|AL|DE|DEL|E|EL|EN|LA|LAS|LOS|MC|MAC|MI|PARA|POR|VAN|VON|Y")
_COMMON_NAMES = re.compile("JOSE|J|MARIA|MA")
# Words that the SAT does not want to read; their last letter becomes an X.
_RUDE = re.compile(
    "BUEI|BUEY|CACA|CACO|CAGA|CAGO|CAKA|COGE|COJA|COJE|COJI|COJO|CULO|FETO|GUEY|JOTO|KACA|KACO|KAGA|KAGO|"
    "KOGE|KOJO|KAKA|KULO|MAME|MAMO|MEAR|MEON|MION|MOCO|MULA|PEDA|PEDO|PENE|PUTA|PUTO|QULO|RATA|RUIN"
)


def check_digit(rfc: str) -> str:
    """Return the last character of an RFC, given all others (11 of a company's, 12 of a person's)."""
    total = sum(_VALUES[char] * weight for char, weight in zip(rfc.rjust(12), range(13, 1, -1), strict=True))
    return "0A987654321"[total % 11] if total % 11 else "0"


def is_valid(rfc: str) -> bool:
    """Tell whether an RFC has the right form, a date that exists and the right check digit."""
    if SHAPE.fullmatch(rfc) is None or rfc[-1] != check_digit(rfc[:-1]):
        return False
    try:
        date.fromisoformat(f"20{rfc[-9:-7]}-{rfc[-7:-5]}-{rfc[-5:-3]}")
    except ValueError:
        return False
    return True


def person_rfc(first: str, paternal: str, maternal: str, born: date) -> str:
    """Return the RFC of a person: `person_rfc("Emma", "Gómez", "Díaz", date(1956, 12, 31))`."""
    given, family, mother = (_plain(name) for name in (first, paternal, maternal))
    letters = _person_letters(_words(given), _words(family), _words(mother))
    return _finish(letters, " ".join(filter(None, (family, mother, given))), born)


def company_rfc(name: str, founded: date) -> str:
    """Return the RFC of a company: `company_rfc("Ferretería La Palma, S.A. de C.V.", founded)`."""
    plain = _LEGAL_FORM.sub("", _plain(name, keep=".,")).replace(".", "").replace(",", "")
    return _finish(_company_letters(_words(plain)), plain, founded)


def any_person_rfc(random: Random) -> str:
    """Return the RFC of somebody without a name, the same for the same seed."""
    first, paternal, maternal = (_syllables(random) for _ in range(3))
    return person_rfc(first, paternal, maternal, _day(random, 1950, 2003))


def any_company_rfc(random: Random) -> str:
    """Return the RFC of a company without a name, the same for the same seed."""
    name = " ".join(_syllables(random) for _ in range(3))
    return company_rfc(name, _day(random, 1980, 2022))


def _finish(letters: str, name: str, day: date) -> str:
    begin = f"{letters}{day:%y%m%d}{_homonymy(name)}"
    return begin + check_digit(begin)


def _homonymy(name: str) -> str:
    """Return the two characters that tell names with the same letters apart."""
    digits = "0" + "".join(f"{_CODES[char]:02d}" for char in name)
    pairs = ((int(digits[at : at + 2]), int(digits[at + 1])) for at in range(len(digits) - 1))
    key = sum(one * other for one, other in pairs) % 1000
    return _KEYS[key // 34] + _KEYS[key % 34]


def _person_letters(given: list[str], family: list[str], mother: list[str]) -> str:
    name = next((word for word in given if not _COMMON_NAMES.fullmatch(word)), given[0] if given else "X")
    one = family[0] if family else "X"
    vowel = next((char for char in one[1:] if char in "AEIOU"), "X")
    letters = f"{one[0]}{vowel}{mother[0][0] if mother else 'X'}{name[0]}"
    return letters[:3] + "X" if _RUDE.fullmatch(letters) else letters


def _company_letters(words: list[str]) -> str:
    if len(words) >= 3:
        return words[0][0] + words[1][0] + words[2][0]
    if len(words) == 2:
        return (words[0][0] + words[1]).ljust(3, "X")[:3]
    return "".join(words).ljust(3, "X")[:3]


def _words(plain: str) -> list[str]:
    words = [re.sub("[^A-ZÑ&]", "", word) for word in plain.split()]
    return [word for word in words if word and not _SMALL_WORDS.fullmatch(word)] or [
        word for word in words if word
    ]


def _plain(name: str, keep: str = "") -> str:
    """Write a name in capitals without accents; the Ñ stays."""
    parts = unicodedata.normalize("NFD", name.upper().replace("Ñ", "\0"))
    text = "".join(char for char in parts if not unicodedata.combining(char)).replace("\0", "Ñ")
    return " ".join("".join(char if char in _VALUES or char in keep else " " for char in text).split())


def _syllables(random: Random) -> str:
    return "".join(random.choice(_LETTERS) + random.choice("AEIOU") for _ in range(3))


def _day(random: Random, first: int, last: int) -> date:
    start = date(first, 1, 1)
    return start + timedelta(days=random.randrange((date(last, 12, 31) - start).days))
