"""The door of the command line. Each module here but `main` is one command: its name, and `add_to(subparsers)`.

`add_to` adds a parser whose `run` default is the function that does the work and returns the exit code. A plug-in adds
its commands through the hook `cli_commands`, with the same signature.
"""
