"""The county's service points: one centre that has the national number, and no code that nobody listed."""

from pathlib import Path

import pytest

from contracts.problems import Invalid
from intake.domain.service_points import ServicePoints

COUNTY = Path(__file__).parents[3] / "examples" / "county" / "service_points.yaml"


def test_the_countys_net_is_one_five_and_many() -> None:
    """1 + 5 + N, and who gives a code of none is shown them all."""
    points = ServicePoints.load(COUNTY)
    tiers = [point.tier for point in points.known.values()]
    assert (1, 5) == (tiers.count("centre"), tiers.count("station"))
    assert tiers.count("contact") >= 1
    points.check("SP-QINGXI")
    with pytest.raises(Invalid) as refused:
        points.check("SP-NOWHERE")
    assert list(points.known) == [each["code"] for each in refused.value.more["known"]]


@pytest.mark.parametrize("path", [None, Path("/nowhere.yaml")])
def test_where_none_is_configured_any_code_is_taken(path: Path | None) -> None:
    """A county that lists none registers as before."""
    ServicePoints.load(path).check("W01")


CENTRE = "{code: '12309', name: 甲, tier: centre}"


@pytest.mark.parametrize(
    "points",
    [
        ["{code: A, name: 甲, tier: centre}"],
        ["{code: '12309', name: 甲, tier: station}"],
        [CENTRE, "{code: B, name: 乙, tier: station}", "{code: B, name: 丙, tier: contact}"],
    ],
)
def test_a_wrong_file_is_said_at_the_start(tmp_path: Path, points: list[str]) -> None:
    """No centre, a centre under another code, a code twice."""
    rows = "".join(f"- {point}\n" for point in points)
    (tmp_path / "points.yaml").write_text(f"points:\n{rows}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"points\.yaml"):
        ServicePoints.load(tmp_path / "points.yaml")
