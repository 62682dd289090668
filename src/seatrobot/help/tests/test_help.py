"""Help pages: open to everybody, found by their words, whole without scripts."""

from __future__ import annotations

import pytest

from seatrobot.archive.tables import tables
from seatrobot.help import topics


@pytest.mark.django_db
def test_every_page_is_listed_and_opens(client):
    index = client.get("/help/").content.decode()
    known = topics.all_topics()
    assert {topic.slug for topic in known} >= {"archive", "archive-files", "import"}
    for topic in known:
        assert f"/help/{topic.slug}/" in index
        page = client.get(f"/help/{topic.slug}/").content.decode()
        assert topic.title in page.replace("&#x27;", "'")
        assert "<script" not in page.partition("<main")[2]
    assert client.get("/help/nothing/").status_code == 404


@pytest.mark.django_db
def test_a_search_finds_pages_by_the_words_in_them(client):
    answer = client.get("/help/", {"q": "Passkeys archive"})
    assert [found.topic.slug for found in answer.context["found"]][:1] == ["archive"]
    assert "passkeys" in answer.context["found"][0].excerpt.lower()
    assert "No page about" in client.get("/help/", {"q": "zeppelin"}).content.decode()
    titles = [found.topic.slug for found in topics.search("import")]
    assert titles[0] == "import"
    assert topics.search("   ") == []
    hostile = client.get("/help/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in hostile


@pytest.mark.django_db
def test_every_table_and_column_is_explained(client):
    page = client.get("/help/archive-files/").content.decode()
    for table in tables():
        for name in table.column_names():
            assert f"<code>{name}</code>" in page


@pytest.mark.django_db
def test_help_is_linked_from_the_practices_and_every_footer(client):
    for page in ("/practices/", "/sign-in/", "/help/"):
        assert 'href="/help/"' in client.get(page).content.decode()
