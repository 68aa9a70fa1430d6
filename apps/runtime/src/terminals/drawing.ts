/** Draws a terminal's screen as text that draws the same screen on another terminal. */
import serialize from "@xterm/addon-serialize";
import type { Terminal } from "@xterm/headless";

export async function drawScreen(terminal: Terminal): Promise<Uint8Array[]> {
  const addon = new serialize.SerializeAddon();
  terminal.loadAddon(addon as never);
  return [Buffer.from(addon.serialize())];
}
