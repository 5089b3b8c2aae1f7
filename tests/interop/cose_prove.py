#!/usr/bin/env python3
"""pycose and we agree in both directions; see cose_agree.py. Every bit of everything is turned over."""
import sys

sys.dont_write_bytecode = True
import oracle

oracle.enter()
import cose_agree

cose_agree.main(full=True)
