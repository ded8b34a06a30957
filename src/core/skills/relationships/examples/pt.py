"""Everyday Portuguese of Brazil, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "remember_person": """
        lembra que a [Ana](name) [gosta de orquídeas](note)
        anota que o [João](name) é [alérgico a camarão](note)
        guarda que a [Maria](name) [mora em Santos](note)
        sobre a [Paula](name): [prefere falar de manhã](note)
        anota sobre o [Carlos](name): [tem dois filhos](note)
        lembra que a [Júlia](name) [faz aniversário em março](note)
        guarda aí que a [Rosa](name) [casou com o Pedro](note)
        não esquece que o [Pedro](name) é [vegetariano](note)
        lembre que [Marcos Lima](name) [trabalha no banco](note)
        anota aí que a [Bia](name) [torce pro Santos](note)
        registra que a [Clara](name) [tem medo de avião](note)
        a [Dora](name) é [professora](note), anota aí
        [Beto](name) é [vegano](note), guarda isso
    """,
    "note_interaction": """
        falei com a [Ana](name) sobre o [projeto](what) [ontem](on)
        conversei com o [João](name) sobre [preços](what)
        [ontem](on) falei com a [Maria](name) sobre a [entrega](what)
        liguei pro [Pedro](name) [hoje](on) {what: ligação}
        tive uma [reunião](what) com a [Paula](name) [ontem](on)
        almocei com o [Carlos](name) [hoje](on) {what: almoço}
        visitei a [Júlia](name) [ontem](on) {what: visita}
        me encontrei com a [Rosa](name) pra [ver o contrato](what)
        registra um [café](what) com o [Marcos](name) [hoje](on)
        mandei a [proposta](what) pra [Bia](name) [ontem](on)
        encontrei a [Vera](name) [ontem](on) pra falar do [contrato](what)
        tive uma conversa com a [Vera](name) [hoje](on) sobre a [casa](what)
    """,
    "about": """
        o que eu sei sobre a [Ana](name)?
        o que você sabe sobre o [João](name)?
        quem é a [Maria](name)?
        me fala do [Pedro](name)
        me fala sobre a [Paula](name)
        o que tenho anotado sobre o [Carlos](name)?
        o que anotei da [Júlia](name)
        lembra da [Rosa](name)?
        quando falei com o [Marcos](name)?
        info da [Bia](name)
        o que você tem sobre a [Vera](name)?
    """,
    "remind": """
        me lembra de [ligar pra Ana](what) [amanhã](when)
        me lembra [amanhã](when) de [pagar o aluguel](what)
        me lembre de [comprar flores](what) [sábado](when)
        lembrete: [dentista](what) [sexta](when)
        lembrete [amanhã](when): [levar o bolo](what)
        me avisa [dia 10](when) pra [renovar o seguro](what)
        não me deixa esquecer de [mandar a proposta](what) [segunda](when)
        me lembra [amanhã às 10](when) de [ligar pro banco](what)
        cria um lembrete de [reunião](what) pra [amanhã às 15h](when)
        me lembra de [tomar o remédio](what) [hoje às 20h](when)
        [amanhã](when) me lembra de [buscar a encomenda](what)
        me cutuca [amanhã às 10h](when) pra [pagar a multa](what)
    """,
    "reminders": """
        quais são meus lembretes?
        meus lembretes
        lembretes
        lembretes de [hoje](period)
        lembretes de [amanhã](period)
        o que tenho pra [amanhã](period)?
        tenho algum lembrete [esta semana](period)?
        mostra meus lembretes [esta semana](period)
        o que você tem que me lembrar?
        o que preciso lembrar [hoje](period)?
    """,
    "forget_last": """
        esquece isso
        esquece o que eu falei
        esquece o último lembrete
        apaga o último lembrete
        cancela o lembrete
        cancela esse lembrete
        tira esse lembrete
        esquece essa anotação
        apaga a última anotação
        não precisa mais me lembrar
    """,
}
