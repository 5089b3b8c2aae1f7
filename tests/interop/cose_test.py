#!/usr/bin/env python3
"""pycose and we agree in both directions; see cose_agree.py. Some bits of most things are turned over."""
import sys

sys.dont_write_bytecode = True
import oracle

oracle.enter()
import cose_agree

cose_agree.main(full=False)
