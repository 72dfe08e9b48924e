import { Navigate, Outlet } from 'react-router'

import type { Role } from '@/api/token'

import { useSession } from './session'

interface Props {
  readonly of: Role
  readonly otherwise: string
}

/** Pages for one role; others are led to their own. It spares them errors; the service refuses in any case. */
export function RoleGate({ of, otherwise }: Props) {
  return useSession().role === of ? <Outlet /> : <Navigate to={otherwise} replace />
}
