"""`python -m dicomanon`: the command line."""

from dicomanon.cli import main

if __name__ == "__main__":
    main()
