import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The dashboard's page. What the browser loads lies under dist/dashboard/page, and names no other host. */
export default defineConfig({
  root: fileURLToPath(new URL("src/dashboard/client", import.meta.url)),
  base: "/",
  logLevel: "warn",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("dist/dashboard/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});
