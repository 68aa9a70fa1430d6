/** Plays one recording: with its own controls, a bar to move along, and the times when nothing happened cut short. */
"use client";
import "asciinema-player/dist/bundle/asciinema-player.css";
import * as AsciinemaPlayer from "asciinema-player";
import { useEffect, useRef } from "react";

interface PlayerProps {
  readonly address: string;
}

/** Pauses longer than this are shown as this long (s). */
const LONGEST_PAUSE = 2;

export function Player({ address }: PlayerProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const player = AsciinemaPlayer.create({ url: address, fetchOpts: { credentials: "same-origin" } }, place.current, {
      autoPlay: true,
      controls: true,
      fit: "width",
      idleTimeLimit: LONGEST_PAUSE,
      preload: true,
    });
    return () => player.dispose();
  }, [address]);
  return <div ref={place} className="w-full overflow-hidden rounded-lg" />;
}
