"""pymap as a process: `python -m tests.collecting.imap_process PORT USER PASSWORD`."""

import sys

from pymap.main import main

if __name__ == "__main__":
    port, user, password = sys.argv[1:]
    place = ["--host", "127.0.0.1", "--port", port, "--no-tls"]
    sys.argv = ["pymap", *place, "dict", "--demo-user", user, "--demo-password", password]
    main()
