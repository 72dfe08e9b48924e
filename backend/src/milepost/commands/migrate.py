"""`milepost migrate`: brings the schema up to date, and gives the role of the service its rows."""

import asyncio

from milepost.db.migrations import upgrade
from milepost.db.reachability import newer_schema_fault
from milepost.db.service_role import RoleFault, prepare_service_role, role_of
from milepost.embedded.process import StartFault
from milepost.settings import Settings


def migrate(settings: Settings) -> None:
    """Migrate the database of these settings, as its owner if they name one.

    Raises:
        StartFault: a newer version made the schema, or the owner cannot give the role of the service its rows.
    """
    owner_url = settings.database_owner_url or settings.database_url
    if fault := asyncio.run(newer_schema_fault(owner_url)):
        raise StartFault(f"The database cannot be migrated: {fault}.")
    upgrade(owner_url)
    if not settings.database_url or role_of(owner_url) == role_of(settings.database_url):
        return
    try:
        asyncio.run(prepare_service_role(owner_url, settings.database_url))
    except RoleFault as refused:
        raise StartFault(
            f"The role {role_of(settings.database_url)!r} of the service cannot be prepared: {refused}. Create it "
            "(CREATE ROLE … LOGIN), and let the owner of the schema run `milepost migrate`."
        ) from None
