"""The status of the promises for machines: JSON, OSCAL, a feed and badges, each signed."""
