/** How the kinds of options look. */
import type { ConfigOption } from "@fairlead/protocol";
import { Brain, Cpu, type LucideIcon, ShieldCheck, SlidersHorizontal } from "lucide-react";

const ICONS: Readonly<Record<ConfigOption["category"], LucideIcon>> = {
  mode: ShieldCheck,
  model: Cpu,
  thought_level: Brain,
  other: SlidersHorizontal,
};

export function optionIcon(category: ConfigOption["category"]): LucideIcon {
  return ICONS[category];
}
