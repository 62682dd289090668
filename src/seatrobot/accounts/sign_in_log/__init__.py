"""The sign-in log: one row per attempt that was examined, and who may see it."""
