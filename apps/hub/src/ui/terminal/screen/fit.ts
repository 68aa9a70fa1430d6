/** Fits a terminal and its pane to each other: who holds it asks for the pane's size, who watches draws its size smaller. */
import type { TerminalSize } from "@fairlead/protocol";
import type { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";

const SMALLEST_FONT = 4;

interface FitOf {
  readonly xterm: Terminal;
  readonly addon: FitAddon;
  readonly host: HTMLElement;
}

/** The size that fills the pane at this font size; undefined while the pane is not shown. */
export function sizeOfPane({ xterm, addon, host }: FitOf, fontSize: number): TerminalSize | undefined {
  if (host.clientWidth < 20 || host.clientHeight < 20) return undefined;
  if (xterm.options.fontSize !== fontSize) xterm.options.fontSize = fontSize;
  const size = addon.proposeDimensions();
  if (size === undefined || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) return undefined;
  return { cols: size.cols, rows: size.rows };
}

/**
 * Draws the size it has within the pane. A smaller font first: with it the mouse hits the cell it points at. What is still too large
 * at the smallest font is scaled.
 */
export function shrinkToPane({ xterm, host }: FitOf, fontSize: number): void {
  const screen = host.querySelector<HTMLElement>(".xterm-screen");
  const { element } = xterm;
  if (screen === null || element === undefined || host.clientWidth < 20) return;
  const ratio = () => Math.min(1, host.clientWidth / (screen.offsetWidth + 1), host.clientHeight / (screen.offsetHeight + 1));
  element.style.transform = "";
  xterm.options.fontSize = fontSize;
  for (let tries = 0; tries < 6 && ratio() < 1 && (xterm.options.fontSize ?? 0) > SMALLEST_FONT; tries += 1) {
    const font = (xterm.options.fontSize ?? fontSize) * ratio();
    xterm.options.fontSize = Math.max(SMALLEST_FONT, Math.floor(font * 4) / 4);
  }
  if (ratio() < 1) {
    element.style.transformOrigin = "top left";
    element.style.transform = `scale(${ratio()})`;
  }
}
