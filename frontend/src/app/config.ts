// What the service says of itself in the page: its version, and which ways to sign in it offers.

export interface Config {
  readonly version: string
  readonly signIn: {
    readonly demo: boolean
    readonly cookie: boolean
    readonly code: boolean
    readonly messageOrigins: readonly string[]
  }
}

const DEVELOPMENT: Config = {
  version: 'development',
  signIn: { demo: true, cookie: false, code: true, messageOrigins: [] },
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** Reads the text of `<script id="milepost-config">`. The placeholder stands there under `vite dev`. */
export function configOf(text: string): Config {
  if (text === '' || text.startsWith('__')) return DEVELOPMENT
  const content: unknown = JSON.parse(text)
  const signIn = member(content, 'sign_in')
  const origins = member(signIn, 'message_origins')
  return {
    version: String(member(content, 'version')),
    signIn: {
      demo: member(signIn, 'demo') === true,
      cookie: member(signIn, 'cookie') === true,
      code: member(signIn, 'code') === true,
      messageOrigins: Array.isArray(origins) ? origins.map(String) : [],
    },
  }
}

export const config = configOf(document.getElementById('milepost-config')?.textContent ?? '')

/** The nonce of this page's content policy. Browsers hide the attribute, so it is read as a property. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}
