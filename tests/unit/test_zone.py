"""Which zone a number's country and area tell."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity.medium import Medium
from core.identity.model import Address, AddressKind
from core.identity.zone import _ZONES, zone_of

DEFAULT = ZoneInfo("Etc/GMT+12")

# Brazil's area codes, as Anatel assigned them.
AREAS = {
    *range(11, 20),
    *(21, 22, 24, 27, 28),
    *(31, 32, 33, 34, 35, 37, 38),
    *range(41, 50),
    *(51, 53, 54, 55),
    *range(61, 70),
    *(71, 73, 74, 75, 77, 79),
    *range(81, 90),
    *range(91, 100),
}


def zone(value: str, kind: AddressKind = AddressKind.PHONE) -> str:
    return zone_of(Address(medium=Medium.WHATSAPP, kind=kind, value=value), DEFAULT).key


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+5511987654321", "America/Sao_Paulo"),
        ("+552133334444", "America/Sao_Paulo"),
        ("+5561987654321", "America/Sao_Paulo"),
        ("+5565987654321", "America/Cuiaba"),
        ("+5567987654321", "America/Campo_Grande"),
        ("+5568987654321", "America/Rio_Branco"),
        ("+5569987654321", "America/Porto_Velho"),
        ("+5571987654321", "America/Bahia"),
        ("+5581987654321", "America/Recife"),
        ("+5592987654321", "America/Manaus"),
        ("+5597987654321", "America/Manaus"),
        ("+5595987654321", "America/Boa_Vista"),
        ("+34612345678", "Europe/Madrid"),
        ("+351912345678", "Europe/Lisbon"),
        ("+5491123456789", "America/Argentina/Buenos_Aires"),
        ("+56912345678", "America/Santiago"),
        ("+573001234567", "America/Bogota"),
        ("+51912345678", "America/Lima"),
        ("+595981234567", "America/Asuncion"),
        ("+447400123456", "Europe/London"),
        ("+4915123456789", "Europe/Berlin"),
        ("+33612345678", "Europe/Paris"),
        ("+393123456789", "Europe/Rome"),
        ("+919876543210", "Asia/Kolkata"),
        ("+819012345678", "Asia/Tokyo"),
        ("+27821234567", "Africa/Johannesburg"),
        ("+18095551234", "America/Santo_Domingo"),
    ],
)
def test_a_number_of_a_place_with_one_zone_tells_it(number: str, name: str) -> None:
    assert zone(number) == name


@pytest.mark.parametrize(
    "number",
    [
        "+12125551234",  # New York, and whoever kept the number and moved
        "+14165551234",
        "+5215512345678",
        "+79161234567",
        "+77011234567",
        "+61412345678",
        "+628123456789",
        "+5523987654321",  # an area code that is nobody's
        "+55",
        "+",
        "+٥٥١١",  # noqa: RUF001
    ],
)
def test_a_number_that_tells_no_single_zone_is_on_the_default(number: str) -> None:
    assert zone(number) == DEFAULT.key


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("BR.5511987654321", AddressKind.SCOPED),
        ("+5511987654321", AddressKind.SCOPED),
        ("34612", AddressKind.OTHER),
        ("5511987654321", AddressKind.PHONE),
    ],
)
def test_what_is_no_number_is_on_the_default(value: str, kind: AddressKind) -> None:
    assert zone(value, kind) == DEFAULT.key


def test_every_zone_exists() -> None:
    assert set(_ZONES.values()) - available_timezones() == set()


def test_every_area_code_of_brazil_has_a_zone() -> None:
    assert {int(prefix[2:]) for prefix in _ZONES if prefix.startswith("55") and len(prefix) == 4} == AREAS


def test_no_prefix_is_within_another_of_another_country() -> None:
    shadowed = [(short, long) for short in _ZONES for long in _ZONES if long != short and long.startswith(short)]

    assert shadowed == []


@given(st.text(), st.sampled_from(list(AddressKind)))
def test_any_value_has_a_zone(value: str, kind: AddressKind) -> None:
    assert zone(value, kind)
    assert zone("+" + value, kind)
