r"""The names that Java knows within \p{...}; it has no list of its own that could be asked without a JVM."""

from __future__ import annotations

import re

from hallmark.lakehouse.errors import did_you_mean


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


_CATEGORIES = _names("""
    C Cc Cf Cn Co Cs L LC LD L1 Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs all
""")
_POSIX = _names("ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit")
_OF_JAVA = _names("""
    javaLowerCase javaUpperCase javaTitleCase javaAlphabetic javaIdeographic javaDigit javaDefined javaLetter
    javaLetterOrDigit javaSpaceChar javaWhitespace javaISOControl javaMirrored javaIdentifierIgnorable
    javaJavaIdentifierStart javaJavaIdentifierPart javaUnicodeIdentifierStart javaUnicodeIdentifierPart
""")
_BINARY = _names("""
    ALPHABETIC ALNUM ASSIGNED BLANK CONTROL DIGIT GRAPH HEX_DIGIT HEXDIGIT IDEOGRAPHIC JOIN_CONTROL JOINCONTROL LETTER
    LOWERCASE NONCHARACTER_CODE_POINT NONCHARACTERCODEPOINT PRINT PUNCTUATION TITLECASE UPPERCASE WHITE_SPACE WHITESPACE
""")
_SCRIPTS = _names("""
    COMMON LATIN GREEK CYRILLIC ARMENIAN HEBREW ARABIC SYRIAC THAANA DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA
    TAMIL TELUGU KANNADA MALAYALAM SINHALA THAI LAO TIBETAN MYANMAR GEORGIAN HANGUL ETHIOPIC CHEROKEE
    CANADIAN_ABORIGINAL OGHAM RUNIC KHMER MONGOLIAN HIRAGANA KATAKANA BOPOMOFO HAN YI OLD_ITALIC GOTHIC DESERET
    INHERITED TAGALOG HANUNOO BUHID TAGBANWA LIMBU TAI_LE LINEAR_B UGARITIC SHAVIAN OSMANYA CYPRIOT BRAILLE BUGINESE
    COPTIC NEW_TAI_LUE GLAGOLITIC TIFINAGH SYLOTI_NAGRI OLD_PERSIAN KHAROSHTHI BALINESE CUNEIFORM PHOENICIAN
    PHAGS_PA NKO SUNDANESE BATAK LEPCHA OL_CHIKI VAI SAURASHTRA KAYAH_LI REJANG LYCIAN CARIAN LYDIAN CHAM TAI_THAM
    TAI_VIET AVESTAN EGYPTIAN_HIEROGLYPHS SAMARITAN MANDAIC LISU BAMUM JAVANESE MEETEI_MAYEK IMPERIAL_ARAMAIC
    OLD_SOUTH_ARABIAN INSCRIPTIONAL_PARTHIAN INSCRIPTIONAL_PAHLAVI OLD_TURKIC BRAHMI KAITHI MEROITIC_HIEROGLYPHS
    MEROITIC_CURSIVE SORA_SOMPENG CHAKMA SHARADA TAKRI MIAO CAUCASIAN_ALBANIAN BASSA_VAH DUPLOYAN ELBASAN GRANTHA
    PAHAWH_HMONG KHOJKI LINEAR_A MAHAJANI MANICHAEAN MENDE_KIKAKUI MODI MRO OLD_NORTH_ARABIAN NABATAEAN PALMYRENE
    PAU_CIN_HAU OLD_PERMIC PSALTER_PAHLAVI SIDDHAM KHUDAWADI TIRHUTA WARANG_CITI AHOM ANATOLIAN_HIEROGLYPHS HATRAN
    MULTANI OLD_HUNGARIAN SIGNWRITING ADLAM BHAIKSUKI MARCHEN NEWA OSAGE TANGUT MASARAM_GONDI NUSHU SOYOMBO
    ZANABAZAR_SQUARE HANIFI_ROHINGYA OLD_SOGDIAN SOGDIAN DOGRA GUNJALA_GONDI MAKASAR MEDEFAIDRIN ELYMAIC NANDINAGARI
    NYIAKENG_PUACHUE_HMONG WANCHO YEZIDI CHORASMIAN DIVES_AKURU KHITAN_SMALL_SCRIPT UNKNOWN
""")
_BLOCK = re.compile(r"(?:In|block=|blk=)[A-Za-z0-9_ -]+", re.IGNORECASE)
_SCRIPT = re.compile(r"(?:script|sc)=(.+)", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:general_category|gc)=(.+)", re.IGNORECASE)


def is_property(name: str) -> bool:
    r"""Whether Java knows a name within \p{...}. Its hundreds of blocks are not looked up, nor scripts' short names.

    >>> [is_property(name) for name in ("Lu", "IsGreek", "sc=Latn", "InGreek", "Nonsense", "isgreek")]
    [True, True, True, True, False, False]
    """
    if match := _SCRIPT.fullmatch(name):
        return _is_script(match.group(1))
    if match := _CATEGORY.fullmatch(name):
        return match.group(1) in _CATEGORIES
    if name.startswith("Is"):
        return name[2:] in _CATEGORIES or name[2:].upper() in _BINARY or _is_script(name[2:])
    return name in _CATEGORIES | _POSIX | _OF_JAVA or _BLOCK.fullmatch(name) is not None


def near_property(name: str) -> str:
    """A hint for a mistyped name, or an empty text."""
    known = [*(_CATEGORIES | _POSIX | _OF_JAVA), *(f"Is{script.title()}" for script in _SCRIPTS)]
    return did_you_mean(name, sorted(known)) or did_you_mean(f"Is{name}", sorted(known))


def _is_script(name: str) -> bool:
    return name.upper() in _SCRIPTS or re.fullmatch("[A-Za-z]{4}", name) is not None
