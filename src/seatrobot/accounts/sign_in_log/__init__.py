"""The sign-in log: one row for every attempt of every method, and who sees it."""
