// Usage: node fonts.mjs wght.css folder > inter.css
// Keeps the @font-face rules whose file is in the folder.
import { existsSync, readFileSync } from "node:fs";
import postcss from "postcss";

const [, , cssPath, folder] = process.argv;
const root = postcss.parse(readFileSync(cssPath, "utf8"));
root.walkComments((comment) => comment.remove());
root.walkAtRules("font-face", (face) => {
  face.walkDecls("src", (declaration) => {
    const file = /files\/([\w-]+\.woff2)/.exec(declaration.value)[1];
    if (existsSync(`${folder}/${file}`)) declaration.value = `url(${file}) format("woff2")`;
    else face.remove();
  });
});
process.stdout.write(`${root.toString().trim()}\n`);
