import { Navigate, Outlet } from 'react-router'

import type { Role } from '@/api/token'

import { useSession } from './session'

interface Props {
  readonly role: Role
  readonly otherwise: string
}

/** Pages for one role; others are led to their own. It spares them errors; the service refuses in any case. */
export function RoleGate({ role, otherwise }: Props) {
  return useSession().role === role ? <Outlet /> : <Navigate to={otherwise} replace />
}
