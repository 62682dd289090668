// Usage: node licenses.mjs > LICENSES.txt   (in the folder that holds node_modules)
// Name, version, licence and full licence text of everything that is vendored.
import { existsSync, readFileSync } from "node:fs";

const vendored = [
  ["@tabler/core", "tabler.css", "@tabler/icons"], // same authors and licence; the package carries no text
  ["@tabler/icons", "icons.svg", "@tabler/icons"],
  ["htmx.org", "htmx.js", "htmx.org"],
  ["@fontsource-variable/inter", "inter/", "@fontsource-variable/inter"],
];

for (const [name, file, licenceFrom] of vendored) {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const path = `node_modules/${licenceFrom}/LICENSE`;
  if (!existsSync(path)) throw new Error(`${name}: no licence text at ${path}`);
  const text = readFileSync(path, "utf8").trim();
  process.stdout.write(`${"=".repeat(78)}\n${file}: ${name} ${version} (${license})\n${"=".repeat(78)}\n\n${text}\n\n`);
}
