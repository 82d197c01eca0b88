import re

import pytest

from stance.train.errors import BadRecipe
from stance.train.recipe import HEADS, Stage, load_recipe, only_permissive
from stance.train.sources import PERMISSIVE, SOURCES

WHOLE = """
seed = 3
backbone = "a/b"
comment_tokens = 64
token_budget = 512
encoder_learning_rate = 1e-4
layer_decay = 0.9
head_learning_rate = 1e-3
weight_decay = 0
warmup_share = 0.1
checkpoint_minutes = 5
[weights]
stance = 1.0
relation = 1.0
sentences = 1.0
attributes = 1.0
names = 1.0
link = 1.0
[[stages]]
name = "all"
rate = 1.0
[stages.passes]
newsmtsc = 2
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "own.toml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", ["small", "full"])
def test_a_recipe_that_ships_reads_known_sources_that_may_train(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.weights.keys() == set(HEADS)
    assert {source for stage in recipe.stages for source in stage.passes} <= {
        name for name, source in SOURCES.items() if not source.evaluation_only
    }


def test_a_recipe_is_read_from_a_file_and_named_after_it(write):
    recipe = load_recipe(write(WHOLE))
    assert (recipe.name, recipe.seed) == ("own", 3)
    assert recipe.stages == (Stage(name="all", rate=1.0, passes={"newsmtsc": 2}),)


def test_an_unknown_recipe_is_told_with_those_that_ship():
    with pytest.raises(BadRecipe, match=r"no such recipe.*small"):
        load_recipe("gigantic")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("seed = 3", "", "seed"),
        ("seed = 3", "seed = 3\nsead = 4", "sead"),
        ("seed = 3", "seed = ", "not TOML"),
        ("seed = 3", 'seed = "three"', "seed is not"),
        ("seed = 3", "seed = 3.5", "seed is not a whole number"),
        ("seed = 3", "seed = -3", "seed is not a number of 0 or more"),
        ('"a/b"', "7", "backbone is not a string"),
        ("token_budget = 512", "token_budget = true", "token_budget is not"),
        ("layer_decay = 0.9", "layer_decay = -0.9", "layer_decay is not"),
        ("names = 1.0\n", "", "weights are wanted for .*names"),
        ("names = 1.0", "mood = 1.0", "weights are wanted for"),
        ("names = 1.0", "names = [1]", "weights.names is not"),
        ("newsmtsc = 2", "newsmtsc = -2", "passes.newsmtsc is not"),
        ("newsmtsc = 2", "diary = 2", "passes.diary is no source"),
        ("[[stages]]", "[stages]", "there is no"),
        ('name = "all"', "", "a stage has name, rate and passes"),
        ('name = "all"', "name = 4", "a stage's name is a string"),
        ("rate = 1.0", "rate = 1.0\nfrozen = 1", "frozen is neither"),
        ("rate = 1.0", "rate = -1.0", "rate is not a number of 0 or more"),
    ],
)
def test_a_recipe_that_cannot_run_is_told_before_anything_is_read(write, old, new, what):
    assert old in WHOLE
    with pytest.raises(BadRecipe, match=what):
        load_recipe(write(WHOLE.replace(old, new)))


def test_tables_must_be_tables(write):
    weights = re.search(r"\[weights\].*(?=\[\[stages)", WHOLE, re.DOTALL)[0]
    with pytest.raises(BadRecipe, match="weights is not a table"):
        load_recipe(write("weights = 3\n" + WHOLE.replace(weights, "")))


def test_a_recipe_without_stages_is_told(write):
    with pytest.raises(BadRecipe, match="fields missing or not known: stages"):
        load_recipe(write(WHOLE[: WHOLE.index("[[stages]]")]))


def test_a_source_for_evaluation_only_may_not_train(write):
    forbidden = next(name for name, source in SOURCES.items() if source.evaluation_only)
    with pytest.raises(BadRecipe, match=f"{forbidden} is no source that may train"):
        load_recipe(write(WHOLE.replace("newsmtsc", forbidden)))


def test_a_recipe_that_is_not_text_is_told(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRecipe, match="not TOML"):
        load_recipe(path)


@pytest.mark.parametrize("name", ["small", "full"])
def test_a_permissive_run_reads_no_source_without_a_stated_licence(name):
    recipe = only_permissive(load_recipe(name))
    read = {source for stage in recipe.stages for source in stage.passes}
    assert {"newsmtsc", "incivility", "btc"} <= read
    assert all(licence in PERMISSIVE for source in read for licence in SOURCES[source].licences)
    assert not [licence for licence in PERMISSIVE if "none" in licence or "NC" in licence or "registration" in licence]
    assert recipe.name == f"{name} --licence permissive"


def test_what_a_licence_leaves_open_is_not_permissive():
    assert not any(SOURCES[name].permissive for name in ("vast", "semeval23", "ucc", "wikitactics", "iac-links"))
    assert SOURCES["written"].permissive
