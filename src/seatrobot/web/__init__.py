"""The frame around every page: map of the site, middleware, navigation, components, static files.

Imports every package, and none imports it. A page of a feature belongs to its own package; what is
here serves all of them alike.
"""
