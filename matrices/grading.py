"""Grades: the provider's stands (DESIGN rule 2; Regulation (EU) 2016/794 Art. 29)."""

from leerp.grades import UNGRADED, Grade, Scale

_DOUBTFUL_SOURCES = {Scale.FOUR_BY_FOUR: "C", Scale.ADMIRALTY: "DE"}


def standing(provided: Grade | None) -> Grade:
    """The grade that stands for a report: the provider's, or X4 where it gave none (Art. 29(4))."""
    return UNGRADED if provided is None else provided


def may_change(current_by_provider: Grade | None, proposed: Grade, *, provider_agrees: bool) -> bool:
    """Whether a proposed grade may take the place of what stands.

    Only with the provider's agreement: that holds for a grade it gave (Art. 29(3)) and also where it gave none and X4
    stands (Art. 29(4)). What stands may always be confirmed. A grade on another grid is another grade: nothing is
    converted. For what the centre collected itself the centre is the provider (Art. 29(6)).
    """
    return provider_agrees or proposed == standing(current_by_provider)


def doubted(grade: Grade) -> bool:
    """Whether the source is graded as mostly unreliable: C on the 4x4 grid, D or E on the Admiralty grid.

    X and F are not doubt: they say that nobody can tell.
    """
    return grade.code[0] in _DOUBTFUL_SOURCES[grade.scale]


def relied_on(grade: Grade) -> bool:
    """Whether the source is judged, and not doubted: A or B on the 4x4 grid, A to C on the Admiralty grid."""
    return grade.source_judged and not doubted(grade)
