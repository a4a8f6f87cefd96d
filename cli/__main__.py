"""`python -m cli`: the command line without its installed program."""

from cli.main import main

main()
