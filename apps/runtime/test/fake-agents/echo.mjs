#!/usr/bin/env node
/** Says what it was told. */
import { serve } from "./agent.mjs";

serve((message, agent) => agent.write(`echo: ${message}\n`));
