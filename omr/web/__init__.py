"""The page the board works on: prepare, print, scan, decide, announce. The functions of the command line.

Rendered on the server, for one office PC on loopback; nothing is loaded from elsewhere and no page is kept
by the browser. Law, SQL and pixels live in the stages; here are only pages.
"""
