"""What is said of the socket is so: the sections are those of a snapshot, and the words are numbers of the code."""

from openbell.edges.web import answers, live
from openbell.edges.web.frames import LIST, MESSAGES, ROW, ROWS, SECTIONS


def test_every_section_of_a_snapshot_is_told_of_by_its_kind() -> None:
    fields = answers.Snapshot.model_json_schema()["properties"]
    kinds = {
        name: LIST if one.get("type") == "array" else ROWS if "type" in one else ROW for name, one in fields.items()
    }
    assert {name: kind for name, (kind, _) in SECTIONS.items() if name != "bars"} == kinds
    assert all(text.endswith(".") for _, text in SECTIONS.values())


def test_every_word_of_the_protocol_is_told_of() -> None:
    said = " ".join(f"{form} {text}" for _, form, text in MESSAGES)
    for name in (*live.Hello.__struct_fields__, *live.Rate.__struct_fields__):
        assert f'"{name}"' in said
    for number in (live.PROTOCOL, live.REFUSED, live.GONE, live.TOO_MANY):
        assert str(number) in said
