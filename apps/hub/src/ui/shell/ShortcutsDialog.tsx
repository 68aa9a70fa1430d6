/** The keys, on demand. */
"use client";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { Kbd } from "../components/kbd.tsx";
import { commandKey, isApple } from "../text/keys.ts";

interface ShortcutsDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function ShortcutsDialog({ open, onOpenChange }: ShortcutsDialogProps) {
  const rows: readonly [readonly string[], string][] = [
    [[commandKey(), "K"], "Switch to a session or start one with an agent"],
    [["N"], "Choose an agent"],
    [["/"], "Write a message"],
    [["Enter"], "Send"],
    [["Shift", "Enter"], "New line"],
    [[commandKey(), "Enter"], "Send into the running turn, where the agent takes more"],
    [["Esc"], "Stop the agent (press twice)"],
    [["I"], "Open the inbox"],
    [["A"], "Go to “allow” (Enter confirms)"],
    [["D"], "Go to “deny” (Enter confirms)"],
    [["R"], "Deny with a reason"],
    [["↑", "↓"], "Go from question to question"],
    [["T"], "Open the terminals"],
    [["Ctrl", "Shift", "C"], "In a terminal: copy (V: paste, F: find)"],
    [[isApple() ? "Ctrl" : "Alt", "Shift", "T"], "In a terminal: open another (W: close it, D and S: split)"],
    [["Ctrl", "Shift", "1"], "In a terminal: go to the first tab (up to 9)"],
    [["Ctrl", "Shift", "↑"], "In a terminal: to the prompt before (↓: after)"],
    [["Ctrl", "Shift", "E"], "In a terminal: leave it for its tabs"],
    [["?"], "Show these shortcuts"],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title="Keyboard shortcuts">
        <dl className="flex flex-col gap-1 overflow-y-auto px-5 py-4 text-sm">
          {rows.map(([keys, what]) => (
            <div key={what} className="flex min-h-9 items-center justify-between gap-4">
              <dt>{what}</dt>
              <dd className="flex gap-1">
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
