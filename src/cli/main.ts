#!/usr/bin/env node
import { runCli } from "./program.js";
import { processTerminal } from "./terminal.js";
import { armWatchdog } from "./watchdog.js";

armWatchdog();
const { code, killed } = await runCli(process.argv.slice(2), processTerminal());
process.exitCode = code;
// After a second Ctrl-C, threads may be deep in a computation that an orderly exit would wait for.
if (killed !== undefined) process.removeAllListeners(killed).kill(process.pid, killed);
