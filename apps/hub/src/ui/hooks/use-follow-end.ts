/** Keeps a scrolling region at its end while what it shows grows, until the reader scrolls up; at the end again, it follows again. */
"use client";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export interface FollowEnd {
  /** Whether the end is in view, i.e. the region follows. */
  readonly atEnd: boolean;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
  /** Stops following, for somebody who is led elsewhere. */
  readonly release: () => void;
}

interface FollowEndOptions {
  readonly frame: RefObject<HTMLElement | null>;
  /** The height of the content (pixels): a change of it is what there is to follow. */
  readonly height: number;
  readonly ready: boolean;
}

/** A reader this close to the end (pixels) is at the end. */
const NEAR_END = 60;
/** Smaller movements (pixels) are rounding, not reading. */
const ROUNDING = 4;

export function useFollowEnd({ frame, height, ready }: FollowEndOptions): FollowEnd {
  const [atEnd, setAtEnd] = useState(true);
  const following = useRef(true);
  const last = useRef({ top: 0, height: 0 });

  const settle = useCallback((follows: boolean) => {
    following.current = follows;
    setAtEnd(follows);
  }, []);

  const jump = useCallback(() => {
    const element = frame.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    last.current = { top: element.scrollTop, height: element.scrollHeight };
  }, [frame]);

  const onScroll = useCallback(() => {
    const element = frame.current;
    if (element === null) return;
    const { scrollTop: top, scrollHeight, clientHeight } = element;
    const before = last.current;
    last.current = { top, height: scrollHeight };
    if (scrollHeight - top - clientHeight <= NEAR_END) settle(true);
    // Rows that turn out smaller than guessed also move the position up, but with them the whole gets smaller.
    else if (top < before.top - ROUNDING && scrollHeight >= before.height) settle(false);
  }, [frame, settle]);

  // Before the eye sees it: the new height and the new position are one frame.
  useLayoutEffect(() => {
    if (ready && following.current && height > 0) jump();
  }, [ready, height, jump]);

  // The keyboard of a phone, a growing composer and a bar that appears make the region smaller.
  useEffect(() => {
    const element = frame.current;
    if (!ready || element === null) return;
    const observer = new ResizeObserver(() => following.current && jump());
    observer.observe(element);
    return () => observer.disconnect();
  }, [ready, frame, jump]);

  const toEnd = useCallback(() => {
    settle(true);
    jump();
  }, [settle, jump]);
  const release = useCallback(() => settle(false), [settle]);
  return { atEnd, onScroll, toEnd, release };
}
