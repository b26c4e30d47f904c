"""`python -m litsync` is `litsync`."""

from litsync.cli import main

main()
