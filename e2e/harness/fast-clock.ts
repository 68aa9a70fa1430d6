/** Makes time pass faster in this process, so that an outage of a minute can be tried in seconds with the product's own limits. */

export interface ClockSpeed {
  /** How many times faster; 1: as usual. */
  readonly speed: number;
  /** The moment (ms since the epoch) at which fast and real clock agree: one for all processes of a test. */
  readonly base: number;
}

/** Replaces `Date`, `setTimeout` and `setInterval` of this process; the returned function puts the real ones back. */
export function speedUpClock({ speed, base }: ClockSpeed): () => void {
  const { Date: RealDate, setTimeout: realTimeout, setInterval: realInterval } = globalThis;
  const now = () => Math.round(base + (RealDate.now() - base) * speed);
  const scaled = <T extends typeof realTimeout | typeof realInterval>(real: T): T => {
    const timer = (work: () => void, ms = 0, ...rest: unknown[]) => (real as typeof realTimeout)(work, ms / speed, ...rest);
    // Keeps what `util.promisify` looks for.
    return Object.defineProperties(timer, Object.getOwnPropertyDescriptors(real)) as unknown as T;
  };
  globalThis.setTimeout = scaled(realTimeout);
  globalThis.setInterval = scaled(realInterval);
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, key, receiver) => (key === "now" ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
  return () => {
    globalThis.Date = RealDate;
    globalThis.setTimeout = realTimeout;
    globalThis.setInterval = realInterval;
  };
}

/** What a child that preloads this module needs in its environment. */
export function clockEnv(clock: ClockSpeed | undefined): Record<string, string> {
  return clock === undefined ? {} : { HARNESS_CLOCK_SPEED: String(clock.speed), HARNESS_CLOCK_BASE: String(clock.base) };
}

const wanted = Number(process.env.HARNESS_CLOCK_SPEED ?? 1);
if (wanted !== 1) speedUpClock({ speed: wanted, base: Number(process.env.HARNESS_CLOCK_BASE) });
