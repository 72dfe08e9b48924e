// Activating and retiring a definition, each asked before.
import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useActivate, useRetire, type Definition } from '../api/catalogue'
import { useDryRun } from '../api/dryRun'
import { DryRunPanel } from './DryRunPanel'

interface Props {
  readonly definition: Definition
  readonly onClose: () => void
}

/** The dry run comes first: whoever activates sees whom it concerns. */
export function Activation({ definition: { code, title }, onClose }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const dryRun = useDryRun(code)
  const activate = useActivate()
  return (
    <ConfirmDialog
      title={t('admin.achievements.activateTitle', { title })}
      action={t('admin.achievements.activate')}
      isPending={activate.isPending}
      error={problems.text(activate.error)}
      onClose={onClose}
      onConfirm={() =>
        activate.mutate(code, {
          onSuccess: ({ decides }) => {
            toasts.done(t('admin.achievements.activated', { title, decides }))
            onClose()
          },
        })
      }
    >
      <p style={{ marginBlockEnd: 12 }}>{t('admin.achievements.activateText')}</p>
      <DryRunPanel query={dryRun} />
    </ConfirmDialog>
  )
}

export function Retirement({ definition: { code, title }, onClose }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const retire = useRetire()
  return (
    <ConfirmDialog
      title={t('admin.achievements.retireTitle', { title })}
      action={t('admin.achievements.retire')}
      isPending={retire.isPending}
      error={problems.text(retire.error)}
      onClose={onClose}
      onConfirm={() =>
        retire.mutate(code, {
          onSuccess: () => {
            toasts.done(t('admin.achievements.retired', { title }))
            onClose()
          },
        })
      }
    >
      <p>{t('admin.achievements.retireText')}</p>
    </ConfirmDialog>
  )
}
