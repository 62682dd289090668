"""Laptops of staff: enrolled by their owners, reporting how they are protected, judged here.

Here belong the register of devices, the verification of their reports, the rules of what is well,
and the pages of the staff area about it. What runs on a laptop is `seatrobot.agent`. Nothing here
knows an organization or Customer Data.
"""
