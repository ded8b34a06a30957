"""Currencies: their codes, their decimals, and what people call them."""

from collections.abc import Mapping

# ISO 4217, by how many decimals amounts have.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DECIMALS = {code: decimals for decimals, codes in _CODES.items() for code in codes.split()}
CODES = frozenset(_DECIMALS)

# Codes that are no words.
_UNMISTAKABLE = frozenset(
    {"ars", "aud", "brl", "chf", "clp", "cny", "dkk", "eur", "gbp", "inr", "jpy", "krw", "mxn", "nok", "nzd", "pyg"}
    | {"sek", "usd", "uyu", "zar"}
)

# What several countries call their own money, and write with one sign.
_CALLED = {
    called: frozenset(codes.split())
    for called, codes in {
        "dollar": "AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD USD XCD",
        "peso": "ARS CLP COP CUP DOP MXN PHP UYU",
        "rs": "INR LKR MUR NPR PKR SCR",
    }.items()
}
_DOLLARS, _PESOS, _CALLED_RS = _CALLED["dollar"], _CALLED["peso"], _CALLED["rs"]


def decimals(currency: str) -> int:
    """How many digits its amounts have behind the separator."""
    return _DECIMALS.get(currency, 2)


def is_code(word: str, written: str) -> bool:
    """Whether folded `word`, `written` like that, is a code: `all`, `top` or `pen` in small letters are none."""
    return word.upper() in CODES and (word in _UNMISTAKABLE or written.isupper())


SIGNS: Mapping[str, str] = {
    "BRL": "R$",
    "USD": "US$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "ARS": "AR$",
    "AUD": "AU$",
    "CAD": "CA$",
    "CLP": "CL$",
    "COP": "CO$",
    "MXN": "MX$",
    "NZD": "NZ$",
    "UYU": "UY$",
    "PEN": "S/",
    "CRC": "₡",
    "INR": "₹",
    "KRW": "₩",
    "NGN": "₦",
    "PHP": "₱",
    "PYG": "₲",
}
"""How amounts of a currency are marked where nobody can take it for another; the rest by their codes."""

# Signs in folded text, whichever side of the number they are on; `$` alone is of several.
_OF_ONE = {sign.lower(): code for code, sign in SIGNS.items()} | {
    "u$": "USD",
    "u$s": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "col$": "COP",
    "s/.": "PEN",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₫": "VND",
    "bs": "BOB",
}
_NAMES = {
    "BRL": "real reais reai reias reaes reals conto contos pila pilas",
    "EUR": "euro euros eurito euritos",
    "GBP": "libra libras pound pounds quid sterling",
    "JPY": "yen yens yenes iene ienes",
    "CHF": "francos francs franken",
    "PEN": "soles",
    "PYG": "guarani guaranis guaranies",
    "BOB": "boliviano bolivianos",
    "GTQ": "quetzal quetzales",
    "HNL": "lempira lempiras",
    "CRC": "colones",
    "NIO": "cordobas",
    "VES": "bolivar bolivares",
    "INR": "rupia rupias rupee rupees",
    "ZAR": "rand rands",
    "CNY": "yuan yuanes renminbi",
    "RUB": "rublo rublos ruble rubles",
    "AOA": "kwanza kwanzas",
    "MZN": "metical meticais",
    "NGN": "naira nairas",
    "PLN": "zloty zlotys zlotych",
}
_OF_ONE_BY_NAME = {name: code for code, names in _NAMES.items() for name in names.split()}
_DOLLAR = frozenset({"$", "dolar", "dolares", "dolars", "dollar", "dollars", "buck", "bucks"})
_PESO = frozenset({"peso", "pesos"})
# Slang for whatever the money is called, with the currency it is if the usual one is none of the others it is said of.
_SLANG = {
    **dict.fromkeys(("pau", "paus"), ("BRL", frozenset({"EUR"}))),
    **dict.fromkeys(("mango", "mangos"), ("BRL", _PESOS)),
    **dict.fromkeys(("pavo", "pavos"), ("EUR", _DOLLARS)),
}


def currency_of(mark: str, default: str) -> str | None:
    """The currency that a sign, name or code in folded text stands for; None if it stands for none.

    One that several countries use is `default` where that is written or called so; else the one of most people.
    """
    if mark in _DOLLAR:
        written_so = default in _DOLLARS or (mark == "$" and default in _PESOS | {"NIO"})
        return default if written_so else "USD"
    if mark in _PESO:
        return default if default in _PESOS else "MXN"
    if mark == "rs":
        return default if default in _CALLED_RS else "BRL"
    if mark in _SLANG:
        usual, others = _SLANG[mark]
        return default if default in others else usual
    code = mark.upper()
    return code if code in CODES else _OF_ONE.get(mark) or _OF_ONE_BY_NAME.get(mark)
