import { readFileSync } from "node:fs";
import { join } from "node:path";
import { katex } from "@mdit/plugin-katex";
import { defineConfig } from "vitepress";
import { DOCS, ROOT } from "./lib/places.mjs";
import { repositoryLinks } from "./lib/repository-links.mjs";
import { sidebar } from "./lib/sidebar.mjs";
import { slug } from "./lib/slug.mjs";
import { absentParts, markOf, smallerFiles } from "./lib/smaller.mjs";

/** The folder of its server that the site lies in: `DOCS_BASE=/stackelberg/ npm run docs`. */
const base = process.env.DOCS_BASE ?? "/";
/** Where readers find the repository's files, such as `https://…/blob/main/`; links to them are plain text where it is not said. */
const source = process.env.DOCS_SOURCE;

/** What bundlers say of libraries that run as they are: comments of zod, and a module that MuJoCo asks for in Node alone. */
const onwarn = (warning, warn) => /"module"|__PURE__/.test(warning.message) || warn(warning);

export default defineConfig({
  title: "stackelberg",
  description: "Model-based reinforcement learning as a game between a policy player and a model player.",
  base,
  cleanUrls: false,
  metaChunk: true,
  srcExclude: ["node_modules/**"],
  rewrites: { "players/README.md": "players/index.md" },
  head: [
    ["meta", { name: "theme-color", content: "#3451b2" }],
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }], // or browsers ask for one that is not there
  ],
  // Formulas need a style sheet that other pages do not load.
  transformPageData(page) {
    if (!/\$[^$\n]+\$|^\$\$/m.test(readFileSync(join(DOCS, page.filePath), "utf8").replace(/```.*?```|`[^`]*`/gs, ""))) return;
    const style = ["link", { rel: "stylesheet", href: `${base}katex/katex.min.css` }];
    page.frontmatter.head = [...(page.frontmatter.head ?? []), style];
  },
  router: { prefetchLinks: false },
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: slug },
    config: (md) => {
      md.use(katex, { delimiters: "dollars", output: "html" });
      repositoryLinks(md, source);
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "To play with", link: "/explore/quadratic-game" },
      { text: "Players", link: "/players/" },
      { text: "Paper", link: "/paper/figures" },
      { text: "Results", link: "/project/results" },
      { text: "Settings", link: "/reference/settings" },
      { text: "API", link: "/api/" },
    ],
    sidebar: sidebar(),
    docFooter: { prev: false, next: false },
  },
  vue: { features: { componentIdGenerator: markOf } },
  vite: {
    plugins: [smallerFiles()],
    define: { __VUE_OPTIONS_API__: "false" }, // nothing here uses it
    resolve: {
      alias: [
        absentParts,
        { find: /^stackelberg$/, replacement: `${ROOT}/dist/index.js` },
        { find: /^stackelberg\/web$/, replacement: `${ROOT}/dist/web.js` },
        { find: /^#stackelberg\/(.*)$/, replacement: `${ROOT}/dist/$1` },
      ],
    },
    worker: { format: "es", rollupOptions: { onwarn } },
    build: { target: "es2022", chunkSizeWarningLimit: 4000, assetsInlineLimit: 0, rollupOptions: { onwarn } },
    server: { fs: { allow: [ROOT] } },
  },
});
