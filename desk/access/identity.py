"""The centre's `identity.yaml`, as the desk reads it when it starts."""

from pathlib import Path

from leerp.formats.strict import yaml_model
from leerp.identity import Identity

FILE = "identity.yaml"


def load_identity(folder: Path) -> Identity:
    """How people sign in; the defaults where there is no such file. Files that it names are taken from its folder.

    BadInputError with file, line and key for the first fault.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Identity()
    identity = yaml_model(Identity, content, name=str(path))
    if identity.oidc is None:
        return identity
    files = {"client_secret_file": folder / identity.oidc.client_secret_file}
    if identity.oidc.ca_file:
        files["ca_file"] = folder / identity.oidc.ca_file
    return identity.model_copy(update={"oidc": identity.oidc.model_copy(update=files)})
