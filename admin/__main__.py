"""`python -m admin`; `--help` shows the commands."""

import sys

if __name__ == "__main__":
    try:
        from admin.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # also while the imports go on
        sys.exit(130)
