// Builds what the wheel carries: ../tfkit/static (for pages) and ../tfkit/labextension (for Jupyter).
// With --tests: the unit tests, bundled for node, instead.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const shared = { bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none" };

// `import code from "worker:./x.ts"` gives the bundled text of x.ts, to be started from a Blob.
const workerAsText = {
  name: "worker-as-text",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^worker:/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.slice("worker:".length)),
      namespace: "worker",
    }));
    onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => {
      const { outputFiles } = await build({ ...shared, entryPoints: [path], format: "iife", write: false });
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

// `import css from "./x.css"` gives the style sheet's text, with those that it imports.
const cssAsText = {
  name: "css-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...shared, entryPoints: [path], write: false });
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

const graph = { ...shared, plugins: [workerAsText, cssAsText] };

async function buildPages() {
  await build({
    ...graph,
    entryPoints: {
      graph: join(here, "src/standalone.ts"),
      monitor: join(here, "src/standalone-monitor.ts"),
      surface: join(here, "src/standalone-surface.ts"),
    },
    format: "iife",
    outdir: join(here, "../tfkit/static"),
    supported: { "inline-script": false }, // the text stands inside a <script>: it must not hold "</script"
  });
}

async function buildExtension() {
  await build({
    ...graph,
    entryPoints: [join(here, "src/lab/mime.ts"), join(here, "src/lab/index.ts")],
    format: "esm",
    splitting: true, // both use one door to the kernel
    external: ["@lumino/*", "@jupyterlab/*"], // JupyterLab's own
    outdir: join(here, "build/lab"),
  });
  rmSync(join(here, "../tfkit/labextension"), { recursive: true, force: true });
  const builder = join(here, "node_modules/@jupyter/builder/lib/build-labextension.js");
  const core = join(here, "node_modules/@jupyterlab/core-meta/core.package.json");
  run(builder, "--core-package-file", core, here);
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: here, stdio: "inherit" });
  if (status !== 0) throw new Error(`${args[0]} ended with exit code ${status}`);
}

async function buildTests() {
  const outdir = join(here, "build/tests");
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const tests = readdirSync(join(here, "tests")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...graph,
    entryPoints: tests.map((name) => join(here, "tests", name)),
    platform: "node",
    format: "esm",
    minify: false,
    outdir,
    outExtension: { ".js": ".mjs" },
  });
}

if (process.argv.includes("--tests")) await buildTests();
else await Promise.all([buildPages(), buildExtension()]);
