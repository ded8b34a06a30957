"""Small talk: what people say to an assistant that no skill answers, per language."""

from collections.abc import Mapping
from enum import StrEnum


class Talk(StrEnum):
    """What small talk is about."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    ABILITIES = "abilities"
    IDENTITY = "identity"
    ASSENT = "assent"
    REFUSAL = "refusal"
    DROP = "drop"
    """Never mind what was asked."""
    LAUGHTER = "laughter"


_HEARD: Mapping[Talk, Mapping[str, str]] = {
    Talk.GREETING: {
        "pt": """
            oi, olá, opa, e aí, bom dia, boa tarde, boa noite, oi tudo bem, tudo bem com você, tudo certo,
            como vai você, como você está, oi bom dia, alô, salve, fala aí
        """,
        "en": """
            hi, hello, hey, good morning, good afternoon, good evening, hi there, hey there, how are you,
            how are you doing, what's up, how's it going, hiya, yo
        """,
        "es": """
            hola, buenas, buenos días, buenas tardes, buenas noches, qué tal, cómo estás, cómo está, cómo va, qué hubo,
            hola qué tal
        """,
    },
    Talk.THANKS: {
        "pt": "obrigado, obrigada, muito obrigado, valeu, brigado, obg, vlw, agradeço, obrigado pela ajuda",
        "en": "thanks, thank you, thank you very much, thx, ty, thanks a lot, cheers, much appreciated",
        "es": "gracias, muchas gracias, mil gracias, te agradezco, gracias por la ayuda",
    },
    Talk.FAREWELL: {
        "pt": "tchau, até logo, até mais, até amanhã, até a próxima, falou, fui, boa semana, bom fim de semana",
        "en": "bye, goodbye, see you, see you tomorrow, see you later, talk to you later, good night, take care",
        "es": "adiós, chao, chau, hasta luego, hasta mañana, hasta pronto, nos vemos, cuídate",
    },
    Talk.ABILITIES: {
        "pt": """
            o que você faz, o que você sabe fazer, o que você pode fazer, o que consegue fazer, como funciona,
            como você funciona, como você pode me ajudar, em que você ajuda, me ajuda, ajuda, menu,
            quais são as opções, quais são os comandos, o que posso te pedir, pra que você serve, como uso isso,
            quais são suas funções
        """,
        "en": """
            what can you do, what do you do, what can i ask you, how does this work, how do you work, help, help me,
            how can you help me, menu, what are my options, which commands are there, what are you for,
            how do i use this, what are you able to do
        """,
        "es": """
            qué puedes hacer, qué haces, qué sabes hacer, cómo funciona, cómo funcionas, ayuda, ayúdame, menú,
            cómo puedes ayudarme, en qué me puedes ayudar, cuáles son las opciones, qué comandos hay, para qué sirves,
            qué te puedo pedir, cómo se usa esto
        """,
    },
    Talk.IDENTITY: {
        "pt": """
            quem é você, quem está falando, você é um robô, você é uma pessoa, você é humano, você é real,
            qual é o seu nome, o que é você, você é uma ia, que modelo é você, você é o chatgpt
        """,
        "en": """
            who are you, who is this, are you a robot, are you a bot, are you human, are you a real person,
            are you an ai, what is your name, what are you, which model are you, are you chatgpt
        """,
        "es": """
            quién eres, quién es, eres un robot, eres un bot, eres humano, eres una persona, cómo te llamas, qué eres,
            eres una ia, qué modelo eres, eres chatgpt
        """,
    },
    Talk.ASSENT: {
        "pt": """
            ok, okay, certo, beleza, blz, sim, isso, isso mesmo, tá bom, está bem, perfeito, ótimo, legal, show, joia,
            combinado, entendi, claro, massa, top, que bom, maravilha, muito bem, ah tá
        """,
        "en": """
            ok, okay, yes, yep, yeah, sure, fine, great, perfect, cool, nice, got it, all right, sounds good, awesome,
            right, good, that's right, i see
        """,
        "es": """
            ok, okay, sí, vale, claro, bien, perfecto, genial, listo, de acuerdo, bueno, dale, entendido, muy bien,
            eso es, excelente, así es
        """,
    },
    Talk.REFUSAL: {
        "pt": "não, nada, agora não, não obrigado, não precisa, só isso, era só isso, é só isso, mais nada",
        "en": "no, nope, no thanks, not now, nothing, nothing else, that's all, no need",
        "es": "no, nada, ahora no, no gracias, nada más, eso es todo, no hace falta, solo eso",
    },
    Talk.DROP: {
        "pt": "deixa, deixa pra lá, esquece, esqueça, deixa quieto, não importa, tanto faz, cancela, cancelar",
        "en": "never mind, nevermind, forget it, forget about it, leave it, drop it, it doesn't matter, cancel",
        "es": "déjalo, olvídalo, no importa, da igual, déjalo así, cancela, cancelar",
    },
    Talk.LAUGHTER: {
        "pt": "kkk, haha, rsrs, rs, uau, nossa",
        "en": "haha, lol, lmao, hehe, wow, omg",
        "es": "jaja, jeje, guau, vaya",
    },
}

HEARD: Mapping[Talk, tuple[tuple[str, str], ...]] = {
    talk: tuple((language, phrase.strip()) for language, listed in heard.items() for phrase in listed.split(","))
    for talk, heard in _HEARD.items()
}
"""The ways to say it, each with its language."""
