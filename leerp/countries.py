"""ISO 3166-1 alpha-2 codes, with the two that the EU writes differently."""

from typing import Annotated

from pydantic import AfterValidator

EU_MEMBER_STATES = tuple("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

ALL = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()
)

EU_SPELLINGS = {"EL": "GR", "UK": "GB"}
"""The EU's interinstitutional codes that differ from ISO 3166-1; read, never stored."""


def normalise(code: str) -> str:
    """The ISO code of a country; raises ValueError for an unknown one."""
    upper = code.strip().upper()
    known = EU_SPELLINGS.get(upper, upper)
    if known not in ALL:
        raise ValueError(f"{code!r} is not an ISO 3166-1 alpha-2 country code")
    return known


Country = Annotated[str, AfterValidator(normalise)]
