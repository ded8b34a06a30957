"""How people ask for the tools of finance, one module per language."""

from core.skills.finance.examples import en, es, pt
from core.skills.tools import Marked

MARKED: Marked = {"pt": pt.MARKED, "en": en.MARKED, "es": es.MARKED}
