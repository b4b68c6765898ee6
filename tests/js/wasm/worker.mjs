// The worker's module, from the folder that `CARNET_WASM` names.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const worker = await import(pathToFileURL(join(process.env.CARNET_WASM, "carnet_worker.js")));
