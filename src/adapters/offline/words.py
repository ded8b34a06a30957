"""The words that belong to no skill, folded, per language: what carries little, joins, denies, asks and takes back."""

from collections.abc import Mapping

LANGUAGES = ("pt", "en", "es")

Words = Mapping[str, frozenset[str]]
"""By language."""


def _words(**listed: str) -> Words:
    return {language: frozenset(words.split()) for language, words in listed.items()}


def _phrases(**listed: str) -> Mapping[str, frozenset[tuple[str, ...]]]:
    return {
        language: frozenset(tuple(phrase.split()) for phrase in phrases.split(","))
        for language, phrases in listed.items()
    }


SHORT_FORMS: Mapping[str, Mapping[str, str]] = {
    "pt": {
        "vdd": "verdade",
        "agr": "agora",
        "dps": "depois",
        "qnd": "quando",
        "msm": "mesmo",
        "nd": "nada",
        "vc": "voce",
        "vcs": "voces",
        "q": "que",
        "oq": "que",
        "tb": "tambem",
        "tbm": "tambem",
        "pq": "porque",
        "qto": "quanto",
        "qtos": "quantos",
        "qdo": "quando",
        "mto": "muito",
        "td": "tudo",
        "p": "para",
        "c": "com",
        "n": "nao",
        "ta": "esta",
        "to": "estou",
    },
    "en": {
        "u": "you",
        "ur": "your",
        "r": "are",
        "w": "with",
        "abt": "about",
        "im": "i'm",
        "ive": "i've",
        "dont": "don't",
        "didnt": "didn't",
        "doesnt": "doesn't",
        "wont": "won't",
        "havent": "haven't",
        "whats": "what's",
        "whos": "who's",
    },
    "es": {
        "q": "que",
        "k": "que",
        "xq": "porque",
        "pq": "porque",
        "tb": "tambien",
        "tmb": "tambien",
        "d": "de",
        "dnd": "donde",
        "toy": "estoy",
    },
}
"""How words are written in a hurry, and the words."""

EDGES = _words(
    pt="""
        a o as os um uma uns umas de da do das dos em no na nos nas num numa por pelo pela pelos pelas para pra pro pras
        pros com ao aos e ou que
    """,
    en="a an the of for to in on at by with from and or that about into",
    es="el la los las lo un una unos unas de del al a en por para pa con y e o u que",
)
"""Articles, prepositions and links: they lead to a thing and are no part of it."""

PARTICLES: frozenset[str] = frozenset(
    ["a", "o", "da", "de", "do", "das", "dos", "e", "y", "del", "la", "las", "los", "el", "of", "the", "and"]
)
"""What may link two capitals of one name."""

COURTESIES = _words(
    pt="""
        oi ola oie opa ei por favor pfv pfvr pf pls obrigado obrigada valeu olha ah eh hein ne viu gente mano cara agora
        entao ai la aqui ja so tambem bem ha pouco
    """,
    en="please pls plz hi hello hey thanks thank thx oh ok okay well now just so then here there too also",
    es="hola buenas por favor porfa porfis xfa gracias oye ah ahora pues entonces aqui ahi ya tambien bueno",
)
"""Words of tone: with or without them the same is meant."""

_OTHER_LIGHT = _words(
    pt="""
        eu me mim meu minha meus minhas voce voces te ti seu sua seus suas ele ela eles elas lhe nos isso isto esse
        essa este esta esses essas aquele aquela mais muito foi foram fui era eram ser sao estou esta tem ter tinha vou
        vai ir se pode posso poderia consegue quero queria preciso mesmo ate todo tudo realmente exatamente afinal saber
    """,
    en="""
        i me my mine you your he him his she her it its we us our they them their this these those is are was were be
        been am do does did have has had can could would will shall may some any i'm i've i'd it's that's you're want
        need like let lets let's far overall altogether really exactly all
    """,
    es="""
        yo me mi mis tu te ti su sus ella ellos ellas usted ustedes se le les nos esto eso este esta ese esa estos estas
        es fue fueron fui era eran ser son estoy estan hay ha he han muy mas puedes puedo podrias puede quiero quisiera
        necesito mismo hasta todo realmente exactamente saber mucho
    """,
)

LIGHT: Words = {language: EDGES[language] | COURTESIES[language] | _OTHER_LIGHT[language] for language in LANGUAGES}
"""Words that say little about what is wanted."""

POSSESSIVES = _words(
    pt="meu minha meus minhas seu sua seus suas", en="my your his her our their", es="mi mis su sus tu tus"
)
"""Light words that may be part of what somebody is called: `my mother`."""

DENIALS = _words(
    pt="nao nunca jamais nem",
    en="not no never don't didn't doesn't won't haven't isn't wasn't can't",
    es="no nunca jamas tampoco ni",
)
"""Words that say that something is not so."""

QUESTIONS = _words(
    pt="quanto quantos quanta quantas quem qual quais onde quando como cade porque",
    en="what what's how much many who who's whom which where why when",
    es="cuanto cuantos cuanta cuantas quien quienes cual cuales donde cuando como",
)
"""Words that ask: who uses one tells nothing, and who uses none asks nothing."""

CONDITIONS = _words(pt="se", en="if", es="si")
"""What begins with them is only supposed."""

REQUESTS = _words(
    pt="pode podes poderia podia consegue da favor pfv pf pls",
    en="can could would will please pls plz",
    es="puedes podes puede podrias podrian favor porfa porfis xfa",
)
"""Words that make a question a request: `can you remind me?`"""

LINKS = _words(
    pt="e mas mais tambem depois ainda",
    en="and but plus also then",
    es="y e pero mas tambien luego ademas",
)
"""Words that may begin another request in the same breath."""

INVARIABLE: frozenset[str] = frozenset().union(*LIGHT.values(), *QUESTIONS.values())
"""Words that have no other forms worth looking for."""

TAKING_BACK = _phrases(
    pt="""
        na verdade, quer dizer, alias, digo, ops, opa, eita, errei, melhor dizendo, corrigindo, perai, pera ai, pera,
        nao pera, nao desculpa, desculpa nao, nao perdao
    """,
    en="""
        actually, i mean, i meant, sorry i meant, wait, no wait, oops, whoops, or rather, no actually, no sorry,
        sorry no, my bad
    """,
    es="""
        en realidad, quiero decir, quise decir, digo, ups, uy, mejor dicho, corrijo, espera, no espera,
        no perdon, perdon no, me equivoque
    """,
)
"""How people take back what they have just said."""

TAKING_BACK_IF_SET_OFF = _phrases(
    pt="nao, desculpa, desculpe, perdao",
    en="no, nope, sorry",
    es="no, perdon, disculpa, lo siento",
)
"""The same, only where a comma or the end of a message follows: `no, 45`, but not `no milk today`."""


def is_light(word: str, language: str) -> bool:
    """Whether a word says little in this language; in one that is not listed here, none does."""
    return word in LIGHT.get(language, ())
