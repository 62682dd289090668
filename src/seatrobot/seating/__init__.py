"""Tables, rules and seats of each activity's room: set up, seated by robot or by hand, printed.

Here belongs what concerns who sits where: rooms and tables, rules, steps that can be undone, runs
of the robot, the floor plan and its documents. `robot/` is the solver alone and knows neither
Django nor rows. Guests and their names are read through `guests.guest_list` and not changed here.
"""
