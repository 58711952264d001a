import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = `http://127.0.0.1:${process.env["OPENBELL_PORT"] ?? "8787"}`;

// The names of what is built carry no hash: the bundle is committed, and the server answers with an ETag.
export default defineConfig({
  plugins: [react()],
  base: "/static/",
  build: {
    outDir: "../src/openbell/edges/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        entryFileNames: "live_trading.js",
        chunkFileNames: "[name].js",
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith(".css")) ? "styles.css" : "[name][extname]"),
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: "candles", test: /node_modules[\\/](lightweight-charts|fancy-canvas)[\\/]/ },
            { name: "curve", test: /node_modules[\\/]uplot[\\/]/ },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { "/api": { target: server, ws: true } } },
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
});
