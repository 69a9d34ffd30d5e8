"""A wallet that is served reads the registers again whose day has come, by itself."""

from contextlib import closing

from starlette.testclient import TestClient

from tests.fixtures.fetchers import fetcher_for
from tests.fixtures.patience import until
from tests.fixtures.registers import NOW, RIVES, imports, issuers, kept, second
from tests.fixtures.strangers import Open, answering
from tests.fixtures.tables_made import make_tables
from wallet.app import create_app
from wallet.settings import Settings
from wallet.storage.database import Database


def test_an_issuer_that_a_region_strikes_is_struck_by_the_round_of_a_wallet_that_is_served(
    settings: Settings, stranger: Open
) -> None:
    site = stranger(answering(second(*issuers(20)), "200 OK"))
    with closing(Database(settings.database_url)) as database:
        make_tables(database)
        imports(database, second(RIVES, *issuers(20)), address=site.address("/issuers.json"))

        with TestClient(create_app(settings, fetcher_for(site), lambda: NOW.replace(day=26))):
            until(lambda: kept(database)[RIVES["id"]].retired_at)

    assert len(site.asked) == 1
