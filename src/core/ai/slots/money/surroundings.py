"""What stands around a number that is no amount: places of other numbers, and words that say what is counted."""

import re

# Numbers of other things: whatever else an utterance says, no amount is in them.
_NUMBERS = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+"
    r"|\+[0-9][0-9 ().-]{6,}[0-9]"
    r"|\([0-9]{2,3}\) ?[0-9][0-9 -]{5,}[0-9]"
    r"|\b[0-9]{2} [0-9]{4,5}[ -]?[0-9]{4}\b"
    r"|\b[0-9]{3,5}-[0-9]{3,4}(?:-[0-9]{4})?\b"
    # Brazil's numbers of people and of firms.
    r"|\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b"
    r"|\b[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}\b"
)
# Dates and times, impossible ones too.
_TIMES = re.compile(
    r"\b[0-9]{1,4}[/-][0-9]{1,2}(?:[/-][0-9]{1,4})?\b"
    r"|\b[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})\b"
    r"|\b[0-9]{1,2}:[0-9]{2}\b"
)

_COUNTED = re.compile(
    r" *(?:[%°]|"
    r"(?:por ?cento|por ?ciento|percent|x|vezes|veces|times|parcelas|prestac(?:ao|oes)|cuotas|mensualidades"
    r"|installments|payments|dias|days|semanas|weeks|meses|months|anos|years|horas|hours|h|hs|hrs?|min|mins|minutos?"
    r"|minutes?|seg|segundos|seconds|am|pm|kg|kgs|quilos?|kilos?|g|gr|gramas?|gramos|grams|lbs?|oz|km|kms|cm|mm|m"
    r"|metros?|meters|miles|milhas|millas|l|lt|lts|litros?|liters?|ml|gb|mb|pessoas?|personas?|people|unidades?|units?"
    r"|pecas?|pieces?|pcs|itens|items|graus|degrees"
    r"|(?:de |of )?(?:janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"
    r"|enero|febrero|marzo|mayo|junio|julio|septiembre|setiembre|octubre|noviembre|diciembre))(?![a-z0-9]))"
)
_ONE = re.compile(r" *(?:vez|time|parcela|dia|day|semana|week|mes|month|ano|year|hora|hour)(?![a-z0-9])")

_LABEL = re.compile(
    r"(?:#|\b(?:notas?|nf|nfe|nfce|nfse|faturas?|facturas?|invoices?|recibo|pedido|order|numero|number|num|nro|no|n"
    r"|item|opcao|opcion|option|turma|linha|linea|line|pagina|page|capitulo|chapter|versao|version|rua|calle|avenida"
    r"|av|street|km|br|cpf|cnpj|rg|dni|cep|zip|pin|senha|codigo|code|protocolo|id"
    r"|(?<!bom )(?<!buen )dia|day|year|top|nivel|level|fase"
    r"|grupo|group|sub))(?: (?:fiscal|numero|number|num|nro|no|n))?[ .:#°-]*$"
)
# Models and doors have short numbers; a long one is what the thing costs.
_SHORT_LABEL = re.compile(
    r"\b(?:iphone|galaxy|windows|android|ps|apto|apt|ap|apartamento|quarto|room|sala|bloco)(?: n[o°]?)? ?$"
)
_LONGEST_LABEL = 40


def other_numbers(text: str) -> list[tuple[int, int]]:
    """Where folded `text` has numbers of other things: of phones and people; addresses of pages and mail."""
    return [match.span() for match in _NUMBERS.finditer(text)]


def times_in_digits(text: str) -> list[tuple[int, int]]:
    """Where folded `text` has dates and times in digits, whether there is such a day or hour or not."""
    return [match.span() for match in _TIMES.finditer(text)]


def counts(text: str, start: int, end: int) -> bool:
    """Whether the number at `start` to `end` of folded `text` counts or measures what follows it."""
    return _COUNTED.match(text, end) is not None or (
        text[start:end] in ("1", "um", "uma", "un", "una", "one") and _ONE.match(text, end) is not None
    )


def labels(text: str, start: int, end: int) -> bool:
    """Whether the number at `start` to `end` of folded `text` tells one of several things apart: "nota 123"."""
    before = text[max(0, start - _LONGEST_LABEL) : start]
    if _LABEL.search(before) is not None:
        return True
    return end - start <= 3 and _SHORT_LABEL.search(before) is not None
