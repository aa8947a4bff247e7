"""Who is told: by the groups of field reference §5.1."""

from pathlib import Path

import pytest

from leerp.notices import NoticeKind
from leerp.stakeholders import Directory, Group
from notifications.audience import audience
from notifications.configuration import lay_out_example, load_directory


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """The example directory."""
    folder: Path = tmp_path_factory.mktemp("config")
    lay_out_example(folder)
    return load_directory(folder / "directory.yaml")


def groups(directory: Directory, ids: tuple[str, ...]) -> set[Group]:
    """The groups of those stakeholders."""
    return {one.group for one in directory.stakeholders if one.id in ids}


INSIDE = {Group.EUROPOL_UNIT, Group.LIAISON_BUREAU, Group.JCAT}
OUTSIDE = {
    Group.LE_POC,
    Group.CSIRT_NETWORK,
    Group.AGENCY,
    Group.PRIVATE_PARTNER,
    Group.CRISIS_COMMUNICATION,
}
MEETING = {Group.LIAISON_BUREAU, Group.JCAT, Group.LE_POC}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NoticeKind.LAUNCH_INTERNAL, INSIDE),
        (NoticeKind.LAUNCH_EXTERNAL, OUTSIDE),
        (NoticeKind.EARLY_WARNING, INSIDE | OUTSIDE),
        (NoticeKind.UPDATE, INSIDE | OUTSIDE),
        (NoticeKind.MEETING, MEETING),
        (NoticeKind.ACTION_PLAN, MEETING),
        (NoticeKind.CLOSURE, set()),
    ],
)
def test_each_kind_has_its_groups(directory: Directory, kind: NoticeKind, expected: set[Group]) -> None:
    """Everybody of these groups who is not selective, and nobody else."""
    told = audience(kind, directory)
    assert groups(directory, told) == expected
    assert told == tuple(
        sorted(one.id for one in directory.stakeholders if one.group in expected and not one.selective)
    )


def test_the_launch_notices_share_no_reader(directory: Directory) -> None:
    """Inside and outside are two audiences; a named reader joins the one of its own side."""
    named = ("unit-operations", "partner-bank", "eeas", "liaison-fr")
    inside = audience(NoticeKind.LAUNCH_INTERNAL, directory, named=named)
    outside = audience(NoticeKind.LAUNCH_EXTERNAL, directory, named=named)
    assert set(inside) & set(outside) == set()
    assert {"unit-operations", "liaison-fr"} <= set(inside)
    assert {"partner-bank", "eeas"} <= set(outside)


def test_selective_partners_and_mere_sources_are_told_only_when_named(directory: Directory) -> None:
    """An officer's word adds them, and nothing else does."""
    usual = audience(NoticeKind.EARLY_WARNING, directory)
    named = audience(NoticeKind.EARLY_WARNING, directory, named=("partner-cloud", "unodc"))
    assert set(named) - set(usual) == {"partner-cloud", "unodc"}


def test_eurojust_meets_only_when_asked(directory: Directory) -> None:
    """Where the case is relevant to it, and then also if the directory does not have it, to be seen as missing."""
    assert "eurojust" not in audience(NoticeKind.MEETING, directory)
    assert "eurojust" in audience(NoticeKind.MEETING, directory, eurojust=True)
    assert "eurojust" in audience(NoticeKind.ACTION_PLAN, directory, eurojust=True)
    assert "eurojust" not in audience(NoticeKind.CLOSURE, directory, eurojust=True)
    without = directory.model_copy(
        update={"stakeholders": tuple(one for one in directory.stakeholders if one.id != "eurojust")}
    )
    assert "eurojust" in audience(NoticeKind.MEETING, without, eurojust=True)


def test_closure_goes_to_the_given_readers_alone(directory: Directory) -> None:
    """Whatever the directory says today, the given ids come back, sorted, once each."""
    told = audience(NoticeKind.CLOSURE, directory, named=("poc-no", "gone", "liaison-fr", "gone"))
    assert told == ("gone", "liaison-fr", "poc-no")
