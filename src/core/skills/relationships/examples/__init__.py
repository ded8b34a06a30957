"""How people ask for the tools of relationships, one module per language."""

from core.skills.relationships.examples import en, es, pt
from core.skills.tools import Marked

MARKED: Marked = {"pt": pt.MARKED, "en": en.MARKED, "es": es.MARKED}
