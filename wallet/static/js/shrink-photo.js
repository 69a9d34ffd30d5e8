/* Photos become smaller in the phone, where it can read them: a prepaid gigabyte lasts. A neighbour of attach-files.js, file-picker.js. */
const SIDE = 2048
const LIGHT = 400_000 // bytes below which a photo goes as it is

export async function shrunk(file) {
  if (!file.type.startsWith("image/") || file.size < LIGHT) return file
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement("canvas")
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    const drawn = canvas.getContext("2d")
    drawn.fillStyle = "white" // as the server has it: a JPEG of what shines through is black
    drawn.fillRect(0, 0, canvas.width, canvas.height)
    drawn.drawImage(picture, 0, 0, canvas.width, canvas.height)
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))
    return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: made.type }) : file
  } catch {
    return file // the server can read more kinds than this phone
  }
}
