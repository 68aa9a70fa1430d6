/** Fingers on a terminal: one scrolls (or turns the wheel of a full-screen program), two change the size of the letters. */
import type { Terminal } from "@xterm/xterm";

interface TouchOptions {
  readonly host: HTMLElement;
  readonly xterm: Terminal;
  readonly fontSize: () => number;
  readonly onFontSize: (size: number) => void;
}

/** Moves of a finger smaller than this are a tap (px). */
const SLACK = 8;

export function watchTouch({ host, xterm, fontSize, onFontSize }: TouchOptions): () => void {
  let last: number | undefined;
  let moved = 0;
  let rest = 0;
  let pinch: { readonly distance: number; readonly font: number } | undefined;

  const lineHeight = () => Math.max(8, (host.querySelector<HTMLElement>(".xterm-screen")?.offsetHeight ?? 0) / xterm.rows);
  const scroll = (lines: number) => {
    if (xterm.buffer.active.type === "normal" && xterm.modes.mouseTrackingMode === "none") return xterm.scrollLines(lines);
    const target = host.querySelector(".xterm-screen") ?? host;
    const rect = target.getBoundingClientRect();
    const at = { clientX: rect.left + rect.width / 2, clientY: rect.top + rect.height / 2 };
    for (let count = Math.abs(lines); count > 0; count -= 1) {
      const deltaY = Math.sign(lines) * lineHeight();
      target.dispatchEvent(new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true, ...at }));
    }
  };
  const onStart = (event: TouchEvent) => {
    const [first, second] = event.touches;
    moved = 0;
    rest = 0;
    last = first?.clientY;
    pinch = first && second ? { distance: distanceOf(first, second), font: fontSize() } : undefined;
  };
  const onMove = (event: TouchEvent) => {
    const [first, second] = event.touches;
    if (first === undefined || last === undefined) return;
    if (pinch !== undefined && second !== undefined) {
      event.preventDefault();
      onFontSize(pinch.font * (distanceOf(first, second) / pinch.distance));
      return;
    }
    const step = last - first.clientY;
    last = first.clientY;
    moved += Math.abs(step);
    if (moved < SLACK) return;
    event.preventDefault();
    rest += step;
    const lines = Math.trunc(rest / lineHeight());
    rest -= lines * lineHeight();
    if (lines !== 0) scroll(lines);
  };
  const onEnd = () => {
    last = undefined;
    pinch = undefined;
  };
  host.addEventListener("touchstart", onStart, { passive: true });
  host.addEventListener("touchmove", onMove, { passive: false });
  host.addEventListener("touchend", onEnd);
  host.addEventListener("touchcancel", onEnd);
  return () => {
    host.removeEventListener("touchstart", onStart);
    host.removeEventListener("touchmove", onMove);
    host.removeEventListener("touchend", onEnd);
    host.removeEventListener("touchcancel", onEnd);
  };
}

function distanceOf(a: Touch, b: Touch): number {
  return Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
}
