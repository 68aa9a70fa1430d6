/** The switch for notifications on this device; pressing it is the gesture browsers want before they ask. */
"use client";
import { BellOff, BellRing } from "lucide-react";
import { toast } from "sonner";
import { MenuCheckboxItem } from "../components/menu.tsx";
import { useStore } from "../hooks/use-store.ts";
import { type NotifySetting, notifySetting, turnOff, turnOn } from "./device-setting.ts";

const WHY: Readonly<Record<NotifySetting, string>> = {
  on: "",
  off: "",
  blocked: "Blocked in this browser's settings for this site.",
  impossible: "This browser shows none here; it needs HTTPS.",
};

export function NotifyItem() {
  const setting = useStore(notifySetting);
  const on = setting === "on";
  const Icon = on ? BellRing : BellOff;
  const change = (next: boolean) => {
    if (!next) return turnOff();
    turnOn().then(
      (reached) => {
        if (reached === "on") toast.success("This device tells you when an agent waits for you.");
        else if (reached === "blocked") toast.error("The browser does not allow it; its settings for this site can change that.");
      },
      () => toast.error("The browser could not switch notifications on."),
    );
  };
  return (
    <MenuCheckboxItem
      checked={on}
      disabled={setting === "impossible" || setting === "blocked"}
      onCheckedChange={change}
      onSelect={(event) => event.preventDefault()}
    >
      <Icon aria-hidden />
      <span className="min-w-0 flex-1">
        Notify me on this device
        {WHY[setting] !== "" && <span className="block text-xs">{WHY[setting]}</span>}
      </span>
    </MenuCheckboxItem>
  );
}
