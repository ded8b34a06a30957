"""Everyday Portuguese of Brazil, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "add_expense": """
        gastei [52,90](amount) no [mercado](what)
        [mercado](what) [52,90](amount)
        [52,90](amount) [mercado](what) [ontem](on)
        paguei [120](amount) de [luz](what)
        [uber](what) [23](amount)
        gastei [35 reais](amount) com [almoço](what) [hoje](on)
        gastei [50](amount)
        comprei [pão](what) por [12,50](amount)
        [ontem](on) gastei [80](amount) na [farmácia](what)
        paguei [R$ 1.200](amount) de [aluguel](what) [dia 5](on)
        lança [R$ 40](amount) de [gasolina](what)
        anota [18](amount) do [estacionamento](what)
        o [conserto da geladeira](what) custou [250](amount)
        gastei [90](amount) no [teatro](what), categoria [lazer](category)
        dei [20](amount) pra minha [mãe](what)
        mandei [50](amount) pro meu [irmão](what)
        o [jantar](what) deu [80](amount)
        bota aí [15](amount) de [pedágio](what)
        a [conta do bar](what) foi [64](amount), anota aí
        deixei [70](amount) no [dentista](what)
        torrei [200](amount) no [shopping](what)
        foi [18](amount) de [ônibus](what)
        foram [42](amount) no [bar](what) [ontem](on)
        [aluguel](what) pago, [1.300](amount)
        saiu [60](amount) o [corte de cabelo](what)
        transferi [100](amount) pra minha [tia](what)
        fiz um pix de [35](amount) pro [encanador](what)
        acabei de pagar [25](amount) no [lanche](what)
        tô gastando [90](amount) com [remédio](what)
        a [gasolina](what) ficou [150](amount)
        peguei um [táxi](what), [33](amount)
        o [eletricista](what) me cobrou [80](amount)
    """,
    "add_revenue": """
        recebi [500](amount) da [Maria](customer)
        recebi [1.500](amount) do [João](customer) [ontem](on)
        recebi [300](amount)
        entrou [250](amount)
        entraram [800](amount) do [Carlos](customer) [hoje](on)
        vendi [bolo](what) por [80](amount)
        vendi [120](amount) de [doces](what) pra [Ana](customer)
        recebi [3.200](amount) de [salário](what)
        caiu [2.500](amount) na conta
        ganhei [90](amount) de [gorjeta](what)
        [ontem](on) recebi [70](amount)
        recebi um pix de [150](amount) da [Paula](customer)
        recebi [400](amount) da [Júlia](customer) pelo [frete](what)
        anota uma entrada de [99,90](amount)
        a [Rosa](customer) me pagou [300](amount) pelo [jardim](what)
        caiu meu [salário](what), [2.800](amount)
        o [Luís](customer) me deu [120](amount) pela [pintura](what)
        entrou [180](amount) da [faxina](what)
        caiu o [décimo terceiro](what), [2.000](amount)
        me pagaram [75](amount) por umas [aulas](what)
        o [Tiago](customer) me fez um pix de [60](amount)
        fiz [90](amount) com [bicos](what) [hoje](on)
        meu [tio](customer) me mandou [200](amount)
        depositaram meu [salário](what), [4.500](amount)
    """,
    "add_customer": """
        cadastra o cliente [João Silva](name)
        cadastrar cliente [Padaria Sol](name)
        novo cliente [Maria Souza](name)
        nova cliente: [Ana Lima](name)
        adiciona a [Paula](name) como cliente
        adiciona o cliente [Pedro Alves](name)
        tenho um cliente novo, [Mercadinho Bom Preço](name)
        coloca o [Carlos](name) nos meus clientes
        cliente [Júlia Reis](name)
        cadastra a cliente [Rosa](name), [paga sempre na sexta](note)
    """,
    "create_invoice": """
        faz uma fatura de [300](amount) pra [Padaria Sol](customer) pra [sexta](due)
        fatura de [300](amount) pra [Maria](customer)
        cria uma fatura de [1.250,00](amount) para [João Silva](customer)
        cobra [200](amount) da [Ana](customer)
        cobrar [450](amount) do [Carlos](customer) até [dia 10](due)
        o [Pedro](customer) me deve [150](amount)
        a [Paula](customer) ficou devendo [80](amount) de [bolo](what)
        nova fatura: [Padaria Sol](customer), [500](amount), vence [amanhã](due)
        emite fatura de [900](amount) pro [Mercadinho Bom Preço](customer) por [entrega](what)
        vendi fiado [60](amount) pra [Rosa](customer)
        fatura [Maria](customer) [250](amount) [sexta](due)
        a [Júlia](customer) vai me pagar [120](amount) [dia 15](due)
        manda uma cobrança de [80](amount) pra [Bia](customer)
    """,
    "settle_invoice": """
        a [Maria](customer) pagou
        o [João](customer) me pagou
        a [Padaria Sol](customer) pagou a fatura
        a [Ana](customer) pagou [200](amount)
        o [Carlos](customer) pagou [150](amount) [ontem](on)
        a [Paula](customer) quitou a fatura
        baixa a fatura do [Pedro](customer)
        a fatura da [Rosa](customer) foi paga
        pagaram a fatura de [300](amount)
        recebi a fatura da [Maria](customer)
        a [Rita](customer) me pagou a cobrança
        [João Silva](customer) acertou comigo [hoje](on)
        a [Júlia](customer) pagou uma parte, [100](amount)
        o [Rafael](customer) acertou tudo
        a [Célia](customer) me deu [200](amount) do que devia
        a [Lídia](customer) me pagou os [120](amount)
    """,
    "query_spending": """
        quanto gastei [esse mês](period)?
        quanto gastei [hoje](period)
        quanto gastei com [comida](what) [semana passada](period)?
        quanto eu gastei com [uber](what)?
        quanto gastei no [mercado](what) [este mês](period)
        gastos de [ontem](period)
        meus gastos [esta semana](period)
        total gasto [mês passado](period)
        quanto foi de [gasolina](what) [mês passado](period)?
        quanto gastei?
        qto gastei com [transporte](what)
        quanto já gastei [desde o dia 5](period)?
        quanto gastei na categoria [lazer](category)?
        quanto gastei com [farmácia](what) [este ano](period)?
        quanto foi embora [semana passada](period)?
        quanto torrei [esse mês](period)
    """,
    "query_revenue": """
        quanto recebi [esse mês](period)?
        quanto recebi [hoje](period)
        quanto entrou [semana passada](period)?
        quanto entrou?
        quanto ganhei [mês passado](period)?
        quanto a [Maria](customer) me pagou [este mês](period)?
        quanto recebi da [Padaria Sol](customer)?
        quanto vendi [ontem](period)?
        total recebido [esta semana](period)
        minhas entradas [este mês](period)
        quanto faturei [este ano](period)?
        quanto o [João](customer) já me pagou?
        quanto eu já ganhei [este mês](period)?
        o que entrou [este mês](period)?
    """,
    "balance": """
        qual meu saldo?
        saldo
        saldo [deste mês](period)
        quanto sobrou [esse mês](period)?
        quanto sobrou [semana passada](period)
        como estou [este mês](period)?
        tô no vermelho?
        tive lucro [mês passado](period)?
        resumo [este mês](period)
        balanço [esta semana](period)
        qual foi o lucro [este ano](period)?
        como estão as contas?
    """,
    "who_owes": """
        quem me deve?
        quem tá me devendo
        quem ainda não pagou?
        a [Maria](customer) me deve?
        quanto o [João](customer) me deve?
        a [Padaria Sol](customer) tá devendo quanto?
        quais faturas estão em aberto?
        faturas em aberto
        o que tenho a receber?
        quanto tenho pra receber?
        tem alguém me devendo?
        a [Ana](customer) já pagou?
        quem falta me pagar?
        quem ainda não pagou?
    """,
    "list_entries": """
        mostra meus lançamentos
        lista tudo [deste mês](period)
        o que anotei [hoje](period)?
        o que você anotou [ontem](period)
        extrato
        extrato [semana passada](period)
        me mostra os lançamentos [esta semana](period)
        lista os gastos de [ontem](period)
        quais foram meus gastos [hoje](period)?
        ver lançamentos [mês passado](period)
        histórico [este mês](period)
    """,
    "correct_last": """
        não, foram [45](amount)
        não, foi [45](amount)
        na verdade foi [ontem](on)
        na verdade foram [32](amount)
        corrige pra [60](amount)
        corrige o último pra [75,50](amount)
        errei, o valor é [38,50](amount)
        o certo é [120](amount)
        na verdade era [farmácia](what)
        não, era [farmácia](what)
        muda a categoria pra [lazer](category)
        na verdade foi [anteontem](on)
        troca o valor por [99](amount)
        digo, [45](amount)
        ops, desculpa, [19](amount)
    """,
    "undo_last": """
        desfaz
        desfazer
        apaga o último
        apaga isso
        desfaz o último lançamento
        cancela o último
        cancela esse gasto
        exclui o último lançamento
        remove o último
        tira esse último
        apaga o que eu acabei de anotar
        volta atrás
        não era pra anotar isso
        tira isso
        risca essa, cancelaram
    """,
}
