// A photo of twelve megapixels is small enough for a screen long before it is sent: a slow network carries a tenth of it.
const SIDE = 2048; // pixels of the longer side that a reviewer needs to judge a piece of work
const WORTH_IT = 600_000; // bytes; what is smaller goes as it is

/** A smaller JPEG of this photo, or the very file when it is small already or cannot be drawn here. */
export async function shrink(file: File): Promise<File> {
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type) || file.size < WORTH_IT) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    if (!small || small.size >= file.size) return file;
    return new File([small], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file; // a format that this browser cannot draw: the server says what it thinks of it
  }
}
