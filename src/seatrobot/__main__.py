"""`python -m seatrobot` is the command `seatrobot`."""

import sys

from seatrobot.cli import main

sys.exit(main())
