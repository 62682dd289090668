// Usage: node sprite.mjs icons.txt path/to/@tabler/icons/icons/outline > icons.svg
// One <symbol> per name; stroke and size come from the `.icon` class of the page.
import { readFileSync } from "node:fs";

const [, , listPath, folder] = process.argv;
const names = readFileSync(listPath, "utf8").split("\n").filter(Boolean);

const symbol = (name) => {
  const source = readFileSync(`${folder}/${name}.svg`, "utf8");
  const shapes = source
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace("</svg>", "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
};

const symbols = names.map(symbol).join("\n");
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`);
