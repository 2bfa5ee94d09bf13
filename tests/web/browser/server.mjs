// A small static server for the browser tests: folders and texts under paths of their own, with any headers.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const BLANK = '<!doctype html><html lang="en"><meta charset="utf-8"><title>blank</title></html>';

/** What makes a page cross-origin isolated, so that it may share memory between threads. */
export const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The strictest policy that the multi-file build promises to work under. */
export const STRICT_CSP = {
  "Content-Security-Policy": "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
};

/**
 * Serves `folders` ({ "/": path, "/package/": path ... }, the longest prefix counts) on loopback. `put` adds a text.
 * `requests` lists the paths asked for, so that a test can see what a page loads.
 */
export async function serve(folders, headers = {}) {
  const texts = new Map();
  const requests = [];
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);

  function file_of(path) {
    const prefix = prefixes.find((p) => path.startsWith(p));
    if (prefix === undefined) return null;
    const file = join(folders[prefix], normalize("/" + path.slice(prefix.length)));
    if (!existsSync(file)) return null;
    return statSync(file).isDirectory() ? join(file, "index.html") : file;
  }

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    requests.push(path);
    for (const [name, value] of Object.entries({ "Cache-Control": "no-store", ...headers })) response.setHeader(name, value);
    const type = TYPES[extname(path)] ?? (path.endsWith("/") ? TYPES[".html"] : "application/octet-stream");
    response.setHeader("Content-Type", type);
    if (texts.has(path)) return response.end(texts.get(path));
    if (path === "/favicon.ico") return response.writeHead(204).end();
    const file = file_of(path);
    if (path === "/" && file === null) return response.end(BLANK);
    if (file === null || !existsSync(file)) {
      response.statusCode = 404;
      return response.end(`${path} is not here`);
    }
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    put: (path, text) => texts.set(path, text),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
