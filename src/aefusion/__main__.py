"""`python -m aefusion` is the command `aefusion`."""

from aefusion.cli import main

if __name__ == "__main__":
    main()
