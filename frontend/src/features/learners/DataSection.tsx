import { Button } from '@mantine/core'

import { Card } from '@/parts/cards/Card'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useSaveData } from './api/data'
import styles from './settings.module.css'

/** Everything that is stored about the learner, as a file. */
export function DataSection() {
  const { t } = useWords()
  const save = useSaveData()
  const toasts = useToasts()
  return (
    <Card title={t('learners.data')}>
      <div className={styles['form']}>
        <p className="note">{t('learners.data.note')}</p>
        <Button
          variant="default"
          loading={save.isPending}
          onClick={() =>
            save.mutate(undefined, {
              onSuccess: (name) => toasts.done(t('learners.data.saved', { name })),
              onError: toasts.failed,
            })
          }
        >
          {t('learners.data.save')}
        </Button>
      </div>
    </Card>
  )
}
