/** How long a turn may still run: a clock that stands still while a person is asked. */
export interface TurnClock {
  /** Lets it stand still, or go on where it stood. */
  hold(isHeld: boolean): void;
  end(): void;
}

/** Starts at once; calls `onOver` once it has run for `limit` ms. */
export function startTurnClock(limit: number, onOver: () => void): TurnClock {
  let left = limit;
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined = setTimeout(onOver, left);

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    end,
    hold(isHeld) {
      if (isHeld === (timer === undefined)) return;
      if (isHeld) {
        end();
        left -= performance.now() - since;
      } else {
        since = performance.now();
        timer = setTimeout(onOver, Math.max(0, left));
      }
    },
  };
}
