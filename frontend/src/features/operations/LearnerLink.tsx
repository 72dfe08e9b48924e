import { Link } from 'react-router'

interface Props {
  readonly id: string
  readonly name?: string | null
}

/** A learner's name, or the beginning of its id, that leads to the learner. */
export function LearnerLink({ id, name = null }: Props) {
  return (
    <Link to={`/admin/learners?learner=${encodeURIComponent(id)}`} title={id}>
      {name ?? id.slice(0, 8)}
    </Link>
  )
}
