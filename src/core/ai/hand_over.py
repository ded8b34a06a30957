"""The tool that every agent has: giving the conversation to a person."""

from dataclasses import dataclass

from core.ai.tool import Effect, Example, Skill, Tool, ToolContext

_SAID = {
    "en": "I am handing you over to a person. They will write to you here.",
    "pt": "Vou passar você para uma pessoa. Ela vai escrever aqui mesmo.",
    "es": "Te paso con una persona. Te va a escribir por aquí.",
}

_WAYS_TO_ASK = {
    "en": (
        "I want to talk to a human",
        "can I speak to a person?",
        "let me talk to someone real",
        "human please",
        "I need an agent",
        "talk to support",
        "connect me with a representative",
        "I don't want to talk to a robot",
        "can someone call me?",
        "is there a real person there?",
        "get me a person from the team",
        "is there an actual person I can talk to?",
        "you don't understand me, put me through to someone",
        "can somebody who is not a robot help me?",
        "I want someone real to help me",
        "this is useless, let me talk to somebody",
    ),
    "pt": (
        "quero falar com um humano",
        "quero falar com uma pessoa",
        "posso falar com alguém?",
        "me passa pra um atendente",
        "falar com atendente",
        "atendente por favor",
        "chama alguém de verdade",
        "não quero falar com robô",
        "tem alguém aí de verdade?",
        "quero suporte humano",
        "quero ser atendido por uma pessoa",
        "me passa pra uma pessoa",
        "quero conversar com uma pessoa",
        "você não me entende, me passa pra alguém",
        "alguém que não seja robô pode me atender?",
        "me transfere pra alguém da equipe",
        "isso não ajuda, quero falar com gente",
    ),
    "es": (
        "quiero hablar con un humano",
        "quiero hablar con una persona",
        "¿puedo hablar con alguien?",
        "pásame con un agente",
        "hablar con un asesor",
        "un agente por favor",
        "comunícame con alguien real",
        "no quiero hablar con un robot",
        "¿hay una persona real ahí?",
        "necesito atención humana",
        "que me atienda una persona",
        "pásame con una persona",
        "no me entiendes, pásame con alguien",
        "¿me puede atender alguien que no sea un robot?",
        "quiero que me atienda alguien del equipo",
        "esto no sirve, quiero hablar con gente",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """`reason`: why, in the person's words, for whoever takes over."""

    reason: str = ""


async def _hand_over(arguments: HandOver, context: ToolContext) -> str:
    return _SAID.get(context.language, _SAID["en"])


tool = Tool(
    name="hand_over",
    description="Give the conversation to a person of the business. Use it when the person asks for a human, is upset, "
    "or needs what no tool can do. Say one short farewell after it, and nothing else.",
    arguments=HandOver,
    handler=_hand_over,
    effect=Effect.KEYED,
    hands_over=True,
    examples=tuple(
        Example(language=language, utterance=utterance, arguments={})
        for language, utterances in _WAYS_TO_ASK.items()
        for utterance in utterances
    ),
)

skill = Skill(
    name="hand_over",
    instructions="",
    tools=(tool,),
    abilities={
        "en": "call a person of the business",
        "pt": "chamar uma pessoa da equipe",
        "es": "llamar a una persona del equipo",
    },
)
