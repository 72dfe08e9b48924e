// Who is signed in: by the token of this tab, or by the platform's cookie. Shown only; the service decides.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useMemo, useSyncExternalStore, type ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'

import { claims, onToken, roleOf, setToken, token, type Role } from '@/api/token'
import { PageSkeleton } from '@/parts/PageSkeleton'

import { config } from './config'
import { cookieSession } from './sign-in/signing-in'

export interface Session {
  readonly learnerId: string
  readonly role: Role
  readonly signOut: () => void
}

const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = use(SessionContext)
  if (session === null) throw new Error('useSession outside of SessionGate')
  return session
}

interface Props {
  readonly children: ReactNode
}

/** Its children for a signed-in reader; the sign-in page, which leads back here, for others. */
export function SessionGate({ children }: Props) {
  const text = useSyncExternalStore(onToken, token)
  const location = useLocation()
  const queries = useQueryClient()
  const byCookie = useQuery({ queryKey: ['/sign-in/session'], queryFn: cookieSession, enabled: text === null && config.signIn.cookie })
  const bearer = text === null ? null : claims(text)
  const learnerId = bearer?.learnerId ?? byCookie.data?.subject
  const role = bearer?.role ?? roleOf(byCookie.data?.roles ?? [])
  const session = useMemo<Session | null>(() => {
    if (learnerId === undefined) return null
    const signOut = () => {
      setToken(null)
      queries.clear()
    }
    return { learnerId, role, signOut }
  }, [learnerId, role, queries])
  if (session !== null) return <SessionContext value={session}>{children}</SessionContext>
  if (byCookie.isLoading) return <PageSkeleton />
  return <Navigate to="/sign-in" state={{ from: location.pathname + location.search }} replace />
}
