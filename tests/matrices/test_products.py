"""The catalogue of products: what is shipped is whole, and what a centre writes instead is read strictly."""

from pathlib import Path

import pytest

from leerp.errors import BadInputError
from matrices.products import load_catalogue
from matrices.tables import content_of, names
from matrices.team_tables import load_team_roles
from notifications.configuration import load_tables


def test_what_is_shipped_is_whole_and_says_what_it_is() -> None:
    """The usual products are there, labelled as this project's choice, and roles of the team can make them."""
    catalogue = load_catalogue(content_of("products"), name="products.yaml")
    skills = {role.skill for role in load_team_roles(content_of("team-roles"), name="team-roles.yaml").roles}
    wanted = {"operational-analysis", "cross-match-report", "forensic-report", "financial-trace", "malware-analysis"}
    assert wanted | {"situation-report"} <= {one.id for one in catalogue.products}
    assert catalogue.status.startswith("project assumption")
    assert {skill for one in catalogue.products for skill in one.skills} - skills == set()
    assert "products" not in names()  # it classifies nothing


def test_a_centre_has_its_own(tmp_path: Path) -> None:
    """A file of the same name in the centre's folder takes the place of the shipped one."""
    own = content_of("products").replace(b"deadline_hours: 6", b"deadline_hours: 3")
    (tmp_path / "products.yaml").write_bytes(own)
    catalogue = load_catalogue(load_tables(tmp_path).content("products"), name="products.yaml")
    entry = catalogue.entry("situation-report")
    assert entry is not None
    assert entry.deadline_hours == 3
    assert catalogue.entry("horoscope") is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"id: forensic-report", b"id: malware-analysis", "'malware-analysis' stands twice"),
        (b"sections: [hits]", b"sections: [gossip]", "key products.1.sections.0"),
        (b"deadline_hours: 12", b"deadline_hours: 0", "key products.1.deadline_hours"),
        (b"skills: [malware-analyst]", b"skills: []", "key products.3.skills"),
    ],
)
def test_a_catalogue_that_cannot_be_meant_is_refused(old: bytes, new: bytes, fault: str) -> None:
    """With the key of the fault."""
    content = content_of("products").replace(old, new)
    with pytest.raises(BadInputError, match=fault):
        load_catalogue(content, name="products.yaml")
