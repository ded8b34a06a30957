"""Everyday English, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "add_expense": """
        spent [52.90](amount) at the [market](what)
        [market](what) [52.90](amount)
        [52.90](amount) [groceries](what) [yesterday](on)
        paid [120](amount) for [electricity](what)
        [uber](what) [23](amount)
        i spent [$35](amount) on [lunch](what) [today](on)
        spent [50](amount)
        bought [bread](what) for [4.50](amount)
        [yesterday](on) i spent [80](amount) at the [pharmacy](what)
        paid the [rent](what), [1,200](amount), [last friday](on)
        [40 bucks](amount) on [gas](what)
        add [18](amount) for [parking](what)
        the [fridge repair](what) cost [250](amount)
        spent [90](amount) at the [theater](what), category [leisure](category)
        gave [20](amount) to my [brother](what)
        sent [50](amount) to my [mom](what)
        [dinner](what) was [80](amount)
        put down [15](amount) for the [toll](what)
        the [museum tickets](what) were [64](amount), write that down
        dropped [200](amount) on [shoes](what)
        blew [90](amount) at the [mall](what)
        [rent](what) went out [today](on), [1,300](amount)
        venmoed [60](amount) to my [roommate](what)
        transferred [100](amount) to my [aunt](what)
        just got a [sandwich](what), [7.50](amount)
        filled up the [tank](what), [45](amount)
        put [50](amount) in for [gas](what)
        the [haircut](what) set me back [35](amount)
        grabbed [tacos](what) for [12](amount)
        took a [taxi](what), [33](amount)
        left [70](amount) at the [dentist](what)
        the [electrician](what) charged me [80](amount)
    """,
    "add_revenue": """
        got [500](amount) from [Maria](customer)
        received [1,500](amount) from [John](customer) [yesterday](on)
        i received [300](amount)
        [250](amount) came in
        [Carlos](customer) sent me [800](amount) [today](on)
        sold a [cake](what) for [80](amount)
        sold [120](amount) of [cookies](what) to [Anna](customer)
        got my [salary](what) of [3,200](amount)
        earned [90](amount) in [tips](what)
        [yesterday](on) i got [70](amount)
        got a transfer of [150](amount) from [Paula](customer)
        received [400](amount) from [Julia](customer) for the [delivery](what)
        made [99.90](amount) [today](on)
        add income of [600](amount)
        [Rose](customer) paid me [300](amount) for the [garden](what)
        my [paycheck](what) came in, [2,800](amount)
        [Lewis](customer) gave me [120](amount) for the [painting](what)
        made [75](amount) [babysitting](what) [today](on)
        [paycheck](what) hit, [2,400](amount)
        they paid me [75](amount) for some [lessons](what)
        [Tim](customer) venmoed me [60](amount)
        [salary](what) landed, [3,100](amount)
        they gave me [40](amount) for [mowing the lawn](what)
        my [uncle](customer) sent me [200](amount)
        my [wages](what) were deposited, [4,500](amount)
    """,
    "add_customer": """
        add customer [John Smith](name)
        add a new customer [Sunny Bakery](name)
        new customer [Mary Jones](name)
        new client: [Anna Lee](name)
        add [Paula](name) as a customer
        add [Peter Hall](name) to my customers
        i have a new client, [Corner Shop](name)
        register the client [Carlos](name)
        customer [Julia Reed](name)
        add customer [Rose](name), [always pays on friday](note)
    """,
    "create_invoice": """
        make an invoice of [300](amount) for [Sunny Bakery](customer) due [friday](due)
        invoice [Maria](customer) for [300](amount)
        create an invoice of [1,250.00](amount) for [John Smith](customer)
        bill [Anna](customer) [200](amount)
        charge [Carlos](customer) [450](amount) by [friday](due)
        [Peter](customer) owes me [150](amount)
        [Paula](customer) owes me [80](amount) for the [cake](what)
        new invoice: [Sunny Bakery](customer), [500](amount), due [tomorrow](due)
        send an invoice of [900](amount) to [Corner Shop](customer) for [delivery](what)
        sold [60](amount) on credit to [Rose](customer)
        invoice [Maria](customer) [250](amount) [friday](due)
        [Julia](customer) will pay me [120](amount) [tomorrow](due)
    """,
    "settle_invoice": """
        [Maria](customer) paid
        [John](customer) paid me
        [Sunny Bakery](customer) paid the invoice
        [Anna](customer) paid [200](amount)
        [Carlos](customer) paid me [150](amount) [yesterday](on)
        [Paula](customer) settled the invoice
        mark the invoice of [Peter](customer) as paid
        the invoice for [Rose](customer) was paid
        the [300](amount) invoice was paid
        [John Smith](customer) settled up [today](on)
        [Julia](customer) paid part of it, [100](amount)
        settle the invoice of [Maria](customer)
        [Ralph](customer) settled up
        [Celia](customer) gave me [200](amount) of what she owes
        [Lydia](customer) paid me the [120](amount) she owed
    """,
    "query_spending": """
        how much did i spend [this month](period)?
        how much did i spend [today](period)
        how much did i spend on [food](what) [last week](period)?
        how much have i spent on [uber](what)?
        how much did i spend at the [market](what) [this month](period)
        spending [yesterday](period)
        my expenses [this week](period)
        total spent [last month](period)
        how much was [gas](what) [last month](period)?
        how much did i spend?
        what did i spend [yesterday](period)
        how much have i spent [since the 5th](period)?
        how much did i spend in the category [leisure](category)?
        how much did i spend on [pharmacy](what) [this year](period)?
        how much did i blow [last week](period)
        how much went out [this month](period)?
    """,
    "query_revenue": """
        how much did i receive [this month](period)?
        how much did i get [today](period)
        how much came in [last week](period)?
        how much came in?
        how much did i earn [last month](period)?
        how much did [Maria](customer) pay me [this month](period)?
        how much did i get from [Sunny Bakery](customer)?
        how much did i sell [yesterday](period)?
        total received [this week](period)
        my income [this month](period)
        how much did i make [this year](period)?
        how much has [John](customer) paid me?
        how much have i earned [so far](period)?
        how much have i made?
        what came in [this month](period)?
    """,
    "balance": """
        what's my balance?
        balance
        balance [this month](period)
        how much is left [this month](period)?
        how much did i save [last week](period)
        how am i doing [this month](period)?
        am i in the red?
        did i make a profit [last month](period)?
        summary [this month](period)
        how much came in and went out [this week](period)?
        what was my profit [this year](period)?
        how are my finances?
    """,
    "who_owes": """
        who owes me?
        who owes me money
        who hasn't paid yet?
        does [Maria](customer) owe me?
        how much does [John](customer) owe me?
        how much does [Sunny Bakery](customer) still owe?
        which invoices are open?
        open invoices
        unpaid invoices
        how much am i owed?
        does anyone owe me?
        has [Anna](customer) paid yet?
        who hasn't paid me?
        who still has to pay?
    """,
    "list_entries": """
        show my entries
        list everything [this month](period)
        what did i note [today](period)?
        what have you noted [yesterday](period)
        statement
        statement [last week](period)
        show me the entries [this week](period)
        list my expenses [yesterday](period)
        what were my expenses [today](period)?
        see entries [last month](period)
        history [this month](period)
    """,
    "correct_last": """
        no, it was [45](amount)
        no, [45](amount)
        actually it was [yesterday](on)
        actually it was [32](amount)
        change it to [60](amount)
        change the last one to [75.50](amount)
        sorry, the amount is [38.50](amount)
        it should be [120](amount)
        actually it was the [pharmacy](what)
        no, it was the [pharmacy](what)
        change the category to [leisure](category)
        no, it was [yesterday](on)
        make that [99](amount)
        i mean [45](amount)
        wait, sorry, [19](amount)
    """,
    "undo_last": """
        undo
        undo that
        delete the last one
        delete that
        undo the last entry
        cancel the last one
        cancel that expense
        remove the last entry
        remove that
        take that back
        scratch that
        delete what i just added
        never mind that entry
        take that off
        scratch that, they cancelled it
    """,
}
