"""Everyday Spanish, of several countries, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "add_expense": """
        gasté [52,90](amount) en el [súper](what)
        [súper](what) [52,90](amount)
        [52,90](amount) [mercado](what) [ayer](on)
        pagué [120](amount) de [luz](what)
        [uber](what) [23](amount)
        gasté [35 pesos](amount) en [almuerzo](what) [hoy](on)
        gasté [50](amount)
        compré [pan](what) por [12,50](amount)
        [ayer](on) gasté [80](amount) en la [farmacia](what)
        pagué [$ 1.200](amount) de [alquiler](what) el [viernes](on)
        [40](amount) de [gasolina](what)
        anota [18](amount) del [estacionamiento](what)
        el [arreglo de la nevera](what) costó [250](amount)
        gasté [90](amount) en el [teatro](what), categoría [ocio](category)
        le di [20](amount) a mi [hermano](what)
        le mandé [50](amount) a mi [mamá](what)
        la [cena](what) salió [80](amount)
        apunta [15](amount) de [peaje](what)
        la [cuenta del bar](what) fue de [64](amount), apúntalo
        dejé [70](amount) en el [dentista](what)
        me dejé [35](amount) en la [papelería](what)
        se me fueron [200](amount) en [zapatos](what)
        toca pagar el [alquiler](what), [1.300](amount)
        [alquiler](what) pagado, [1.300](amount)
        le transferí [100](amount) a mi [tía](what)
        le hice un bizum de [35](amount) al [plomero](what)
        me salió [60](amount) el [corte de pelo](what)
        fueron [18](amount) de [colectivo](what)
        acabo de pagar [25](amount) en el [bar](what)
        puse [50](amount) de [nafta](what)
        tomé un [taxi](what), [33](amount)
        el [electricista](what) me cobró [80](amount)
    """,
    "add_revenue": """
        recibí [500](amount) de [María](customer)
        recibí [1.500](amount) de [Juan](customer) [ayer](on)
        recibí [300](amount)
        entraron [250](amount)
        [Carlos](customer) me mandó [800](amount) [hoy](on)
        vendí una [torta](what) por [80](amount)
        vendí [120](amount) de [dulces](what) a [Ana](customer)
        cobré mi [sueldo](what) de [3.200](amount)
        me cayeron [2.500](amount)
        gané [90](amount) de [propina](what)
        [ayer](on) recibí [70](amount)
        me llegó una transferencia de [150](amount) de [Paula](customer)
        recibí [400](amount) de [Julia](customer) por el [envío](what)
        anota un ingreso de [99,90](amount)
        [Rosa](customer) me pagó [300](amount) por el [jardín](what)
        me llegó el [sueldo](what), [2.800](amount)
        cobré [120](amount) de [Luis](customer) por la [pintura](what)
        cayó la [quincena](what), [8.500](amount)
        me pagaron [75](amount) por unas [clases](what)
        entraron [180](amount) de la [limpieza](what)
        [Tomás](customer) me hizo un bizum de [60](amount)
        hice [90](amount) con [changas](what) [hoy](on)
        mi [tío](customer) me pasó [200](amount)
        me depositaron el [sueldo](what), [4.500](amount)
    """,
    "add_customer": """
        agrega al cliente [Juan Pérez](name)
        registrar cliente [Panadería Sol](name)
        nuevo cliente [María Gómez](name)
        nueva clienta: [Ana López](name)
        agrega a [Paula](name) como cliente
        añade el cliente [Pedro Ruiz](name)
        tengo un cliente nuevo, [Tienda La Esquina](name)
        pon a [Carlos](name) en mis clientes
        cliente [Julia Reyes](name)
        agrega la clienta [Rosa](name), [prefiere transferencia](note)
    """,
    "create_invoice": """
        haz una factura de [300](amount) para [Panadería Sol](customer) para el [viernes](due)
        factura de [300](amount) para [María](customer)
        crea una factura de [1.250,00](amount) para [Juan Pérez](customer)
        cóbrale [200](amount) a [Ana](customer)
        cobrar [450](amount) a [Carlos](customer) hasta el [viernes](due)
        [Pedro](customer) me debe [150](amount)
        [Paula](customer) me quedó debiendo [80](amount) de la [torta](what)
        nueva factura: [Panadería Sol](customer), [500](amount), vence [mañana](due)
        emite una factura de [900](amount) a [Tienda La Esquina](customer) por [entrega](what)
        vendí fiado [60](amount) a [Rosa](customer)
        factura [María](customer) [250](amount) [viernes](due)
        [Julia](customer) me va a pagar [120](amount) [mañana](due)
    """,
    "settle_invoice": """
        [María](customer) pagó
        [Juan](customer) me pagó
        la [Panadería Sol](customer) pagó la factura
        [Ana](customer) pagó [200](amount)
        [Carlos](customer) me pagó [150](amount) [ayer](on)
        [Paula](customer) saldó la factura
        marca como pagada la factura de [Pedro](customer)
        la factura de [Rosa](customer) ya se pagó
        pagaron la factura de [300](amount)
        [Juan Pérez](customer) saldó su cuenta [hoy](on)
        [Julia](customer) pagó una parte, [100](amount)
        cobré la factura de [María](customer)
        [Rafael](customer) ya arregló conmigo
        [Celia](customer) me dio [200](amount) de lo que debía
        ya me pagó [Lidia](customer) los [120](amount)
        me pagó [Ana](customer)
    """,
    "query_spending": """
        ¿cuánto gasté [este mes](period)?
        cuánto gasté [hoy](period)
        ¿cuánto gasté en [comida](what) [la semana pasada](period)?
        ¿cuánto llevo gastado en [uber](what)?
        cuánto gasté en el [súper](what) [este mes](period)
        gastos de [ayer](period)
        mis gastos [esta semana](period)
        total gastado [el mes pasado](period)
        ¿cuánto fue de [gasolina](what) [el mes pasado](period)?
        ¿cuánto gasté?
        qué gasté [ayer](period)
        ¿cuánto he gastado [desde el 5](period)?
        ¿cuánto gasté en la categoría [ocio](category)?
        ¿cuánto gasté en [farmacia](what) [este año](period)?
        ¿cuánto se me fue [la semana pasada](period)?
        ¿cuánto llevo gastado [este mes](period)?
    """,
    "query_revenue": """
        ¿cuánto recibí [este mes](period)?
        cuánto recibí [hoy](period)
        ¿cuánto entró [la semana pasada](period)?
        ¿cuánto entró?
        ¿cuánto gané [el mes pasado](period)?
        ¿cuánto me pagó [María](customer) [este mes](period)?
        ¿cuánto recibí de la [Panadería Sol](customer)?
        ¿cuánto vendí [ayer](period)?
        total recibido [esta semana](period)
        mis ingresos [este mes](period)
        ¿cuánto facturé [este año](period)?
        ¿cuánto me ha pagado [Juan](customer)?
        ¿cuánto he ganado [este mes](period)?
        ¿cuánto llevo cobrado?
        ¿qué entró [este mes](period)?
    """,
    "balance": """
        ¿cuál es mi saldo?
        saldo
        saldo de [este mes](period)
        ¿cuánto me quedó [este mes](period)?
        cuánto ahorré [la semana pasada](period)
        ¿cómo voy [este mes](period)?
        ¿estoy en rojo?
        ¿tuve ganancia [el mes pasado](period)?
        resumen de [este mes](period)
        ¿qué entró y salió [esta semana](period)?
        ¿cuál fue mi ganancia [este año](period)?
        ¿cómo están mis cuentas?
    """,
    "who_owes": """
        ¿quién me debe?
        quién me debe plata
        ¿quién no ha pagado todavía?
        ¿[María](customer) me debe?
        ¿cuánto me debe [Juan](customer)?
        ¿cuánto debe todavía la [Panadería Sol](customer)?
        ¿qué facturas están abiertas?
        facturas pendientes
        ¿qué tengo por cobrar?
        ¿cuánto me deben?
        ¿alguien me debe?
        ¿ya pagó [Ana](customer)?
        ¿quién falta por pagarme?
        ¿quién no ha pagado todavía?
    """,
    "list_entries": """
        muestra mis movimientos
        lista todo lo de [este mes](period)
        ¿qué anoté [hoy](period)?
        qué anotaste [ayer](period)
        movimientos
        movimientos [la semana pasada](period)
        muéstrame los movimientos de [esta semana](period)
        lista los gastos de [ayer](period)
        ¿cuáles fueron mis gastos de [hoy](period)?
        ver movimientos [el mes pasado](period)
        historial de [este mes](period)
    """,
    "correct_last": """
        no, fueron [45](amount)
        no, era [45](amount)
        en realidad fue [ayer](on)
        en realidad fueron [32](amount)
        corrígelo a [60](amount)
        corrige el último a [75,50](amount)
        perdón, el monto es [38,50](amount)
        lo correcto es [120](amount)
        en realidad era [farmacia](what)
        no, era [farmacia](what)
        cambia la categoría a [ocio](category)
        en realidad fue [anteayer](on)
        cambia el monto a [99](amount)
        digo, [45](amount)
        uy, perdón, [19](amount)
    """,
    "undo_last": """
        deshacer
        deshaz eso
        borra lo último
        borra eso
        deshaz el último movimiento
        cancela lo último
        cancela ese gasto
        elimina el último movimiento
        quita lo último
        quita eso
        borra lo que acabo de anotar
        no había que anotar eso
        bórralo
        saca eso
        tacha eso, lo cancelaron
    """,
}
