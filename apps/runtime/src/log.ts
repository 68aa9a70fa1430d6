/** The runtime's own log: one JSON object a line on standard output. */
import { type Logger as PinoLogger, pino } from "pino";

export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error">;

/** A logger that writes lines of this level and above. Flushes at once, so that a crash loses no line. */
export function createLog(level: string): PinoLogger {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
}
