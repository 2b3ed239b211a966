// Collects our small icon set from lucide (ISC) into ../icons.json: name -> the inner SVG markup.
import { readFileSync, writeFileSync } from "node:fs";
const names = {
  "alert": "triangle-alert", "info": "info", "check": "check", "check-circle": "circle-check", "x": "x", "x-circle": "circle-x",
  "search": "search", "bell": "bell", "menu": "menu", "user": "user", "users": "users", "sign-out": "log-out", "settings": "settings",
  "home": "house", "inbox": "inbox", "list": "list", "board": "layout-dashboard", "clock": "clock", "calendar": "calendar", "pin": "map-pin",
  "locate": "locate-fixed", "map": "map", "plus": "plus", "minus": "minus", "edit": "pencil", "trash": "trash-2", "file": "file-text",
  "image": "image", "upload": "upload", "download": "download", "printer": "printer", "link": "link", "external": "external-link",
  "arrow-right": "arrow-right", "arrow-left": "arrow-left", "chevron-right": "chevron-right", "chevron-down": "chevron-down",
  "message": "message-circle", "mail": "mail", "phone": "phone", "send": "send", "reply": "reply", "star": "star", "heart": "heart", "flag": "flag",
  "lock": "lock", "eye": "eye", "eye-off": "eye-off", "pause": "pause", "play": "play", "refresh": "refresh-cw", "merge": "merge",
  "globe": "globe", "contrast": "contrast", "wifi-off": "wifi-off", "help": "circle-question-mark", "filter": "list-filter", "route": "route",
  "building": "building-2", "wrench": "wrench", "tree": "tree-deciduous", "lightbulb": "lightbulb", "droplet": "droplets", "truck": "truck",
  "shield": "shield-check", "thumbs-up": "thumbs-up", "megaphone": "megaphone", "clipboard": "clipboard-list", "copy": "copy", "dot": "circle-dot",
  "circle": "circle", "more": "ellipsis", "keyboard": "keyboard", "bus": "bus", "road": "construction", "book": "book-open", "scale": "scale", "paw": "paw-print",
};
const out = {};
for (const [ours, theirs] of Object.entries(names)) {
  const svg = readFileSync(`node_modules/lucide-static/icons/${theirs}.svg`, "utf8");
  out[ours] = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*$/, "").replace(/\s+/g, " ").replace(/> </g, "><").replace(/ \/>/g, "/>").trim();
}
writeFileSync("../icons.json", JSON.stringify(out, null, 1) + "\n");
console.log(`${Object.keys(out).length} icons`);
