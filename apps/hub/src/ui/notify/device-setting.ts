/** Whether this device shows notifications: what its person chose, and what its browser allows. */
"use client";
import { createStore, defaultStorage } from "@fairlead/client";

/**
 * `on` and `off` are the person's choice. `blocked`: the browser was told never to ask again. `impossible`: it has no notifications,
 * or not for a page that came over plain HTTP.
 */
export type NotifySetting = "on" | "off" | "blocked" | "impossible";

const KEY = "fairlead.notify";
const WORKER = "/notifications-worker.js";

function read(): NotifySetting {
  if (!("Notification" in window) || !("serviceWorker" in navigator) || !window.isSecureContext) return "impossible";
  if (Notification.permission === "denied") return "blocked";
  return Notification.permission === "granted" && defaultStorage().getItem(KEY) === "on" ? "on" : "off";
}

export const notifySetting = createStore<NotifySetting>(read());

/** Asks for permission; only to be called from a press, or browsers refuse it for good. */
export async function turnOn(): Promise<NotifySetting> {
  if (notifySetting.get() === "impossible") return "impossible";
  const permission = await Notification.requestPermission();
  if (permission === "granted") {
    defaultStorage().setItem(KEY, "on");
    await navigator.serviceWorker.register(WORKER);
  }
  notifySetting.set(read());
  return notifySetting.get();
}

export function turnOff(): void {
  defaultStorage().setItem(KEY, "off");
  notifySetting.set(read());
}

/** The worker that shows notifications; registered again where the browser forgot it. */
export async function notifier(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(WORKER);
  return navigator.serviceWorker.ready;
}
