import type * as Hdf5 from "h5wasm/node";
import { StorageError } from "../../errors/errors.js";

/** The library, and a type of it. */
export type Library = typeof Hdf5;
export type Hdf5File = Hdf5.File;

/** The library that reads and writes HDF5. @throws {StorageError} where the optional package is not installed */
export async function loadHdf5(): Promise<Library> {
  try {
    const library = await import("h5wasm/node");
    const { activate_throwing_error_handler: throwErrors } = await library.ready;
    throwErrors(); // rather than print them
    return library;
  } catch (cause) {
    throw new StorageError(
      "Minari",
      "its files need the package h5wasm, which is not here",
      "Run `npm install h5wasm`",
      { cause },
    );
  }
}
