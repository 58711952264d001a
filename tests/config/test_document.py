"""Places and scalars of YAML documents."""

from pathlib import Path

import pytest

from openbell.config.document import DocumentError, parse_document, read_text


def test_places_of_keys_and_values() -> None:
    tree, faults = parse_document("a:\n  - {b: 1, c: [x, y]}\n")
    inner = tree.child("a")
    assert inner is not None
    first = inner.child(0)
    assert first is not None
    last = first.child("c")
    assert faults == []
    assert (inner.key_line, inner.key_column, first.line, first.column) == (1, 1, 2, 5)
    assert last is not None
    assert (last.key_line, last.key_column, last.line, last.column) == (2, 12, 2, 15)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ON", "ON"), ("no", "no"), ("yes", "yes"), ("10:30", "10:30"), ("2024-01-02", "2024-01-02"), ("0123", 123),
        ("0x1F", 31), ("0o17", 15), ("1_000", 1000), ("-5", -5), ("1e5", 1e5), ("0.1", 0.1), ("true", True),
        ("False", False), ("~", None), ("null", None), ("''", ""), ("'1'", "1"), ("2%", "2%"), ("=", "="), ("9" * 5000, "9" * 5000),
        (".inf", float("inf")), ("0.123456789012345678901", "0.123456789012345678901"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    plain = parse_document(f"a: {text}\n")[0].plain()["a"]
    assert plain == value
    assert type(plain) is type(value)


def test_directive_of_yaml_1_1_changes_nothing() -> None:
    assert parse_document("%YAML 1.1\n---\na: ON\nb: 10:30\n")[0].plain() == {"a": "ON", "b": "10:30"}


def test_aliases_stand_for_their_value() -> None:
    assert parse_document("a: &x {b: 1}\nc: *x\n")[0].plain() == {"a": {"b": 1}, "c": {"b": 1}}


def test_child_of_a_scalar_or_past_the_end_is_none() -> None:
    tree, _ = parse_document("a: [1]\n")
    inner = tree.child("a")
    assert inner is not None
    assert inner.child(1) is None
    assert inner.child("b") is None
    assert tree.child("z") is None


def test_file_too_large(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: 1\n" * 10)
    with pytest.raises(DocumentError, match="is larger than 20 bytes, which no configuration is"):
        read_text(path, 20)
