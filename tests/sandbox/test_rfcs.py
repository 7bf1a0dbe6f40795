"""RFCs that the SAT would take: letters, date, and the characters that follow from both."""

import random
from datetime import date

import pytest

from gigstack_events.sandbox.business import rfcs

# RFCs that the SAT published for trying out CFDIs.
_PUBLISHED = ("EKU9003173C9", "XIA190128J61", "H&E951128469", "KIJ0906199R1", "IVD920810GU2", "GODE561231GR8")


@pytest.mark.parametrize("rfc", _PUBLISHED)
def test_published_rfcs_are_valid(rfc: str) -> None:
    """The check digit is the one that the SAT computes, for companies and persons."""
    assert rfcs.is_valid(rfc)


@pytest.mark.parametrize("rfc", ["EKU9003173C8", "GODE561331GR8", "GODE561231gr8", "XX", "", "EKU9003173CB"])
def test_what_is_not_an_rfc_is_refused(rfc: str) -> None:
    """A wrong digit, a month that does not exist and small letters are seen."""
    assert not rfcs.is_valid(rfc)


def test_an_rfc_follows_from_name_and_day() -> None:
    """The SAT's own example comes out to the letter."""
    assert rfcs.person_rfc("Emma", "Gómez", "Díaz", date(1956, 12, 31)) == "GODE561231GR8"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ferretería La Palma, S.A. de C.V.", "FPA"),
        ("Papelería y Copias del Sur S. de R.L. de C.V.", "PCS"),
        ("Ñandú", "ÑAN"),
        ("Grupo Muñoz Peña SAPI de CV", "GMP"),
    ],
)
def test_a_company_gets_the_letters_of_its_name(name: str, letters: str) -> None:
    """Small words and the legal form do not count."""
    rfc = rfcs.company_rfc(name, date(2001, 2, 3))
    assert rfcs.is_valid(rfc)
    assert rfc[:3] == letters


def test_a_seed_makes_the_same_valid_rfcs() -> None:
    """A hundred of each kind are valid, and come again with the seed."""
    one, other = random.Random(5), random.Random(5)
    persons = [rfcs.any_person_rfc(one) for _ in range(100)]
    companies = [rfcs.any_company_rfc(one) for _ in range(100)]
    assert [rfcs.any_person_rfc(other) for _ in range(100)] == persons
    assert all(len(rfc) == 13 and rfcs.is_valid(rfc) for rfc in persons)
    assert all(len(rfc) == 12 and rfcs.is_valid(rfc) for rfc in companies)
