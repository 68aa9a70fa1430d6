/** What a terminal needs beyond letters: fitting, search, links, wide characters, pictures, and the graphics card where there is one. */
import { FitAddon } from "@xterm/addon-fit";
import { ImageAddon } from "@xterm/addon-image";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";

export interface Addons {
  readonly fit: FitAddon;
  readonly search: SearchAddon;
}

/** Memory that pictures of one terminal may take (MB). */
const PICTURE_MB = 32;

export function loadAddons(xterm: Terminal): Addons {
  const fit = new FitAddon();
  const search = new SearchAddon({ highlightLimit: 500 });
  xterm.loadAddon(fit);
  xterm.loadAddon(search);
  xterm.loadAddon(new Unicode11Addon());
  xterm.unicode.activeVersion = "11";
  xterm.loadAddon(new WebLinksAddon((event, address) => open(event, address)));
  // A program may write any word over an address: where it leads is shown before it is pressed.
  const tell = (address: string) => xterm.element?.setAttribute("title", address);
  xterm.options.linkHandler = {
    activate: (event, address) => open(event, address),
    hover: (_event, address) => tell(address),
    leave: () => xterm.element?.removeAttribute("title"),
  };
  attempt(() => xterm.loadAddon(new ImageAddon({ storageLimit: PICTURE_MB })));
  return { fit, search };
}

/** Only once it is on the page. A terminal drawn without it is slower and otherwise the same, so that its loss is no news. */
export function drawWithGraphicsCard(xterm: Terminal): void {
  attempt(() => {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    xterm.loadAddon(webgl);
  });
}

/** A link in a terminal is a program's word: it opens beside, knows nothing of this page, and only for the web's own addresses. */
function open(event: MouseEvent, address: string): void {
  if (!/^https?:\/\//i.test(address)) return;
  event.preventDefault();
  window.open(address, "_blank", "noopener,noreferrer");
}

function attempt(load: () => void): void {
  try {
    load();
  } catch {
    // The browser cannot do it.
  }
}
