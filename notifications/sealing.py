"""Sealing: the centre's signature on a package, put in once, when the variant that a reader gets is made and kept.

A signature is drawn anew each time, so it is no part of what a reader may see: everything else of a bundle follows from
that, and the signature covers the manifest alone, which names every file by its SHA-256.
"""

from dataclasses import dataclass
from pathlib import Path

from pysequoia import PySigner, SignatureMode, Tsk, sign

from leerp.errors import BadInputError, ServiceMissingError
from leerp.notices import VariantFile
from notifications.channels.secrets import read_secret, secret_from
from notifications.forms import bundle


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """With which key packages are signed. Without one they are not, unless they have to be.

    `key_file`: an armoured OpenPGP secret key; `password_file`: its password. Both are read anew for each notice, and
    refused when they are open to others (`notifications.channels.secrets`). `required`: nothing goes unsigned.
    """

    key_file: Path | None = None
    password_file: Path | None = None
    required: bool = False

    def signs(self) -> bool:
        """Whether packages are signed; ServiceMissingError if they are to be and nothing can sign."""
        if self.key_file is None:
            if self.required:
                raise ServiceMissingError("packages must be signed (LEERP_SIGNING_REQUIRED), and no key is named")
            return False
        self._signed(self._signer(self.key_file), b"")
        return True

    def sealed(self, file: VariantFile) -> VariantFile:
        """A bundle with its signature, or as it is where none is made; ServiceMissingError as for `signs`.

        A key that is named and cannot sign is a fault, whether signatures are required or not: readers who are used to
        one must not get a bundle without it because a file was moved.
        """
        if not self.signs() or self.key_file is None:
            return file
        signer = self._signer(self.key_file)
        content = bundle.sealed(file.content, lambda manifest: self._signed(signer, manifest))
        return file.model_copy(update={"content": content})

    def _signer(self, file: Path) -> PySigner:
        try:
            password = secret_from(self.password_file, None, what="password", trimmed=True)
            key = Tsk.from_bytes(read_secret(file))
            if key.extract_certificate().is_revoked:
                raise ServiceMissingError(f"{file}: the key has been revoked; put the new one there")
            return key.signer(password)
        except BadInputError as error:
            raise ServiceMissingError(error.sentence) from error
        except RuntimeError:
            raise _unable(file) from None

    def _signed(self, signer: PySigner, content: bytes) -> bytes:
        try:
            return sign(signer, content, mode=SignatureMode.DETACHED)
        except RuntimeError:
            raise _unable(self.key_file) from None


def _unable(file: Path | None) -> ServiceMissingError:
    return ServiceMissingError(
        f"{file}: holds no OpenPGP secret key that can sign today; put an armoured one there, "
        "and its password into the file that LEERP_SIGNING_PASSWORD_FILE names, if it has one"
    )
