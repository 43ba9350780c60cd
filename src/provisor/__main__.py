"""`python -m provisor`: the same as the `provisor` command."""

from provisor.cli import main

if __name__ == "__main__":
    main()
