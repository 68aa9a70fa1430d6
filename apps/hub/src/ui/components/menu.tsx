/** Drop-down menus with thumb-sized items. */
"use client";
import { DropdownMenu as Primitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export const Menu = Primitive.Root;
export const MenuTrigger = Primitive.Trigger;
export const MenuRadioGroup = Primitive.RadioGroup;

const itemStyles =
  "relative flex min-h-11 cursor-default select-none items-center gap-2.5 rounded-md px-2.5 text-sm outline-none data-[disabled]:pointer-events-none data-[highlighted]:bg-accent data-[highlighted]:text-accent-foreground data-[disabled]:opacity-50 md:min-h-8 [&_svg]:size-4 [&_svg]:shrink-0";

export function MenuContent({ className, sideOffset = 6, ...rest }: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn(
          "z-50 min-w-48 rounded-xl border bg-popover p-1 text-popover-foreground shadow-lg data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95",
          className,
        )}
        {...rest}
      />
    </Primitive.Portal>
  );
}

export function MenuItem({ className, destructive = false, ...rest }: ComponentProps<typeof Primitive.Item> & { destructive?: boolean }) {
  return <Primitive.Item className={cn(itemStyles, destructive && "text-bad data-[highlighted]:text-bad", className)} {...rest} />;
}

export function MenuRadioItem({ className, ...rest }: ComponentProps<typeof Primitive.RadioItem>) {
  return <Primitive.RadioItem className={cn(itemStyles, "data-[state=checked]:font-semibold", className)} {...rest} />;
}

/** On or off, with the state drawn as a small switch. */
export function MenuCheckboxItem({ className, children, ...rest }: ComponentProps<typeof Primitive.CheckboxItem>) {
  return (
    <Primitive.CheckboxItem className={cn(itemStyles, "group py-1.5", className)} {...rest}>
      {children}
      <span
        aria-hidden
        className="ml-auto inline-flex h-5 w-9 shrink-0 items-center rounded-full bg-input p-0.5 transition-colors group-data-[state=checked]:bg-primary"
      >
        <span className="size-4 rounded-full bg-card transition-transform group-data-[state=checked]:translate-x-4 motion-reduce:transition-none" />
      </span>
    </Primitive.CheckboxItem>
  );
}

export function MenuLabel({ className, ...rest }: ComponentProps<typeof Primitive.Label>) {
  return <Primitive.Label className={cn("px-2.5 py-1.5 text-muted-foreground text-xs", className)} {...rest} />;
}

export function MenuSeparator() {
  return <Primitive.Separator className="-mx-1 my-1 h-px bg-border" />;
}
