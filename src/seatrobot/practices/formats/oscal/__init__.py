"""The promises as OSCAL 1.2 documents of NIST: catalog, component definition, plan and results."""
