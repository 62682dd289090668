"""`python -m seatrobot.agent`, and the start of the file that staff download."""

import sys

from seatrobot.agent.commands import main

if __name__ == "__main__":
    sys.exit(main())
