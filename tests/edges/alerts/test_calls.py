"""Twilio's signature, and what it is answered."""

from openbell.edges.alerts.calls import asking, is_signed, message, signature, spoken

FORM = {
    "CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310",
    "To": "+18005551212",
}  # fmt: skip
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def test_the_signature_is_that_of_twilios_own_example() -> None:
    # The example of Twilio's "Webhooks security" page, read 2026-11-21.
    assert signature("12345", URL, FORM) == "GvWf1cFY/Q7PnoempGyD5oXAezc="
    assert is_signed("12345", URL, FORM, "GvWf1cFY/Q7PnoempGyD5oXAezc=")


def test_one_changed_letter_of_address_form_or_key_breaks_it() -> None:
    right = signature("12345", URL, FORM)
    assert not is_signed("12346", URL, FORM, right)
    assert not is_signed("12345", URL + "x", FORM, right)
    assert not is_signed("12345", URL, {**FORM, "Digits": "1235"}, right)
    assert not is_signed("12345", URL, FORM, "")
    assert not is_signed("12345", URL, FORM, "\u00e9")


def test_answers_are_text_inside_their_form() -> None:
    assert message("") == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert "<Message>a &lt; b</Message>" in message("a < b")
    assert "<Say>done</Say><Hangup/>" in spoken("done")
    assert 'numDigits="15"' in asking("https://x/voice") and "https://x/voice" in asking("https://x/voice")
