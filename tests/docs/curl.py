"""Stands in for `curl` on machines without it: as much of it as the pages use."""

import argparse
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

parser = argparse.ArgumentParser(prog="curl")
parser.add_argument("url")
parser.add_argument("-s", action="store_true")
parser.add_argument("-X", dest="method")
parser.add_argument("-H", dest="headers", action="append", default=[])
parser.add_argument("-d", dest="data")
given = parser.parse_args()
body = None if given.data is None else given.data.encode()
request = Request(given.url, body, dict(h.split(": ", 1) for h in given.headers), method=given.method)
try:
    answer = urlopen(request, timeout=30)
except HTTPError as refused:
    answer = refused
sys.stdout.buffer.write(answer.read())
