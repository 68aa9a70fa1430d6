/** Leads back to the question when somebody presses its notification; everything else is done by the pages. */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/inbox"));
});

/** A page that is there is taken to the question; without one a new one is opened. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((candidate) => candidate.visibilityState === "visible") ?? pages[0];
  if (page === undefined) return self.clients.openWindow(path);
  page.postMessage({ type: "fairlead.open", path });
  return page.focus();
}
