#!/usr/bin/env node
/** Dies at start. */
process.stderr.write("cannot start: no licence\n");
process.exitCode = 7;
