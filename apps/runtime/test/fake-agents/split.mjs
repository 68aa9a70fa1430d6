#!/usr/bin/env node
/** Says what it was told, byte by byte. */
import { serve } from "./agent.mjs";

serve((message, agent) => agent.dribble(`${message.trim()}|`));
