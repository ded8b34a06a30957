"""A model's Markdown in the words of the channel: WhatsApp's marks, or plain SMS text."""

from core.conversation.wording.markdown import Page
from core.conversation.wording.marks import SMS, WHATSAPP


def to_whatsapp(markdown: str) -> str:
    """`markdown` with WhatsApp's marks: *bold*, _italic_, ~strike~, ```mono```, `- ` lists and `> ` quotes.

    Headings become bold lines, a table one list item per row, a link `text (url)`. A mark that WhatsApp would not
    show, because a letter follows it, is left out. Code inside fences is untouched.
    """
    return Page(WHATSAPP).laid_out(markdown)


def to_sms(markdown: str) -> str:
    """`markdown` as plain text, with typographic characters folded to GSM 03.38 where the meaning stays.

    Same layout as `to_whatsapp` without its marks. Accents and emoji stay; addresses and fenced code are untouched.
    """
    return Page(SMS).laid_out(markdown)
