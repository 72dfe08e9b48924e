import { UnstyledButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { Navigate, useLocation } from 'react-router'

import { onToken, setToken, token } from '@/api/token'
import { Card } from '@/parts/cards/Card'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

import { config } from '../config'
import { ask, codeToken, demo, demoToken, listen, takeCode } from './signing-in'
import styles from './sign-in.module.css'

/** The page to return to: only ever a path of our own. */
function target(state: unknown): string {
  const from: unknown = typeof state === 'object' && state !== null && 'from' in state ? state.from : null
  return typeof from === 'string' && /^\/(?!\/)/.test(from) ? from : '/'
}

export function SignInPage() {
  const { t } = useWords()
  const location = useLocation()
  const signedIn = useSyncExternalStore(onToken, token) !== null
  const [code] = useState(takeCode)
  const { mutate, isError, isPending } = useMutation({ mutationFn: codeToken, onSuccess: setToken })
  useEffect(() => {
    if (code !== null) mutate(code)
  }, [code, mutate])
  useEffect(() => {
    const stop = listen(config.signIn.messageOrigins, setToken)
    ask('milepost-ready', config.signIn.messageOrigins)
    return stop
  }, [])
  if (signedIn && code === null) return <Navigate to={target(location.state)} replace />
  if (signedIn && !isPending && !isError) return <Navigate to="/" replace />
  return (
    <main className={styles['page']} id="content">
      <PageHeader title={t('signIn.title')} />
      {isError && <p role="alert">{t('signIn.codeRefused')}</p>}
      {config.signIn.demo ? <DemoLearners /> : <p>{t(waitingKey())}</p>}
    </main>
  )
}

function waitingKey() {
  return config.signIn.messageOrigins.length > 0 ? 'signIn.waiting' : 'signIn.platform'
}

function DemoLearners() {
  const { t } = useWords()
  const learners = useQuery({ queryKey: ['/sign-in/demo'], queryFn: ({ signal }) => demo(signal) })
  const choose = useMutation({
    mutationFn: ({ learnerId, role }: { learnerId: string; role: 'learner' | 'admin' }) => demoToken(learnerId, role),
    onSuccess: setToken,
  })
  const error = learners.error ?? choose.error
  if (error !== null) return <ErrorPanel error={error} retry={() => void learners.refetch().then(() => choose.reset())} />
  if (learners.data === undefined) return null
  const admin = learners.data.admin.learner_id
  return (
    <>
      <p>{t('signIn.demo')}</p>
      <Card title={t('signIn.demo.learners')}>
        <ul className={styles['learners']}>
          {learners.data.learners.map(({ learner_id: learnerId, name, description }) => (
            <li key={learnerId}>
              <UnstyledButton className={styles['learner'] ?? ''} onClick={() => choose.mutate({ learnerId, role: 'learner' })}>
                <strong>{name}</strong>
                <span className="note">{description}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t('signIn.demo.admin')}>
        <UnstyledButton className={styles['learner'] ?? ''} onClick={() => choose.mutate({ learnerId: admin, role: 'admin' })}>
          <strong>{admin}</strong>
          <span className="note">{t('signIn.demo.adminText')}</span>
        </UnstyledButton>
      </Card>
    </>
  )
}
