/** How the kinds of tool calls look. */
import type { ToolKind } from "@fairlead/protocol";
import {
  ArrowRightLeft,
  Brain,
  FileText,
  FolderInput,
  Globe,
  type LucideIcon,
  PencilLine,
  Search,
  SquareTerminal,
  Trash2,
  Wrench,
} from "lucide-react";

const ICONS: Readonly<Record<ToolKind, LucideIcon>> = {
  read: FileText,
  edit: PencilLine,
  delete: Trash2,
  move: FolderInput,
  search: Search,
  execute: SquareTerminal,
  think: Brain,
  fetch: Globe,
  switch_mode: ArrowRightLeft,
  other: Wrench,
};

export function stepIcon(kind: ToolKind): LucideIcon {
  return ICONS[kind];
}
