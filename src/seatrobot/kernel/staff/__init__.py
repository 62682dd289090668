"""When staff may touch an organization's rows: the conditions of the person, and the grant.

Packages declare conditions (`conditions.py`); `grants` keeps who may see which organization until
when. Nothing here knows what a policy, a training or a laptop is.
"""
