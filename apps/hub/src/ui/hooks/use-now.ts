/** The hub's clock, ticking: ages and elapsed times are right on a device whose own clock is wrong. */
"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useHub } from "./use-hub.tsx";

/** Milliseconds since the epoch by the hub's clock, renewed every `every` ms. */
export function useNow(every = 1_000): number {
  const hub = useHub();
  const read = useCallback(() => Date.now() + hub.socket.status.get().clock_offset, [hub]);
  const [now, setNow] = useState(read);
  // A running time is never seen to go back when the offset is learned anew by a few milliseconds.
  const latest = useRef(now);
  useEffect(() => {
    const tick = () => {
      const value = read();
      if (Math.abs(value - latest.current) > 5_000 || value > latest.current) latest.current = value;
      setNow(latest.current);
    };
    tick();
    const timer = setInterval(tick, every);
    return () => clearInterval(timer);
  }, [read, every]);
  return now;
}
