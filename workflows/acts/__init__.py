"""What people can do in a running incident: the Updates of the Emergency workflow, those of one step in one file.

Each is a handler and its validator, two lines that hand over to the step; the Emergency workflow inherits them all.
"""

from workflows.incident import Incident


class Acts:
    """What every file of acts works on."""

    incident: Incident
