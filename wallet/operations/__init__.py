"""What keeps a wallet whole: backup, restore, integrity check, erasure, cleanup."""

# fmt: off
from .all_tables import metadata
from .background import LEASES, Background
from .backup import take_backup
from .configuration import read_settings
from .database_dump import OperationFailed, close_database
from .disk_reserve import DiskReserve, folders_written
from .erasure import Erasure, cancel_erasure, is_erasure_due, leave_wallet
from .erasure_log import open_ledger
from .figures import count_last_month, list_figures
from .first_start import adopt_keys, adopt_store, check_before_creation, keys_for_new_store
from .integrity_check import check_store, lost_secrets_advice, sweep_store
from .stored_metrics import find_faults_of_node, measure_disk, measure_rows
from .memory_pools import limit_memory_pools
from .probes import NoAnswer, explain_silence, probe_database, probe_files, probe_sqlite_pages
from .restore import restore_backup, unfinished_restore
