import { Button, TextInput } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'

import { useWords } from '@/words/words'

/** Fails without a clipboard, which a page over plain http does not have. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}

interface Props {
  readonly address: string
  /** Which link it is, for screen readers. */
  readonly name: string
}

/** Copies a link. Where the browser does not allow that, the link stands there to be copied by hand. */
export function CopyLink({ address, name }: Props) {
  const { t } = useWords()
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  const copy = () => {
    copyText(address).then(
      () => setState('copied'),
      () => setState('refused'),
    )
  }
  if (state === 'refused')
    return (
      <TextInput
        label={t('sharing.link')}
        description={t('sharing.link.byHand')}
        value={address}
        readOnly
        ref={(input) => input?.focus()}
        onFocus={(event) => event.currentTarget.select()}
      />
    )
  const Icon = state === 'copied' ? Check : Copy
  return (
    <>
      <Button variant="default" onClick={copy} leftSection={<Icon size={16} aria-hidden />} aria-label={t('sharing.copy.label', { name })}>
        {state === 'copied' ? t('sharing.copied') : t('sharing.copy')}
      </Button>
      <span className="sr-only" role="status">
        {state === 'copied' && t('sharing.copied.said', { name })}
      </span>
    </>
  )
}
