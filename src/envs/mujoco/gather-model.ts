import { WorldError } from "../../errors/errors.js";
import { attributeOf, type MjcfTag, tagsOf } from "./mjcf-tags.js";
import { folderOf, join, nameOf } from "./model-paths.js";
import { type ModelSource, placesOfInclude, textOf } from "./model-source.js";

/** Gives what lies at a path from the model's folder; undefined where there is nothing. */
export type ReadModelFile = (path: string) => Promise<Uint8Array | undefined>;

/** Of all files of a model together; robots with fine meshes have some tens of MiB. */
const MOST_MEBIBYTES = 512;

/** Elements whose files lie below `meshdir`. */
const MESH_LIKE = new Set(["mesh", "hfield", "skin", "flexcomp"]);
/** Attributes of a texture that name a file: one for all of it, or one for each side of a cube. */
const OF_TEXTURES = ["file", ...["right", "left", "up", "down", "front", "back"].map((side) => `file${side}`)];

/** Where a model's `compiler` elements have MuJoCo look for files, from the model's folder. */
interface Folders {
  readonly meshes: string;
  readonly textures: string;
  readonly stripPath: boolean;
}

/** A file that a tag asks for. */
interface Asked {
  readonly file: string;
  readonly tag: MjcfTag;
  /** Path of the text that the tag stands in. */
  readonly by: string;
}

/**
 * Reads a model and all that it names, where MuJoCo would look for it: includes from the model's folder, or else from that
 * of the text that includes them; meshes, height fields and skins below `meshdir`, textures below `texturedir`, each the
 * last that is said; models to attach (`<model file=…>`) with what they name in their turn.
 *
 * @param where how errors call the model
 * @param main the name of its file
 * @throws {WorldError} where something is not there, or all together is too large
 */
export async function gatherModel(where: string, main: string, read: ReadModelFile): Promise<ModelSource> {
  const content = await read(main);
  if (content === undefined) throw new WorldError(where, "is not there", "Give the path of an MJCF file");
  const basket = new Basket(where, main, read);
  await gather(main, textOf(content), basket);
  return { mjcf: textOf(content), files: basket.files };
}

/** Files that have been found. */
class Basket {
  readonly files: Record<string, Uint8Array> = Object.create(null);
  readonly #where: string;
  readonly #main: string;
  readonly #read: ReadModelFile;
  #bytes = 0;

  constructor(where: string, main: string, read: ReadModelFile) {
    this.#where = where;
    this.#main = main;
    this.#read = read;
  }

  /** The first of some places where something lies; it is read. @throws {WorldError} where none has anything */
  async take(asked: Asked, places: readonly string[]): Promise<string> {
    for (const place of places) {
      if (this.files[place] !== undefined) return place;
      const content = await this.#read(place);
      if (content === undefined) continue;
      this.#bytes += content.length;
      if (this.#bytes > MOST_MEBIBYTES * 2 ** 20)
        throw new WorldError(
          this.#where,
          `names files of more than ${MOST_MEBIBYTES} MiB together, of which ${place} is the last that was read`,
          "Take coarser meshes",
        );
      this.files[place] = content;
      return place;
    }
    const { file, tag, by } = asked;
    const sought = [...new Set(places)].join(" and ");
    throw new WorldError(
      this.#where,
      `names ${file} (<${tag.name}> in ${by}), and there is no file ${sought} from the folder of ${this.#main}`,
      "Put it there, or correct its name, meshdir, texturedir or assetdir",
    );
  }
}

/** Takes all that a model's text names. */
async function gather(model: string, mjcf: string, basket: Basket): Promise<void> {
  const folder = folderOf(model);
  let folders: Folders = { meshes: "", textures: "", stripPath: false };
  const assets: Asked[] = [];
  const included = new Set<string>();
  const walk = async (by: string, text: string): Promise<void> => {
    for (const tag of tagsOf(text)) {
      if (tag.isClosing) continue;
      if (tag.name === "compiler") folders = foldersAfter(folders, tag);
      for (const name of tag.name === "texture" ? OF_TEXTURES : ["file"]) {
        const file = attributeOf(tag, name);
        if (file === undefined || file === "") continue;
        if (tag.name !== "include") {
          assets.push({ file, tag, by });
          continue;
        }
        const place = await basket.take({ file, tag, by }, placesOfInclude(file, by, folder));
        if (included.has(place)) continue; // MuJoCo refuses it, in words
        included.add(place);
        await walk(place, textOf(basket.files[place]));
      }
    }
  };
  await walk(model, mjcf);
  for (const asked of assets) {
    const { file, tag } = asked;
    const below = (assetFolder: string) => join(folder, join(assetFolder, folders.stripPath ? nameOf(file) : file));
    if (MESH_LIKE.has(tag.name)) await basket.take(asked, [below(folders.meshes)]);
    if (tag.name === "texture") await basket.take(asked, [below(folders.textures)]);
    if (tag.name === "model") {
      const place = await basket.take(asked, [join(folder, file)]);
      if (place !== model) await gather(place, textOf(basket.files[place]), basket);
    }
  }
}

function foldersAfter(before: Folders, compiler: MjcfTag): Folders {
  const [assets, meshes, textures, strip] = ["assetdir", "meshdir", "texturedir", "strippath"].map((name) =>
    attributeOf(compiler, name),
  );
  return {
    meshes: meshes ?? assets ?? before.meshes,
    textures: textures ?? assets ?? before.textures,
    stripPath: strip === undefined ? before.stripPath : strip === "true",
  };
}
