// A worker's clock: the browser slows the timers of a page that nobody looks at, and that page is still open.
self.setInterval(() => self.postMessage(0), 15_000);
self.postMessage(0);
