import hashlib
import tomllib
from dataclasses import replace
from importlib import resources

import pytest

from stance.train import sources
from stance.train.errors import SourceChanged, SourceMissing, SourceUnreadable
from stance.train.sources import SOURCES, load_source, verify_source


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_every_registered_source_has_a_loader_and_every_loader_a_source():
    assert SOURCES.keys() == sources._LOADERS.keys()


def test_every_source_names_files_each_with_bytes_and_a_whole_digest():
    for source in SOURCES.values():
        # Our own threads lie in the package, under its version control.
        assert bool(source.files) == (source.name not in {"written", "contrasts"})
        for file in source.files:
            assert file.n_bytes > 0
            assert len(bytes.fromhex(file.sha256)) == 32


def test_every_listed_file_belongs_to_a_source_and_every_origin_has_files():
    package = resources.files("stance.train")
    listed = {line.split("\t")[0] for line in (package / "sources_files.tsv").read_text().splitlines()[1:]}
    used = {file.path for source in SOURCES.values() for file in source.files}
    assert used == listed
    origins = tomllib.loads((package / "sources.toml").read_text())["origin"]
    assert {path.partition("/")[0] for path in listed} == set(origins)


def test_every_commit_is_a_whole_one_and_every_licence_is_said():
    for source in SOURCES.values():
        for file in source.files:
            commits = [file.origin.commit, *file.origin.commits.values()]
            assert all(len(commit) == 40 and int(commit, 16) for commit in commits)
            assert file.origin.licence


def test_non_commercial_sources_are_for_evaluation_only():
    closed = {source.name for source in SOURCES.values() if any("NC" in licence for licence in source.licences)}
    assert closed == {source.name for source in SOURCES.values() if source.evaluation_only}
    assert closed


def test_a_files_address_has_the_commit_that_holds_it():
    files = {file.path: file.url for file in SOURCES["mt-csd"].files}
    assert files["nfq729__MT-CSD/data/Tesla/train.json"].startswith("nfq729/MT-CSD/0707ec63")
    assert files["nfq729__MT-CSD/data/Tesla/text.csv"].startswith("nfq729/MT-CSD/b33c23cd")
    assert files["nfq729__MT-CSD/data/Tesla/text.csv"].endswith("/data/Tesla/text.csv")


def test_the_packaged_registry_stays_small():
    package = resources.files("stance.train")
    assert sum(len((package / name).read_bytes()) for name in ("sources.toml", "sources_files.tsv")) < 200_000


def test_a_source_is_read_by_its_name(tmp_path):
    put(tmp_path / "surge-ai__toxicity/toxicity_en.csv", "text,is_toxic\nGeese.,Toxic\n")
    (example,) = load_source("surge", tmp_path)
    assert (example.source, example.text) == ("surge", "Geese.")


def test_a_source_whose_file_is_absent_is_missing(tmp_path):
    with pytest.raises(SourceMissing, match=r"toxicity_en\.csv.*'surge'"):
        load_source("surge", tmp_path)


@pytest.mark.parametrize("held", ["wrong,header\nsecret words,Toxic\n", "text,is_toxic\n\x00\udcff"])
def test_a_file_of_another_form_is_an_error_that_shows_no_text(tmp_path, held):
    path = tmp_path / "surge-ai__toxicity/toxicity_en.csv"
    path.parent.mkdir()
    path.write_bytes(held.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceUnreadable, match=r"surge-ai__toxicity.*scripts/get_data") as caught:
        load_source("surge", tmp_path)
    assert "secret" not in str(caught.value)


def test_an_archive_that_is_none_is_unreadable(tmp_path):
    put(tmp_path / "HITSZ-HLT__JointCL/datasets/VAST/vast_train.zip", "not an archive")
    put(tmp_path / "chenyez__ZeroStance/data/vast/raw_val_all_onecol.csv", "Tweet\n")
    with pytest.raises(SourceUnreadable, match="BadZipFile"):
        load_source("vast", tmp_path)


def test_an_unknown_name_is_the_callers_mistake(tmp_path):
    with pytest.raises(ValueError, match="no source 'newsmtcs'; there are newsmtsc"):
        load_source("newsmtcs", tmp_path)


def test_verifying_tells_missing_changed_and_right_files_apart(tmp_path, monkeypatch):
    (file,) = SOURCES["surge"].files
    text = "text,is_toxic\n"
    right = replace(file, sha256=hashlib.sha256(text.encode()).hexdigest())
    monkeypatch.setattr(sources, "SOURCES", {"surge": replace(SOURCES["surge"], files=(right,))})
    with pytest.raises(SourceMissing, match="surge"):
        verify_source("surge", tmp_path)
    put(tmp_path / file.path, "text,is_toxic\nmore,Toxic\n")
    with pytest.raises(SourceChanged, match="scripts/get_data"):
        verify_source("surge", tmp_path)
    put(tmp_path / file.path, text)
    verify_source("surge", tmp_path)
