"""Secrets that could be guessed, and those that could not."""

import random
import string

import pytest

from milepost.rules.secret_strength import weakness


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "shorter"),
        ("9f2c41d07ab85e36c1f4087d6be2953", "shorter"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "too regular"),
        ("abcabcabcabcabcabcabcabcabcabcabcabcab", "too regular"),
        ("ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ", "too regular"),
        ("zyxwvutsrqponmlkjihgfedcba9876543210", "too regular"),
        ("acegikmoqsuwyacegikmoqsuwy13579bdf", "too regular"),
        ("9f2c41d09f2c41d09f2c41d09f2c41d0", "too regular"),
        ("SECRETsecretSecretPASSWORDpassword", "too regular"),
        ("milepost-production-jwt-secret-key-2026", "too regular"),
        ("Correct-Horse-Battery-Staple-1234567", "known example"),
    ],
)
def test_what_could_be_guessed(secret: str, reason: str) -> None:
    assert reason in str(weakness(secret))


@pytest.mark.parametrize(
    "alphabet", ["0123456789abcdef", string.ascii_lowercase, string.ascii_letters + string.digits + "-_"]
)
def test_random_secrets_are_never_refused(alphabet: str) -> None:
    draw = random.Random(16)
    secrets = ["".join(draw.choices(alphabet, k=32)) for _ in range(2_000)]
    assert [secret for secret in secrets if weakness(secret) is not None] == []


def test_the_words_of_a_placeholder_do_not_make_a_random_secret_weak() -> None:
    assert weakness("milepost-production-9f2c41d07ab85e36c1f4087d6be2953a") is None
