"""People who sign in: accounts, factors, sessions, the sign-in log, and staff.

What a person does has a folder of its own: `signing_in`, `factors` (passkeys and codes),
`passwords`, `sign_in_log`, `staff`. Whatever an organization decides or sees is not here:
organizations listen to the signals of `services.py` and `sign_in_log`. Imports only the kernel.
"""
