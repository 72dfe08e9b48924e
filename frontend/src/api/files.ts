// Answers that a reader keeps as files.

const NAME = /filename="?([^";]+)"?/

/** The name that a response proposes for its file. */
export function nameOf(response: Response, otherwise: string): string {
  return NAME.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? otherwise
}

/** Hands a file to the browser, which saves it as it saves every download. */
export function saveBlob(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Some browsers begin to read the address only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** Saves the body of a response under the name it proposes, else under `otherwise`. Resolves when the browser has it. */
export async function saveFile(response: Response, otherwise: string): Promise<string> {
  const name = nameOf(response, otherwise)
  saveBlob(await response.blob(), name)
  return name
}
