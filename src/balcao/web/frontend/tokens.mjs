// tokens.json → custom properties. Each theme × scheme is written for three cases: the device's wish, and the person's own choice either way.
import { readFileSync } from "node:fs";

const props = (values) => Object.entries(values).map(([name, value]) => `--${name}:${value};`).join("");
const more = {
  light: "--bg:#ffffff;--surface:#ffffff;--sunken:#ffffff;--text:#000000;--muted:#1f1f1f;--border:#000000;--border-strong:#000000;",
  dark: "--bg:#000000;--surface:#000000;--sunken:#000000;--text:#ffffff;--muted:#e6e6e6;--border:#ffffff;--border-strong:#ffffff;",
};

export function tokensCss() {
  const { themes, tones } = JSON.parse(readFileSync("tokens.json", "utf8"));
  const css = [];
  for (const [name, theme] of Object.entries(themes)) {
    const root = name === "balcao" ? ":root" : `:root[data-theme="${name}"]`;
    const dark = props(theme.dark) + props(tones.dark) + "color-scheme:dark;";
    css.push(`${root}{${props(theme.shape)}${props(theme.light)}${props(tones.light)}color-scheme:light;}`);
    css.push(`@media (prefers-color-scheme:dark){${root}:not([data-scheme="light"]){${dark}}}`);
    css.push(`${root}[data-scheme="dark"]{${dark}}`);
  }
  const any = ':root:not([data-theme="x"]):not([data-theme="y"])';
  css.push(`${any}[data-contrast="more"]{${more.light}}`);
  css.push(`@media (prefers-color-scheme:dark){${any}[data-contrast="more"]:not([data-scheme="light"]){${more.dark}}}`);
  css.push(`${any}[data-contrast="more"][data-scheme="dark"]{${more.dark}}`);
  css.push(`@media (prefers-contrast:more){${any}{${more.light}}${any}[data-scheme="dark"]{${more.dark}}}`);
  css.push(`@media (prefers-contrast:more) and (prefers-color-scheme:dark){${any}:not([data-scheme="light"]){${more.dark}}}`);
  return css.join("\n");
}
