"""CSV, XLSX and PDF in and out: tables read from files, files made of tables.

Knows no rows of the database and no other package of this product, so that it can be tested with
files alone. What a column means belongs to whoever asks for it.
"""
