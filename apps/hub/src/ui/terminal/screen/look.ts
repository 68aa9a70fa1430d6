/** How terminals look and take keys on this device: letters, colours, whether they are read aloud, what Option is; the same in all panes. */
"use client";
import { createStore, defaultStorage } from "@fairlead/client";
import { SCHEMES, type Scheme } from "../themes.ts";

export interface Look {
  /** CSS pixels. */
  readonly fontSize: number;
  readonly scheme: Scheme;
  readonly screenReader: boolean;
  /** Whether a Mac's Option is Alt for programs; otherwise it types what stands on the keys. */
  readonly optionIsAlt: boolean;
}

const KEY = "fairlead.terminal-look";
export const FONT_SIZES = { smallest: 6, usual: 13, largest: 32 } as const;

function read(): Look {
  let value: Partial<Record<keyof Look, unknown>> = {};
  try {
    value = JSON.parse(defaultStorage().getItem(KEY) ?? "{}") as typeof value;
  } catch {
    // What cannot be read is as if nothing had been chosen.
  }
  return {
    fontSize: bounded(typeof value.fontSize === "number" ? value.fontSize : FONT_SIZES.usual),
    scheme: SCHEMES.find((scheme) => scheme === value.scheme) ?? "app",
    screenReader: value.screenReader === true,
    optionIsAlt: value.optionIsAlt === true,
  };
}

export const look = createStore<Look>(read());

export function changeLook(next: Partial<Look>): void {
  const whole = { ...look.get(), ...next };
  look.set({ ...whole, fontSize: bounded(whole.fontSize) });
  try {
    defaultStorage().setItem(KEY, JSON.stringify(look.get()));
  } catch {
    // The choice holds until the page is closed.
  }
}

function bounded(size: number): number {
  return Number.isFinite(size) ? Math.round(Math.min(FONT_SIZES.largest, Math.max(FONT_SIZES.smallest, size)) * 2) / 2 : FONT_SIZES.usual;
}
