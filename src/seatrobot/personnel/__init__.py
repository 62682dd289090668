"""What binds the people who run the service: policies they sign, training they pass, what lapses.

Here are the texts (`policies/`, `courses/`) and their editions, signatures, results of courses, the
conditions that follow from them, reminders, and the pages of staff about people. Who is staff and
whose background was checked is decided in `accounts.staff`; who may see an organization in
`grants`. Nothing here touches an organization's rows.
"""
