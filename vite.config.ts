import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const shared = {
  target: "es2022",
  emptyOutDir: true,
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  reportCompressedSize: false,
  chunkSizeWarningLimit: 2000,
} as const;

/**
 * What the browser gets, under dist/dashboard: the page that the server serves; with `--mode report`, the one script that a
 * report carries inside of it; with `--mode views`, the module with which any page shows a run. None names another host.
 */
export default defineConfig(
  ({ mode }): UserConfig => ({
    root: path("src/dashboard/client"),
    base: "/",
    logLevel: "warn",
    esbuild: { jsx: "automatic", jsxImportSource: "preact" },
    worker: { format: "es" },
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
          : {
              ...shared,
              outDir: path("dist/dashboard/page"),
              // MuJoCo asks for Node's `module` only where it runs in Node.
              rollupOptions: { onwarn: (warning, warn) => warning.message.includes('"module"') || warn(warning) },
            },
  }),
);
