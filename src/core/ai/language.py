"""Which of the languages we speak somebody writes in."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from core.ai.slots.fold import fold
from core.ai.slots.slip import one_slip

# Everyday words, folded, under every language that has them. A word of two decides between them and the third.
_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "pt": """
            oi ola opa eai bom boa bem noite voce voces vc vcs nao naum n sim obrigado obrigada obg brigado brigada
            valeu vlw blz beleza tmj tchau ate mais tambem tb tbm qual quais quanto quantos qto qt qnt qnto quem
            quando onde porque pq entao ainda agora depois antes hoje hj ontem anteontem amanha amnha segunda terca
            quarta quinta sexta domingo meu minha meus minhas seu sua seus suas eu ele ela nos eles elas isso isto
            esse essa esses essas este desse dessa deste desta nesse nessa neste nesta aquele aquela um uma uns umas
            do da dos das na nas pelo pela ao aos com sem pra pro pras pros em estou to ta tava foi foram fui era
            sou sao tem tenho tinha vou vai vamos fiz fez faz fazer fazendo quero queria preciso precisa posso pode
            sei sabe deu dei veio vem ver vejo fala falar falei gastei gasto gastou pago paguei pagou pagaram
            comprei recebi recebeu ganhei vendi entrou entraram saiu caiu mandei mandou deve devo devendo devem
            sobrou faltou custou cobra cobrei cobrar quitou acertou anota anotar anotei anotou anotado apaga apagar
            desfaz desfazer tira tirar exclui remove corrige corrigir errei errado troca muda mostra mostrar lista
            listar lembra lembrar lembre lembrete avisa avisar cadastra cadastrar adiciona coloca ajuda ajudar
            entendi alguem pessoa humano atendente reais real conto contos grana pila dinheiro pix boleto cartao mes
            semana ano ultimo ultima ultimos passado passada proximo que extrato saldo lancamento lancamentos gastos
            despesa despesas entrada entradas lucro fatura faturas cobranca cliente aluguel luz agua mercado feira
            padaria almoco janta jantar lanche cafe churrasco onibus gasolina posto farmacia remedio academia escola
            faculdade salario gorjeta conserto encanador presente aniversario mae pai filho filha esposa marido
            contas conta tudo nada muito muita pouco so ja ai aqui mensagem reuniao dentista clientes sabado tarde
            tardes bolo bolos doce doces casa super supermercado comida torta fiado todo todos toda se tu gas he
            registra elimina quita cancela cancelar favor banco contrato recibo compre ganhou vendas venda comprar
            pagar receber gastar valor certo sobre movimentos dar vale dois duas tres quatro cinco seis sete oito
            nove dez vinte nenhum nenhuma esquece esquecer guarda guardado achei sairam sobra sobram falta faltam
            aberto faturei
        """,
        "en": """
            hi hello hey hiya yo what whats up good morning afternoon evening night you your u ur yes yeah yep nope
            sure not dont didnt thanks thank thanx thx ty please pls plz sorry oops never mind bye how much many is
            are was were am my mine the an and with for from want need needs today yesterday tomorrow tonight ago do
            does did done can could would should will i of to in on at by it its this that these those there here
            who whom whose which when where why he she we they them his her our their has have had got get gets
            getting give gave spent spend spending paid pay pays paying payment bought buy buying sold sell earned
            earn received receive made make making owe owes owed owing cost costs add added adding undo delete
            remove cancel change fix wrong right correct record note list show see tell remind reminder remember
            know about expense expenses income balance invoice invoices customer customers client clients bill bills
            rent salary groceries grocery lunch dinner breakfast coffee gas cab home phone electricity water money
            cash bucks buck dollar dollars pounds quid week month year day last next past since until all everything
            some any more less than just also only still again human person someone agent talk speak help call
            meeting birthday friend monday tuesday wednesday thursday friday saturday sunday one two three four five
            ten twenty hows lets id im ive cant wont isnt thats bank contract paycheck checking saved save entries
            entry statement spendings kids work store nothing found left open forget keep kept back came went out
        """,
        "es": """
            hola buenos buenas buen bien tarde tardes noches usted ustedes tu ti gracias grax adios chau chao muy
            mucho mucha muchas tambien cual cuales cuanto cuanta cuantos cuantas quien quienes cuando donde entonces
            todavia aun ahora despues hoy ayer anteayer antier manana lunes martes miercoles jueves viernes sabado
            domingo mi mis tus el ella ellos ellas nosotros eso esto ese esa esos esas un una unos unas del al la
            los las lo en con sin estoy estaba fue fueron fui era eran soy son tiene tienes tengo tenia voy va vamos
            hice hizo haz hace hacer haces puedes puedo quiero quisiera necesito sabes se dio di vino viene ver veo
            hablar hable habla gaste gasto gastado pague pago pagaron pagado compre recibi recibio gane vendi entro
            entraron salio llego mande mando debe debes deben debo deberia quedo queda quedan costo cobre cobro
            cobrar saldo anota anotar anote anotaste apunta borra borrar deshaz deshacer quita quitar elimina cambia
            cambiar corrige corregir equivoque muestra muestrame lista recuerda recuerdame recordar recordatorio
            recordatorios avisa avisame agrega anade registra pon ayuda ayudar ayudame entiendo alguien persona
            humano pesos peso plata lana dinero euros mes semana ano ultimo ultima ultimos pasado pasada proximo
            movimientos movimiento gastos ingreso ingresos ganancia factura facturas cliente clientes alquiler renta
            luz agua nafta super supermercado mercado almuerzo almorce comida cena cafe desayuno colectivo camion
            gasolina farmacia medicina leche huevos pan torta escuela sueldo propina celular regalo cumpleanos madre
            padre hijo hija esposa marido cuenta cuentas todo nada poco solo ya aqui ahi mensaje reunion dentista
            oye dale claro que y pero llevo fiado gas he has balance cancela cancelar favor banco contrato casa
            todos toda comprar pagar gastar valor sobre cierto vale bueno buena listo dos tres cuatro cinco seis
            siete ocho nueve diez veinte hay ningun ninguna olvida olvidar guarda guardado antes anotado salieron
            sobra sobran falta faltan encontre corregido
        """,
    }.items()
}

# What only one of them writes or does: letters, endings, words that it joins or keeps apart, and how it laughs.
_MARKS: Mapping[str, re.Pattern[str]] = {
    "pt": re.compile(r"[ãõçâêô]|(?:nh[aeo]s?|lh[aeo]s?|ei)\b|\b(?:de|em) uma?\b|\bk{3,}\b|\b(?:rs)+\b", re.IGNORECASE),
    "en": re.compile(r"\w'(?:m|d|ve|t|s|re|ll)\b|(?:ing|ght|th)\b|\b(?:ha){2,}\b", re.IGNORECASE),
    "es": re.compile(
        r"[ñ¿¡]|ción\b|\b(?!caf|voc|beb|at|n)\w{2,}é\b|\w{2,}(?<!a)í\b|\b(?!av|forr)\w{2,}ó\b|[áéí]\w*(?:lo|la|los|las|me|te)\b"
        r"|\b(?:de|en) (?:el|la|las|los|est[ae]|una?)\b|\b(?:ja|je){2,}\b"
        r"|\b(?:sí|tú|él|más|qué|cómo|cuánt[ao]s?|quién|quiénes|dónde|también|así)\b",
        re.IGNORECASE,
    ),
}

_LETTERS = re.compile(r"[^\W\d_]+")
_DRAWN_OUT = re.compile(r"(\w)\1+$")
_LONG_ENOUGH = 5
"""Of shorter words too many are near another one."""
_WORD, _SHARED, _MARK, _MISSPELT = 1.0, 0.5, 0.75, 0.75
_NEWEST = 2.0
"""How much more the newest text counts than the one before it."""
_CLEAR = 0.3
"""What the first must be ahead by: a share of one whole word."""
_TEXTS = 20
_LONGEST = 1_000


def language_in(texts: Sequence[str]) -> str | None:
    """pt, en or es, as most everyday words in `texts` say; the newest, which is last, counts most. None: a guess."""
    votes = dict.fromkeys(_WORDS, 0.0)
    weight = 1.0
    for text in reversed(texts[-_TEXTS:]):
        for language, vote in _votes(text[:_LONGEST]).items():
            votes[language] += weight * vote
        weight /= _NEWEST
    first, second = sorted(votes, key=votes.__getitem__, reverse=True)[:2]
    return first if votes[first] - votes[second] >= _CLEAR else None


def _votes(text: str) -> Mapping[str, float]:
    votes = {language: _MARK * len(marks.findall(text)) for language, marks in _MARKS.items()}
    for word in _LETTERS.findall(fold(text)):
        for language, vote in _votes_of(word).items():
            votes[language] += vote
    return votes


@lru_cache(maxsize=4096)
def _votes_of(word: str) -> Mapping[str, float]:
    """What one word says: itself, drawn out ("oiii"), or with a slip of the finger."""
    exact = _speakers(word) or _speakers(_DRAWN_OUT.sub(r"\1", word))
    if exact or len(word) < _LONG_ENOUGH:
        return _shared(exact, 1.0)
    near = {language for known in _near(word) for language in _speakers(known)}
    return _shared(sorted(near), _MISSPELT)


def _near(word: str) -> list[str]:
    """Known words at one slip: those that become the same as `word` when each loses a letter at most."""
    index = _lacking_a_letter()
    candidates = {known for lacking in _lacking(word) for known in index.get(lacking, ())}
    return [known for known in candidates if one_slip(word, known)]


@cache
def _lacking_a_letter() -> Mapping[str, Sequence[str]]:
    index: defaultdict[str, list[str]] = defaultdict(list)
    for known in frozenset[str]().union(*_WORDS.values()):
        for lacking in _lacking(known):
            index[lacking].append(known)
    return index


def _lacking(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _speakers(word: str) -> list[str]:
    return [language for language, words in _WORDS.items() if word in words]


def _shared(speakers: Sequence[str], weight: float) -> Mapping[str, float]:
    """A word that all have says nothing."""
    vote = {1: _WORD, 2: _SHARED}.get(len(speakers), 0.0)
    return dict.fromkeys(speakers, vote * weight)
