// What a site does for the elements: gives them the learner's token when they ask, and says when nobody is signed in.
// A real site asks its own server for a short-lived token here, instead of a form.
const form = document.querySelector('form')
const elements = [...document.querySelectorAll('milepost-quick-stats, milepost-celebration')]
let token = null

document.addEventListener('milepost-token-wanted', ({ target }) => {
  if (token !== null) target.token = token
})

function sign(next) {
  token = next
  for (const element of elements) element.token = token
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  sign(form.elements.token.value.trim())
  form.reset()
})
form.elements.out.addEventListener('click', () => sign(null))
form.elements.celebrate.addEventListener('click', () => {
  document.querySelector('milepost-celebration').celebrate([
    { code: 'maple-leaf', title: 'Maple leaf', description: 'A first visit to the school garden', points: 5 },
  ])
})
