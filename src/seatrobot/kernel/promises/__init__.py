"""What a promise is: declared, examined on a schedule, and shown with signed evidence.

Here belong the declaration of a promise, the evidence of its examinations, attestations by people,
and the rules by which a state follows from them. The promises themselves, and what shows them, are
in `seatrobot.practices`. Nothing here may import from outside the kernel.
"""
