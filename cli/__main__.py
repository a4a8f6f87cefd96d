"""`python -m cli`: the command line without the installed program."""

from cli.main import main

main()
