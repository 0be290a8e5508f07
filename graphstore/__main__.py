"""`python -m graphstore` is `graphstore`."""

from graphstore.cli import main

main()
