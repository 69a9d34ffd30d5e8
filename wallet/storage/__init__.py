"""Database, files and keys, and how they belong together."""

# fmt: off
from .database import (NEVER_AGAIN, Base, Database, DatabaseUnavailable, Document, Edition, Lost, Missing, Moment,
    Numbered, current_revision, index_of_removed, known_revisions)
from .durable_writes import lock_folder, make_folder, sync_folder, write_at_end, write_whole
from .failpoints import failpoint
from .file_removals import (by_now, commit_naming_files, forget_old_removals, pending_removals, remove_files,
    remove_scheduled, schedule_removal)
from .file_store import AT_ONCE, LOST, NAME, STORE_ID, Damaged, FileMissing, FileStore, Unavailable
from .files import Bucket, open_files
from .folder import Folder
from .file_references import (FUNCTIONS as TRIGGER_FUNCTIONS, all_named_files, list_anew, list_rows_left, listed_files, names_needed,
    needed_files,     rows_naming_files, rows_there, wrong_lists)
from .keyring import (FaultyKeys, KeyPlace, Keyring, Seal, Unsealable, did_of, make_keys, newest_keys, replace_signing_key,
    unseal_or_empty)
from .leases import RENEWED_EVERY, Lease, Leases
from .postgresql import STATEMENT_LIMIT, STAYS_IDLE, read_url
from .rate_counts import RateCount, RateCounts, forget_old_counts
from .rows import SOME, as_they_come, delete_some, fetch_one, grouped, hash_of_secret, in_batches, insert, mark_removed, read_needed, require, restore_removed, was_removed
from .schema import Fit, UnfitSchema, bring_up_to_date, schema_fit, schema_in_words
from .store_id import (ADDRESSES, KEYS_BACK, AnotherStore, StoreIdentity, check_same_store, check_store_keys,
    file_of, find_store, is_missing, mark_of, new_id, place_of, read_store, set_store_id, store_difference)
from .timed_database import TimedDatabase
