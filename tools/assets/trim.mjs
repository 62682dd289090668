// Usage: node trim.mjs tabler.min.css tabler-unused.txt > tabler.css
// Drops the component families listed, and the copies of rules for themes chosen by attribute:
// Tabler's colours use light-dark(), so `color-scheme` alone switches them.
import { readFileSync } from "node:fs";
import postcss from "postcss";

const [, , cssPath, listPath] = process.argv;
const prefixes = readFileSync(listPath, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
const unused = new RegExp(`\\.(${prefixes.join("|")})`);
const themed = /\[data-(bs-)?theme=dark\]|\[data-bs-navbar-theme|\.theme-dark/;
const attributeTheme = /^\[data-(bs-)?theme=light\]$/;

const isUnused = (selector) => unused.test(selector) || themed.test(selector) || attributeTheme.test(selector);

const root = postcss.parse(readFileSync(cssPath, "utf8"));
root.walkRules((rule) => {
  if (rule.parent.type === "atrule" && /keyframes/.test(rule.parent.name)) return;
  const kept = rule.selectors.filter((selector) => !isUnused(selector.trim()));
  if (kept.length === 0) rule.remove();
  else if (kept.length < rule.selectors.length) rule.selectors = kept;
});
root.walkAtRules((atRule) => {
  if (atRule.nodes && atRule.nodes.length === 0) atRule.remove();
});
root.walkComments((comment) => {
  if (!comment.text.startsWith("!")) comment.remove();
});
process.stdout.write(root.toString().replace(/\/\*# sourceMappingURL=.*?\*\//, ""));
