"""What leerp talks about: the vocabulary of the protocol as frozen models, its errors and its settings. No I/O."""

__version__ = "0.5.0"
