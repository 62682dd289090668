"""The program on a machine of staff that reports how the machine is protected.

Here belong what asks an operating system for facts, what parses its answers (pure functions, tested
on recorded output), and what signs and sends a report. It runs on laptops without the rest of the
product: nothing here imports anything but the standard library, and it is kept to Python 3.9.
It judges nothing: the server does (`devices.judging`).
"""
