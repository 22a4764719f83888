// Runs a WebAssembly program in Node's WASI: `node .ci/wasi.mjs PROGRAM ARGUMENT...`. The program
// gets no folder, no network and no environment.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [program, ...rest] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [program, ...rest], env: {} });
const module = await WebAssembly.compile(await readFile(program));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
