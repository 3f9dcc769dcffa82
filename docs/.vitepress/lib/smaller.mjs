/** What keeps the first page small, most of which is the theme, scripts and styles that every page loads. */
import { fileURLToPath } from "node:url";
import postcss from "postcss";

/** Parts of the theme that stand for what the site does not have: an empty one takes their place. */
const ABSENT = [
  "VPHome", "VPFooter", "VPDocFooter", "VPDocAsideCarbonAds", "VPSocialLinks", "VPNavBarSocialLinks", "VPNavScreenSocialLinks",
  "VPNavBarTranslations", "VPNavScreenTranslations",
];
export const absentParts = {
  find: new RegExp(`^\\./(components/)?(${ABSENT.join("|")})\\.vue$`),
  replacement: fileURLToPath(new URL("../theme/components/nothing.mjs", import.meta.url)),
};

const marks = new Map();
/** The mark of a component in its styles and elements: a short one, the same in all builds of a process. */
export function markOf(path) {
  if (!marks.has(path)) marks.set(path, marks.size.toString(36));
  return marks.get(path);
}

/** A name that a script puts together, such as `level-${depth}`, shows by its beginning. */
const isNamed = (words, name) => words.has(name) || words.has(name.replace(/[^-]*$/, ""));

/** Whether all classes and component marks that a selector needs are named somewhere; what stands in `:not(…)` is not needed. */
function isUsed(words, selector) {
  const needed = selector.replace(/:(?:not|is|where)\((?:[^()]|\([^()]*\))*\)/g, "");
  const components = needed.match(/data-v-[0-9a-z]+/g) ?? [];
  const classes = needed.match(/\.-?[a-zA-Z_][\w-]*/g) ?? [];
  return components.every((mark) => words.has(mark)) && classes.every((name) => isNamed(words, name.slice(1)));
}

/** Takes out values that nothing asks for, and then those that only they asked for. */
function dropUnusedValues(sheet, words) {
  for (let dropped = true; dropped; ) {
    const asked = new Set(sheet.toString().match(/var\(\s*--[\w-]+/g)?.map((use) => use.replace(/^var\(\s*/, "")));
    dropped = false;
    sheet.walkDecls(/^--/, (value) => {
      if (asked.has(value.prop) || words.has(value.prop)) return;
      value.remove();
      dropped = true;
    });
  }
}

/** Pictures with two decimals: hundredths of a pixel. */
const shortened = (svg) => svg.replace(/<[^>]+>/g, (tag) => tag.replace(/(\d\.\d\d)\d+/g, "$1"));

/** Leaves out of the one style sheet the rules whose classes occur in none of the scripts, which have all pages; and decimals of pictures. */
export function smallerFiles() {
  return {
    name: "smaller-files",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = Object.values(bundle);
        const scripts = files.filter(({ type }) => type === "chunk").map(({ code }) => code);
        const words = new Set(scripts.flatMap((code) => code.match(/[\w-]+/g) ?? []));
        for (const file of files) {
          if (file.fileName.endsWith(".svg")) file.source = shortened(String(file.source));
          if (!file.fileName.endsWith(".css")) continue;
          const sheet = postcss.parse(String(file.source));
          sheet.walkRules((rule) => {
            if (rule.parent.type === "atrule" && /keyframes$/.test(rule.parent.name)) return;
            rule.selectors = rule.selectors.filter((selector) => isUsed(words, selector));
            if (rule.selector === "") rule.remove();
          });
          dropUnusedValues(sheet, words);
          sheet.walk((node) => {
            if (node.nodes?.length === 0) node.remove();
          });
          file.source = sheet.toString();
        }
      },
    },
  };
}
