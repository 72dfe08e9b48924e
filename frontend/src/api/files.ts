// Answers that a reader keeps as files.

const NAME = /filename="?([^";]+)"?/

/** Saves the body of a response under the name it proposes, else under `otherwise`. Resolves when the browser has it. */
export async function saveFile(response: Response, otherwise: string): Promise<string> {
  const name = NAME.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? otherwise
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Some browsers begin to read the address only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  return name
}
