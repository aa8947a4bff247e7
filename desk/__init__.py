"""Where people meet it: web pages, HTTP API, command line, worker process."""
