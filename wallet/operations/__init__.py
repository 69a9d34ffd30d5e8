"""What keeps a wallet whole: backup, restore, integrity check, erasure, cleanup, rechecks."""
