"""What people say for the arguments of tools, and how it is found and read: money, days and periods, names."""

from typing import NewType

Money = NewType("Money", str)
"""An amount as people write it: `52,90`, `1.234,56`, `US$ 12`, `3k`, `R$ 5 mil`. Read by `slots.money`."""

When = NewType("When", str)
"""A day, moment or period as people say it: `ontem`, `este mês`, `last week`, `desde o dia 5`. Read by `slots.when`."""

Name = NewType("Name", str)
"""What a person, a business or a thing is called."""
