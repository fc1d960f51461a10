"""`python -m autodiff`."""

from autodiff.cli import main

main()
