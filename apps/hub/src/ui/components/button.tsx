/** The one button: its variants are the product's vocabulary of actions. */
import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "../cn.ts";

export const buttonVariants = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-lg font-medium text-sm transition-colors disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-primary text-primary-foreground hover:bg-primary/90",
        secondary: "bg-secondary text-secondary-foreground hover:bg-secondary/75",
        outline: "border bg-card text-card-foreground hover:bg-accent hover:text-accent-foreground",
        ghost: "text-foreground hover:bg-accent hover:text-accent-foreground",
        destructive: "bg-destructive text-destructive-foreground hover:bg-destructive/90",
      },
      size: {
        default: "h-11 px-4 md:h-9",
        small: "h-11 px-3 md:h-8 md:text-[13px]",
        large: "h-12 px-5",
        icon: "size-11 md:size-9",
        inline: "h-8 px-2.5 text-[13px] max-md:h-11",
      },
    },
    defaultVariants: { variant: "primary", size: "default" },
  },
);

type ButtonProps = ComponentProps<"button"> & VariantProps<typeof buttonVariants> & { asChild?: boolean };

export function Button({ className, variant, size, asChild = false, type, ...rest }: ButtonProps) {
  const styles = cn(buttonVariants({ variant, size }), className);
  if (asChild) return <Slot.Root className={styles} {...rest} />;
  return <button type={type ?? "button"} className={styles} {...rest} />;
}
