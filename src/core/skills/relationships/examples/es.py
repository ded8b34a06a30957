"""Everyday Spanish, of several countries, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "remember_person": """
        recuerda que a [Ana](name) [le gustan las orquídeas](note)
        anota que [Juan](name) es [alérgico al camarón](note)
        guarda que [María](name) [vive en Rosario](note)
        sobre [Paula](name): [prefiere hablar por la mañana](note)
        anota sobre [Carlos](name): [tiene dos hijos](note)
        recuerda que [Julia](name) [cumple años en marzo](note)
        ten en cuenta que [Rosa](name) [se casó con Pedro](note)
        no olvides que [Pedro](name) es [vegetariano](note)
        recuerda que [Marcos Díaz](name) [trabaja en el banco](note)
        anota que [Bea](name) [se mudó a Rosario](note)
        apunta que [Clara](name) [le tiene miedo al avión](note)
        [Dora](name) es [maestra](note), apúntalo
        a [Beto](name) no le gusta [el picante](note), anótalo
    """,
    "note_interaction": """
        hablé con [Ana](name) sobre el [proyecto](what) [ayer](on)
        conversé con [Juan](name) sobre [precios](what)
        [ayer](on) hablé con [María](name) sobre la [entrega](what)
        llamé a [Pedro](name) [hoy](on) {what: llamada}
        tuve una [reunión](what) con [Paula](name) [ayer](on)
        almorcé con [Carlos](name) [hoy](on) {what: almuerzo}
        visité a [Julia](name) [ayer](on) {what: visita}
        me reuní con [Rosa](name) para [ver el contrato](what)
        registra un [café](what) con [Marcos](name) [hoy](on)
        le mandé la [propuesta](what) a [Bea](name) [ayer](on)
        me junté con [Vera](name) [ayer](on) por el [contrato](what)
        tuve una llamada con [Vera](name) [hoy](on) sobre la [casa](what)
    """,
    "about": """
        ¿qué sé de [Ana](name)?
        ¿qué sabes sobre [Juan](name)?
        ¿quién es [María](name)?
        cuéntame de [Pedro](name)
        háblame de [Paula](name)
        ¿qué tengo anotado sobre [Carlos](name)?
        qué anoté de [Julia](name)
        ¿te acuerdas de [Rosa](name)?
        ¿cuándo hablé con [Marcos](name)?
        info de [Bea](name)
        ¿qué tienes de [Vera](name)?
    """,
    "remind": """
        recuérdame [llamar a Ana](what) [mañana](when)
        recuérdame [mañana](when) [pagar el alquiler](what)
        recuérdame [comprar flores](what) el [sábado](when)
        recordatorio: [dentista](what) el [viernes](when)
        recordatorio [mañana](when): [llevar la torta](what)
        avísame el [10](when) para [renovar el seguro](what)
        no me dejes olvidar [mandar la propuesta](what) el [lunes](when)
        recuérdame [mañana a las 10](when) [llamar al banco](what)
        crea un recordatorio de la [reunión](what) para [mañana a las 15](when)
        recuérdame [tomar la medicina](what) [hoy a las 20](when)
        [mañana](when) recuérdame [recoger el paquete](what)
        avísame [mañana a las 10](when) que tengo que [pagar la multa](what)
    """,
    "reminders": """
        ¿cuáles son mis recordatorios?
        mis recordatorios
        recordatorios
        recordatorios de [hoy](period)
        recordatorios de [mañana](period)
        ¿qué tengo [mañana](period)?
        ¿tengo algún recordatorio [esta semana](period)?
        muestra mis recordatorios de [esta semana](period)
        ¿qué tienes que recordarme?
        ¿qué tengo que recordar [hoy](period)?
    """,
    "forget_last": """
        olvida eso
        olvida lo que dije
        olvida el último recordatorio
        borra el último recordatorio
        cancela el recordatorio
        cancela ese recordatorio
        quita ese recordatorio
        olvida esa nota
        borra la última nota
        ya no hace falta recordármelo
    """,
}
