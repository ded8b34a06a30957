"""Everyday English, as people type it on a phone."""

from collections.abc import Mapping

MARKED: Mapping[str, str] = {
    "remember_person": """
        remember that [Anna](name) [likes orchids](note)
        note that [John](name) is [allergic to shrimp](note)
        keep in mind that [Maria](name) [lives in Boston](note)
        note on [Paula](name): [prefers to talk in the morning](note)
        note about [Carlos](name): [has two children](note)
        remember that [Julia](name) [has her birthday in march](note)
        keep in mind that [Rose](name) [married Peter](note)
        don't forget that [Peter](name) is a [vegetarian](note)
        remember [Mark Lee](name) [works at the bank](note)
        make a note that [Bea](name) [has a new job](note)
        write down that [Clara](name) [is afraid of flying](note)
        [Dora](name) is a [teacher](note), note that
        [Bert](name) is [vegan](note), keep that in mind
    """,
    "note_interaction": """
        talked to [Anna](name) about the [project](what) [yesterday](on)
        i spoke with [John](name) about [prices](what)
        [yesterday](on) i talked to [Maria](name) about the [delivery](what)
        called [Peter](name) [today](on) {what: phone call}
        had a meeting with [Paula](name) [yesterday](on) {what: we met}
        ate with [Carlos](name) [today](on) {what: we ate together}
        visited [Julia](name) [yesterday](on) {what: visit}
        met [Rose](name) to [look at the contract](what)
        log a [coffee](what) with [Mark](name) [today](on)
        sent the [proposal](what) to [Bea](name) [yesterday](on)
        met up with [Vera](name) [yesterday](on) about the [contract](what)
        had a call with [Vera](name) [this morning](on) about the [house](what)
    """,
    "about": """
        what do i know about [Anna](name)?
        what do you know about [John](name)?
        who is [Maria](name)?
        tell me about [Peter](name)
        what have i noted about [Paula](name)?
        what did i note about [Carlos](name)
        remember [Julia](name)?
        when did i talk to [Rose](name)?
        info on [Mark](name)
        anything on [Bea](name)?
        what do you have on [Vera](name)?
    """,
    "remind": """
        remind me to [call Anna](what) [tomorrow](when)
        remind me [tomorrow](when) to [pay the rent](what)
        please remind me to [buy flowers](what) on [saturday](when)
        reminder: [dentist](what) [friday](when)
        reminder [tomorrow](when): [bring the cake](what)
        remind me on the [10th](when) to [renew the insurance](what)
        don't let me forget to [send the proposal](what) on [monday](when)
        remind me [tomorrow at 10](when) to [call the bank](what)
        set a reminder for the [meeting](what) [tomorrow at 3pm](when)
        remind me to [take my medicine](what) [today at 8pm](when)
        [tomorrow](when) remind me to [pick up the parcel](what)
        ping me [tomorrow at 10am](when) to [pay the fine](what)
    """,
    "reminders": """
        what are my reminders?
        my reminders
        reminders
        reminders for [today](period)
        reminders for [tomorrow](period)
        what do i have [tomorrow](period)?
        do i have any reminders [this week](period)?
        show my reminders [this week](period)
        what do you have to remind me of?
        what do i have to remember [today](period)?
    """,
    "forget_last": """
        forget that
        forget what i said
        forget the last reminder
        delete the last reminder
        cancel the reminder
        cancel that reminder
        remove that reminder
        forget that note
        delete the last note
        no need to remind me
    """,
}
