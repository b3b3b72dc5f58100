from intake.tables.petitions import *  # noqa: F403 - the names come one by one when the module is divided
