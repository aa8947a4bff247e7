"""pymap as a process: `python -m tests.collecting.imap_process PORT USER PASSWORD [CERTIFICATE KEY]`."""

import sys

from pymap.main import main

if __name__ == "__main__":
    port, user, password, *files = sys.argv[1:]
    tls = ["--cert", files[0], "--key", files[1]] if files else ["--no-tls"]
    sys.argv = [
        "pymap",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        *tls,
        "dict",
        "--demo-user",
        user,
        "--demo-password",
        password,
    ]
    main()
