// The editor of a definition. The service checks it while it is being written, and its faults stand at their fields.
import { Checkbox, Drawer, NativeSelect, Textarea, TextInput } from '@mantine/core'

import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { RuleFields } from './RuleFields'
import { useEditor, type Editing, type Editor } from './useEditor'

const TIERS = ['bronze', 'silver', 'gold'] as const

interface Props extends Editing {
  readonly onClose: () => void
}

export function DefinitionForm({ onClose, ...editing }: Props) {
  const { t } = useWords()
  const editor = useEditor(editing)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={editing.definition === null ? t('admin.editor.new') : t('admin.editor.change', { title: editing.definition.title })}
      closeButtonProps={{ 'aria-label': t('parts.close') }}
      closeOnClickOutside={false}
    >
      <form
        noValidate
        onSubmit={editor.submit}
        className={styles['form']}
      >
        <Texts editor={editor} />
        <Looks editor={editor} />
        <h3>{t('admin.editor.rule')}</h3>
        <RuleFields
          draft={editor.draft}
          faultAt={editor.faultAt}
          onChange={(changed) => {
            editor.change(changed)
            editor.touch('conditions')
          }}
        />
        <Flags editor={editor} />
        <FormFault text={editor.error} />
        <FormFault text={editor.isUnchecked ? t('admin.editor.unchecked') : undefined} />
        <FormActions
          submit={editor.isNew ? t('admin.editor.saveDraft') : t('admin.save')}
          isPending={editor.isSaving}
          onCancel={onClose}
        />
      </form>
    </Drawer>
  )
}

type TextName = 'code' | 'title' | 'category' | 'points' | 'icon' | 'description'

function useField(editor: Editor) {
  const { t } = useWords()
  return (name: TextName) => ({
    label: t(`admin.editor.${name}`),
    description: t(`admin.editor.${name}Help`),
    required: true,
    value: editor.draft[name],
    error: editor.faultAt(`/${name}`),
    onBlur: () => editor.touch(name),
    onChange: (event: { currentTarget: { value: string } }) => editor.change({ [name]: event.currentTarget.value }),
  })
}

function Texts({ editor }: { readonly editor: Editor }) {
  const field = useField(editor)
  return (
    <>
      <TextInput maxLength={80} {...field('title')} />
      <TextInput maxLength={64} readOnly={!editor.isNew} autoCapitalize="none" spellCheck={false} {...field('code')} />
      <Textarea rows={3} maxLength={300} {...field('description')} />
    </>
  )
}

function Looks({ editor }: { readonly editor: Editor }) {
  const { t } = useWords()
  const field = useField(editor)
  const tier = TIERS.find((one) => one === editor.draft.tier) ?? 'bronze'
  return (
    <>
      <div className={styles['line']}>
        <TextInput maxLength={40} autoCapitalize="none" {...field('category')} />
        <TextInput inputMode="numeric" {...field('points')} />
      </div>
      <div className={styles['line']}>
        <NativeSelect
          label={t('admin.editor.tier')}
          description={t('admin.editor.tierHelp')}
          value={tier}
          data={TIERS.map((value) => ({ value, label: t(`parts.tier.${value}`) }))}
          onChange={({ currentTarget: { value } }) => editor.change({ tier: value })}
        />
        <TextInput maxLength={40} autoCapitalize="none" {...field('icon')} />
      </div>
      <div className={styles['title']}>
        <TierBadge tier={tier} icon={editor.draft.icon} size={56} />
        <span className="note">{t('admin.editor.preview')}</span>
      </div>
    </>
  )
}

function Flags({ editor }: { readonly editor: Editor }) {
  const { t } = useWords()
  return (
    <>
      <Checkbox
        label={t('admin.editor.secret')}
        description={t('admin.editor.secretHelp')}
        checked={editor.draft.secret}
        onChange={({ currentTarget: { checked } }) => editor.change({ secret: checked })}
      />
      <Checkbox
        label={t('admin.editor.revoke')}
        description={t('admin.editor.revokeHelp')}
        checked={editor.draft.revokeIfUnmet}
        onChange={({ currentTarget: { checked } }) => editor.change({ revokeIfUnmet: checked })}
      />
    </>
  )
}
