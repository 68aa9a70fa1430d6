/** Who is signed in, the theme, the shortcuts, and the way out. */
"use client";
import { CircleUserRound, Keyboard, LogOut, Monitor, Moon, Scale, ScrollText, Sun } from "lucide-react";
import Link from "next/link";
import { useTheme } from "next-themes";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from "../components/menu.tsx";
import { useMe } from "../hooks/use-lists.ts";
import { useSignOut } from "../hooks/use-sign-out.ts";
import { NotifyItem } from "../notify/NotifyItem.tsx";

export function AccountMenu({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const me = useMe();
  const signOut = useSignOut();
  const { theme, setTheme } = useTheme();
  return (
    <Menu>
      <MenuTrigger
        aria-label="Account and settings"
        className="inline-flex size-11 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-9"
      >
        <CircleUserRound aria-hidden className="size-5" strokeWidth={1.75} />
      </MenuTrigger>
      <MenuContent align="end" className="w-68">
        <MenuLabel>
          Signed in as <span className="font-semibold text-foreground">{me?.username ?? "…"}</span>
          {me?.role === "admin" && " (admin)"}
        </MenuLabel>
        <MenuSeparator />
        <MenuLabel>Theme</MenuLabel>
        <MenuRadioGroup value={theme ?? "system"} onValueChange={setTheme} className="grid grid-cols-3 gap-1">
          <MenuRadioItem value="system" className="flex-col justify-center gap-1 py-2 text-xs data-[state=checked]:bg-accent">
            <Monitor aria-hidden /> System
          </MenuRadioItem>
          <MenuRadioItem value="light" className="flex-col justify-center gap-1 py-2 text-xs data-[state=checked]:bg-accent">
            <Sun aria-hidden /> Light
          </MenuRadioItem>
          <MenuRadioItem value="dark" className="flex-col justify-center gap-1 py-2 text-xs data-[state=checked]:bg-accent">
            <Moon aria-hidden /> Dark
          </MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <NotifyItem />
        <MenuItem asChild>
          <Link href="/rules">
            <Scale aria-hidden /> Rules
          </Link>
        </MenuItem>
        {me?.role === "admin" && (
          <MenuItem asChild>
            <Link href="/audit">
              <ScrollText aria-hidden /> Audit
            </Link>
          </MenuItem>
        )}
        <MenuItem onSelect={onShortcuts} className="max-md:hidden">
          <Keyboard aria-hidden /> Keyboard shortcuts
        </MenuItem>
        <MenuItem onSelect={signOut}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
