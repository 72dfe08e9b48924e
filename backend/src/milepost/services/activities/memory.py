"""What a process remembers between batches. It may be out of date: every batch proves it under the locks."""

from dataclasses import dataclass

from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import FactsMemory


@dataclass(frozen=True, slots=True)
class IntakeMemory:
    """Learners' zones and excuses, and the catalogue of achievements."""

    facts: FactsMemory
    catalogue: CatalogueMemory
