/** Colours of terminals: the app's own, light or dark as the app is, and a few that people know by name. */
import type { ITheme } from "@xterm/xterm";

export const SCHEMES = ["app", "ink", "solarized-light", "solarized-dark", "gruvbox", "contrast"] as const;
export type Scheme = (typeof SCHEMES)[number];

export const SCHEME_NAMES: Readonly<Record<Scheme, string>> = {
  app: "As the app",
  ink: "Ink",
  "solarized-light": "Solarized light",
  "solarized-dark": "Solarized dark",
  gruvbox: "Gruvbox",
  contrast: "High contrast",
};

const ORDER = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

/** A theme from three colours of its own and the sixteen of a terminal, the bright ones last. */
function theme(background: string, foreground: string, selection: string, colours: string): ITheme {
  const list = colours.split(" ").map((colour) => `#${colour}`);
  const named = Object.fromEntries(
    ORDER.flatMap((name, index) => [
      [name, list[index]],
      [`bright${name.charAt(0).toUpperCase()}${name.slice(1)}`, list[index + 8]],
    ]),
  );
  return { background, foreground, cursor: foreground, cursorAccent: background, selectionBackground: selection, ...named };
}

const LIGHT = theme(
  "#fbfcfc",
  "#1d2a30",
  "#bcdcdf",
  "2a3438 b3261e 2f6f3e 8a5a00 2457a6 8d2f86 11696f 5c686d 515d62 c4352c 3a8149 9c6a10 3568b8 a1429a 1f7d84 7d888c",
);
const DARK = theme(
  "#0e1518",
  "#dfe7e9",
  "#2c4a50",
  "4a565b f0857c 7fc98f e2b864 86b4f2 db94d4 6cc4c9 c3cccf 6d7a7f ff9d95 98dca6 f0ca80 9fc5fa e8abe2 86d6da eef3f4",
);

const NAMED: Readonly<Record<Exclude<Scheme, "app">, ITheme>> = {
  ink: theme(
    "#000000",
    "#d6d6d6",
    "#404040",
    "555555 e06c75 98c379 e5c07b 61afef c678dd 56b6c2 dcdfe4 7f848e ff8690 b5e08f ffd98f 80c8ff e39bf5 72d6e2 ffffff",
  ),
  "solarized-light": theme(
    "#fdf6e3",
    "#586e75",
    "#e4ddc8",
    "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
  ),
  "solarized-dark": theme(
    "#002b36",
    "#93a1a1",
    "#0d4a58",
    "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
  ),
  gruvbox: theme(
    "#282828",
    "#ebdbb2",
    "#504945",
    "282828 cc241d 98971a d79921 458588 b16286 689d6a a89984 928374 fb4934 b8bb26 fabd2f 83a598 d3869b 8ec07c ebdbb2",
  ),
  contrast: theme(
    "#000000",
    "#ffffff",
    "#0050c8",
    "808080 ff6b6b 5dff7a ffff5d 7ab8ff ff8dff 5dffff ffffff a0a0a0 ff9b9b 9dffae ffff9d a8d0ff ffb5ff 9dffff ffffff",
  ),
};

/** `dark`: how the app looks now. */
export function themeOf(scheme: Scheme, dark: boolean): ITheme {
  if (scheme === "app") return dark ? DARK : LIGHT;
  return NAMED[scheme];
}
