// Bundles the styles and the islands into ../static/dist. `--watch` rebuilds on change.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { tokensCss } from "./tokens.mjs";

const out = "../static/dist";
const watch = process.argv.includes("--watch");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
// names without a hash: Django's manifest storage adds it, and the preload in base.html can name the font
copyFileSync("node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2", `${out}/atkinson.woff2`);

const tokens = {
  name: "tokens",
  setup(build) {
    build.onResolve({ filter: /^tokens$/ }, () => ({ path: "tokens", namespace: "tokens" }));
    build.onLoad({ filter: /.*/, namespace: "tokens" }, () => ({ contents: tokensCss(), loader: "css", watchFiles: ["tokens.json", "tokens.mjs"] }));
  },
};
const options = {
  entryPoints: { app: "src/app.ts", map: "src/map.ts", "map-draw": "src/map-draw.ts", live: "src/live.ts", inbox: "src/inbox.ts", tick: "src/tick.ts", canned: "src/canned.ts", vlibras: "src/vlibras.ts", "map-worker": "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs" },
  outdir: out, bundle: true, minify: true, format: "esm", target: ["chrome87", "firefox78", "safari14"], logLevel: "warning", logLimit: 5,
  supported: { destructuring: true }, // Safari 14 has it; esbuild counts a corner case against it
  external: ["./atkinson.woff2"], legalComments: "linked", plugins: [tokens], metafile: true,
};
const styles = { ...options, entryPoints: { app: "css/app.css", widget: "src/chat.css" } };
// one classic script for anybody's site, with its styles inside
const widget = { ...options, entryPoints: { widget: "src/chat.ts" }, format: "iife", loader: { ".css": "text" } };
if (watch) {
  for (const set of [options, styles, widget]) await (await esbuild.context(set)).watch();
} else {
  await Promise.all([options, styles, widget].map((set) => esbuild.build(set)));
  for (const name of ["app.css", "app.js", "live.js", "inbox.js", "widget.js", "map.js", "map-draw.js", "map-worker.js", "atkinson.woff2"]) {
    const bytes = readFileSync(`${out}/${name}`);
    console.log(`${name.padEnd(16)} ${(bytes.length / 1024).toFixed(1).padStart(8)} kB  ${(gzipSync(bytes).length / 1024).toFixed(1).padStart(7)} kB gzip`);
  }
}
