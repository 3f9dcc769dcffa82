import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type Rollup, type UserConfig } from "vite";
import { WAYS_TABLE } from "./src/dashboard/shared/ways-table.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** The table of ways as values: what it is made of (all methods, and schemas of their settings) is not for a page. */
const evaluated: Plugin = {
  name: "ways-table",
  load: (id) =>
    id.endsWith("/shared/ways-table.ts") ? `export const WAYS_TABLE = ${JSON.stringify(WAYS_TABLE)};` : null,
};
/** MuJoCo asks for Node's `module` only where it runs in Node; and what zod says of itself to other bundlers is nothing to act on. */
const onwarn: NonNullable<Rollup.RollupOptions["onwarn"]> = (warning, warn) =>
  warning.message.includes('"module"') || warning.code === "INVALID_ANNOTATION" || warn(warning);
const shared = {
  target: "es2022",
  emptyOutDir: true,
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  reportCompressedSize: false,
  chunkSizeWarningLimit: 2000,
} as const;

/**
 * What the browser gets, under dist/dashboard: the page that the server serves; with `--mode worker`, beside the page, the
 * worker that plays live and our entries as modules of a user's own task import them there; with `--mode report`, the one
 * script that a report carries inside of it; with `--mode views`, the module with which any page shows a run. None names another host.
 */
export default defineConfig(
  ({ mode }): UserConfig => ({
    root: path("src/dashboard/client"),
    base: mode === "worker" ? "/worker/" : "/",
    logLevel: "warn",
    esbuild: { jsx: "automatic", jsxImportSource: "preact" },
    worker: { format: "es" },
    plugins: [evaluated],
    define: { "process.env.NODE_ENV": '"production"' },
    build:
      mode === "report"
        ? {
            ...shared,
            outDir: path("dist/dashboard/report"),
            lib: {
              entry: path("src/dashboard/client/report.tsx"),
              formats: ["iife"],
              name: "stackelbergReport",
              fileName: () => "report.js",
            },
          }
        : mode === "views"
          ? {
              ...shared,
              outDir: path("dist/dashboard/views"),
              lib: {
                entry: path("src/dashboard/client/mount-run.tsx"),
                formats: ["es"],
                fileName: () => "views.js",
              },
            }
          : mode === "worker"
            ? {
                ...shared,
                modulePreload: false, // a worker has no document to put links into
                outDir: path("dist/dashboard/page/worker"),
                rollupOptions: {
                  input: {
                    "physics-worker": path("src/dashboard/client/physics-worker.ts"),
                    stackelberg: path("src/index.ts"),
                    "stackelberg-node": path("src/dashboard/client/own-task/node.ts"),
                    "stackelberg-web": path("src/dashboard/client/own-task/web.ts"),
                  },
                  preserveEntrySignatures: "strict",
                  output: { entryFileNames: "[name].js" },
                  onwarn,
                },
              }
            : { ...shared, outDir: path("dist/dashboard/page") },
  }),
);
