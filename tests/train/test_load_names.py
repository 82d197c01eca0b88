import pytest

from stance.records import ActorKind
from stance.train import load_names
from stance.train.load_names import join_tokens


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("It 's the end , really !", "It's the end, really!"),
        ("I did n't say ( much ) .", "I didn't say (much)."),
        ("Mara ’ s boat", "Mara’s boat"),
        ('She said " go on " twice', 'She said "go on" twice'),
        ("# Tides at @ harbour", "#Tides at @harbour"),
        ("the U. N. met", "the U.N. met"),
        ("$ 5 ; 10 %", "$5; 10%"),
    ],
)
def test_tokens_are_joined_as_a_person_would_type_them(tokens, text):
    joined, spans = join_tokens(tokens.split())
    assert joined == text
    assert [joined[start:end] for start, end in spans] == tokens.split()


def put(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def names(example):
    return [(example.text[name.start : name.end], name.kind) for name in example.names]


@pytest.fixture
def btc(tmp_path):
    put(
        tmp_path / load_names._BTC / "btc.train",
        ("Mara", "B-PER"),
        ("Lind", "I-PER"),
        ("'s", "O"),
        ("Tidewater", "B-ORG"),
        ("Hull", "B-LOC"),
        ("'\"'", "O"),
        ("yes", "O"),
        ("'\"'", "O"),
        ("",),
        ("@", "B-PER"),
        ("mlind", "B-PER"),
        ("#", "B-ORG"),
        ("TideCo", "I-ORG"),
        ("@other", "B-ORG"),
    )
    put(tmp_path / load_names._BTC / "btc.dev", ("Rain", "O"))
    return tmp_path


def test_tags_become_names_and_a_place_is_of_unknown_kind(btc):
    first = next(load_names.load_btc(btc))
    assert first.text == 'Mara Lind\'s Tidewater Hull "yes"'
    assert names(first) == [
        ("Mara Lind", ActorKind.PERSON),
        ("Tidewater", ActorKind.ORGANISATION),
        ("Hull", ActorKind.UNKNOWN),
    ]


def test_a_handle_is_no_name_and_a_hashtag_is_named_without_its_sign(btc):
    second = list(load_names.load_btc(btc))[1]
    assert names(second) == [("TideCo", ActorKind.ORGANISATION)]


def test_a_text_known_to_hold_no_name_has_an_empty_tuple_not_none(btc):
    last = list(load_names.load_btc(btc))[-1]
    assert (last.split, last.names) == ("dev", ())


def test_wnut_groups_and_companies_are_organisations_and_a_new_name_of_a_kind_begins_with_b(tmp_path):
    rows = [
        ("Reds", "B-group"),
        ("Tideco", "B-corporation"),
        ("Ann", "B-person"),
        ("Bo", "B-person"),
        ("Hit", "B-product"),
    ]
    put(tmp_path / load_names._WNUT / "wnut17train.conll", *rows, ("\t",), *rows[:1])
    put(tmp_path / load_names._WNUT / "emerging.dev.conll", ("Rain", "O"))
    first, second, dev = load_names.load_wnut17(tmp_path)
    assert names(first) == [
        ("Reds", ActorKind.ORGANISATION),
        ("Tideco", ActorKind.ORGANISATION),
        ("Ann", ActorKind.PERSON),
        ("Bo", ActorKind.PERSON),
        ("Hit", ActorKind.UNKNOWN),
    ]
    assert (names(second), dev.split) == ([("Reds", ActorKind.ORGANISATION)], "dev")
