"""Grades: the provider's stands (DESIGN rule 2; Regulation (EU) 2016/794 Art. 29), and what each code says."""

from functools import lru_cache

from pydantic import model_validator

from leerp.formats.strict import yaml_model
from leerp.grades import CODES, UNGRADED, Grade, Scale
from leerp.model import Line, Model
from matrices.table_head import TableHead
from matrices.tables import content_of

_DOUBTFUL_SOURCES = {Scale.FOUR_BY_FOUR: "C", Scale.ADMIRALTY: "DE"}


def standing(provided: Grade | None) -> Grade:
    """The grade that stands for a report: the provider's, or X4 where it gave none (Art. 29(4))."""
    return UNGRADED if provided is None else provided


def may_change(stands: Grade, proposed: Grade, *, provider_agrees: bool, open_source: bool = False) -> bool:
    """Whether a proposed grade may take the place of the one that stands.

    Only with the provider's agreement: that holds for a grade it gave (Art. 29(3)), for one it agreed to since, and
    also where it gave none and X4 stands (Art. 29(4)). What stands may always be confirmed. A grade on another grid is
    another grade: nothing is converted. What the centre collected itself from open sources the centre also grades
    (Art. 29(6)), and needs nobody's agreement.
    """
    return provider_agrees or open_source or proposed == stands


def doubted(grade: Grade) -> bool:
    """Whether the source is graded as mostly unreliable: C on the 4x4 grid, D or E on the Admiralty grid.

    X and F are not doubt: they say that nobody can tell.
    """
    return grade.code[0] in _DOUBTFUL_SOURCES[grade.scale]


def relied_on(grade: Grade) -> bool:
    """Whether the source is judged, and not doubted: A or B on the 4x4 grid, A to C on the Admiralty grid."""
    return grade.source_judged and not doubted(grade)


def meaning(grade: Grade) -> tuple[str, str]:
    """What a grade says in plain words: of the source, and of the information."""
    reliability, information = _meanings()[grade.scale]
    return reliability[grade.code[0]], information[grade.code[1]]


class CodeText(Model):
    """What one code says."""

    code: Line
    meaning: Line


class ScaleTexts(Model):
    """What the codes of one grid say: those for the source, and those for the information."""

    scale: Scale
    reliability: tuple[CodeText, ...]
    information: tuple[CodeText, ...]

    @model_validator(mode="after")
    def _the_whole_grid(self) -> "ScaleTexts":
        for half, codes in zip((self.reliability, self.information), CODES[self.scale], strict=True):
            if "".join(one.code for one in half) != codes:
                raise ValueError(f"the grid {self.scale} has the codes {', '.join(codes)}, each once and in this order")
        return self


class GradeTexts(TableHead):
    """The file of what the codes say, for every grid there is."""

    scales: tuple[ScaleTexts, ...]

    @model_validator(mode="after")
    def _every_grid(self) -> "GradeTexts":
        if [one.scale for one in self.scales] != list(Scale):
            raise ValueError(f"scales: there are {', '.join(Scale)}, each once and in this order")
        return self


def load_grade_texts(content: bytes, *, name: str) -> GradeTexts:
    """The table in the bytes of a YAML file; raises BadInputError."""
    return yaml_model(GradeTexts, content, name=name)


@lru_cache(maxsize=1)
def _meanings() -> dict[Scale, tuple[dict[str, str], dict[str, str]]]:
    texts = load_grade_texts(content_of("grades"), name="grades.yaml")
    return {one.scale: (_by_code(one.reliability), _by_code(one.information)) for one in texts.scales}


def _by_code(texts: tuple[CodeText, ...]) -> dict[str, str]:
    return {one.code: one.meaning for one in texts}
