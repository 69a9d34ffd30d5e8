"""The command line: `wallet serve`, `check`, `backup`, `restore`, `reports`, …"""
