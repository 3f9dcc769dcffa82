import { WorldError } from "../../../errors/errors.js";
import { fetchModel } from "../../../web/fetch-model.js";

/** What a page has of `stackelberg/node`, for the module of a user's own task. */

/** A MuJoCo model, from where the server has it beside the module. @throws {WorldError} for a path: a page has no working directory */
export async function readModel(place: string | URL): ReturnType<typeof fetchModel> {
  if (place instanceof URL) return fetchModel(place);
  throw new WorldError(
    place,
    "is a path from the working directory, which a page does not have",
    `Write readModel(new URL("./${place}", import.meta.url))`,
  );
}
