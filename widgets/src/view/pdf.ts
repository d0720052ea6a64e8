// A PDF document of one page that holds a picture (ISO 32000-1, 7.5 "File structure", 8.9.5 "Image dictionaries").

interface Size {
  width: number;
  height: number;
}

/** Returns a JPEG picture of `pixels` as a page of `points`. */
export async function pdfOf(jpeg: Blob, pixels: Size, points: Size): Promise<Blob> {
  const { width, height } = points;
  const image = new Uint8Array(await jpeg.arrayBuffer());
  const page = `q ${width} 0 0 ${height} 0 0 cm /Im Do Q`;
  const picture =
    `/Type /XObject /Subtype /Image /Width ${pixels.width} /Height ${pixels.height} ` +
    `/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${image.length}`;
  const resources = "/Resources << /XObject << /Im 5 0 R >> >>";
  const objects: BlobPart[][] = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 4 0 R ${resources} >>`],
    [`<< /Length ${page.length} >>\nstream\n${page}\nendstream`],
    [`<< ${picture} >>\nstream\n`, image, "\nendstream"],
  ];
  const parts: BlobPart[] = ["%PDF-1.4\n"];
  const begins: number[] = [];
  let at = 9;
  objects.forEach((object, place) => {
    begins.push(at);
    for (const part of [`${place + 1} 0 obj\n`, ...object, "\nendobj\n"]) {
      parts.push(part);
      at += typeof part === "string" ? part.length : (part as Uint8Array).length;
    }
  });
  const table = begins.map((begin) => `${String(begin).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  parts.push(`xref\n0 ${count}\n0000000000 65535 f \n${table}`);
  parts.push(`trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`);
  return new Blob(parts, { type: "application/pdf" });
}
