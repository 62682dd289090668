"""Where the result of the last run of the seeded faults stands; it is part of the build."""

from pathlib import Path

FILE = Path(__file__).with_name("result.json")
