"""Our two hot pages as a Django site would write them, for bench/share.py alone: the stack of Badgr and of edubadges."""
