/* Keeps what is the same for everybody - static files under addresses that change with their contents - and the page
   for a day without network. Pages with data are never kept: they go to the server or nowhere. */
"use strict";
const STORE = "qurastyr-static-1";
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const store = await caches.open(STORE);
    const answer = await fetch(OFFLINE, { credentials: "omit", cache: "reload" });
    const page = await answer.clone().text();
    const files = [...page.matchAll(/(?:href|src|data-keep)="(\/static\/[^"#]+)/g)].map((found) => found[1]);
    await store.put(OFFLINE, answer);
    await store.addAll([...new Set(files)]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== STORE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/") && (url.searchParams.has("v") || url.pathname.endsWith(".woff2"))) {
    event.respondWith(fromStore(request));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) || Response.error()));
  }
});

async function fromStore(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") {
    // An older content of the same file is of no use any more.
    const path = new URL(request.url).pathname;
    for (const old of await store.keys()) if (new URL(old.url).pathname === path) await store.delete(old);
    await store.put(request, answer.clone());
  }
  return answer;
}
