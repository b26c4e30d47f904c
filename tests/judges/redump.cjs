// Rewrites the properties of the notes named on standard input, as Obsidian does when one of them is edited: the whole block is
// parsed and dumped again by the package that Obsidian uses, with the options that it uses.
const fs = require("fs");
const YAML = require("yaml");

const options = { nullStr: "", lineWidth: 0, aliasDuplicateObjects: false };
for (const path of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const text = fs.readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  const match = /^---\r?\n([\s\S]*?)^---(?=\r?$)/m.exec(text);
  if (!match || match.index !== 0) continue;
  const head = YAML.stringify(YAML.parse(match[1], { version: "1.2", schema: "core" }), options).replace(/: +$/gm, ":");
  fs.writeFileSync(path, "---\n" + head + "---" + text.slice(match[0].length));
}
