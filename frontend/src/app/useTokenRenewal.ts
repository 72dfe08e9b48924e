import { useEffect, useSyncExternalStore } from 'react'

import { claims, onToken, setToken, token } from '@/api/token'

import { config } from './config'
import { ask, listen } from './sign-in/signing-in'

const MINUTE = 60_000

/** Asks the platform for the next token a minute before this one ends, and takes every token it sends. */
export function useTokenRenewal(): void {
  const text = useSyncExternalStore(onToken, token)
  useEffect(() => listen(config.signIn.messageOrigins, setToken), [])
  useEffect(() => {
    const expiresAt = text === null ? null : (claims(text)?.expiresAt ?? null)
    if (expiresAt === null || config.signIn.messageOrigins.length === 0) return
    // A longer wait would overflow the timer and fire at once; the timer is set anew with each token anyway.
    const wait = Math.min(Math.max(expiresAt - Date.now() - MINUTE, 0), 2 ** 31 - 1)
    const timer = setTimeout(() => ask('milepost-token-wanted', config.signIn.messageOrigins), wait)
    return () => clearTimeout(timer)
  }, [text])
}
