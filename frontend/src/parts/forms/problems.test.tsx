import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'

import { Problem, Unreachable, type Fault } from '@/api/problems'
import { renderPage } from '@/testing/render'

import { FormFault } from './FormFault'
import { useProblems } from './useProblems'

const FIELDS = ['/name', '/slots']

function fault(pointer: string, code: string, values: Fault['values'] = {}): Fault {
  return { pointer, code, message: `${code} as the service says it`, values }
}

function refusal(...faults: Fault[]): Problem {
  return new Problem(422, 'not_in_the_catalogue', 'The service said no.', 'r1', { faults })
}

function Form({ error }: { readonly error: Error | null }) {
  const problems = useProblems('goals')
  return (
    <>
      <p data-testid="name">{problems.at(error, '/name')}</p>
      <p data-testid="slots">{problems.at(error, '/slots')}</p>
      <FormFault text={problems.beside(error, FIELDS)} />
    </>
  )
}

test('what fields say is not said again below the form', () => {
  renderPage(<Form error={refusal(fault('/name', 'too_long', { max: 100 }), fault('/slots/0/ends_at', 'odd'))} />)
  expect(screen.getByTestId('name')).toHaveTextContent('At most 100 characters are possible.')
  expect(screen.getByTestId('slots')).toHaveTextContent('odd as the service says it')
  expect(screen.queryByRole('alert')).not.toBeInTheDocument()
})

test('a fault that has no field is said below the form', () => {
  renderPage(<Form error={refusal(fault('/name', 'odd'), fault('/named', 'odd'))} />)
  expect(screen.getByRole('alert')).toHaveTextContent('The service said no.')
})


test('without an answer it says so, and without an error nothing', () => {
  const { unmount } = renderPage(<Form error={new Unreachable()} />)
  expect(screen.getByRole('alert')).toHaveTextContent('No answer came.')
  unmount()
  renderPage(<Form error={null} />)
  expect(screen.queryByRole('alert')).not.toBeInTheDocument()
})
