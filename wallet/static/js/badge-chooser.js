/* Badges are ticked, all or none of what is seen at once, and looked for by a word. What is ticked stays so while something
   else is looked for. Without this script the page is asked for anew (shares/new.html, evidence/choose_badges.html). */
const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replaceAll("’", "'")
    .toLowerCase()

/* What is looked for: of « l’hygiène » no « l’ », as competencies/search.py has it. */
const wordsOf = (typed) => {
  const wanted = plain(typed)
  const words = wanted.replace(/\b(?:[cdjlmnst]|qu)'/g, " ").trim() || wanted
  return words.split(/\s+/)
}

/* « Tout cocher » where none of them is ticked, else « Tout décocher »: of the part in which it stands. */
class TickAll extends HTMLElement {
  connectedCallback() {
    const part = this.closest("[data-choices]")
    const form = this.closest("form")
    const link = this.firstElementChild
    const button = link ?? this.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
    const seen = () => [...part.querySelectorAll("input[name=badge]")].filter((box) => !box.closest("[hidden]"))
    const isTicked = () => seen().some((box) => box.checked)
    const tell = () => {
      button.textContent = isTicked() ? this.dataset.untick : this.dataset.tick
      for (const word of part.querySelectorAll("[data-ticked]")) {
        const number = word.closest("details").querySelectorAll("[name=badge]:checked").length
        word.textContent = number === 1 ? word.dataset.one : word.dataset.ticked.replace("#", number)
        word.hidden = number === 0
      }
    }
    button.className = "alone"
    link?.setAttribute("role", "button")
    if (this.dataset.of) button.setAttribute("aria-describedby", this.dataset.of)
    link?.addEventListener("keydown", (event) => event.key === " " && (event.preventDefault(), button.click()))
    button.addEventListener("click", (event) => {
      event.preventDefault()
      const ticks = !isTicked()
      if (ticks) for (const fold of part.querySelectorAll("details")) fold.open = true
      for (const box of seen()) {
        // What nobody asked for is ticked by hand alone.
        box.checked = ticks && !("byHand" in box.dataset)
        if (!ticks) for (const more of box.closest(".choice").querySelectorAll(":checked")) more.checked = false
      }
      form.dispatchEvent(new Event("input"))
    })
    form.addEventListener("input", tell)
    form.addEventListener("sought", tell)
    addEventListener("pageshow", tell)
    tell()
  }
}

/* Those badges are seen that have all the words, and are of the kind that is asked for. In another order the page is asked
   for anew: without the words, which would leave others out of it. */
class SeekBadge extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form")
    const field = this.querySelector("input")
    const said = this.querySelector("[role=status]")
    const rows = [...form.querySelectorAll("[data-choices] .choice")]
    const kinds = [...this.querySelectorAll("[data-kind]")]
    const orders = [...this.querySelectorAll("[data-order]")]
    const asked = () => kinds.find((one) => one.getAttribute("aria-pressed") === "true")?.dataset.kind ?? ""
    for (const one of [...kinds, ...orders]) one.type = "button" // « Entrée » in a field of the form touches none of them
    this.querySelector("button").remove() // nothing is asked for, and « Entrée » sends nothing
    field.removeAttribute("name")
    const seek = () => {
      const words = wordsOf(field.value)
      const kind = asked()
      const found = rows.filter((row) => {
        row.hidden =
          !` ${row.dataset.kinds} `.includes(kind && ` ${kind} `) ||
          !words.every((word) => plain(row.textContent + row.dataset.issuer).includes(word))
        return !row.hidden
      })
      for (const group of form.querySelectorAll(".of-issuer")) {
        group.hidden = !group.querySelector(".choice:not([hidden])")
        for (const fold of group.querySelectorAll("details")) {
          fold.open ||= field.value !== "" || kind !== ""
          fold.hidden = !fold.querySelector(".choice:not([hidden])")
        }
      }
      const { none, one, many } = said.dataset
      said.textContent = field.value.trim() && ([none, one][found.length] ?? many.replace("#", found.length))
      form.dispatchEvent(new Event("sought"))
    }
    field.addEventListener("input", (event) => {
      event.stopPropagation() // nothing of the choice is another one
      seek()
    })
    field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault())
    for (const one of kinds)
      one.addEventListener("click", () => {
        for (const each of kinds) each.setAttribute("aria-pressed", each === one)
        seek()
      })
    for (const one of orders)
      one.addEventListener("click", () => {
        one.value = `${asked()}.${one.dataset.order}`
        one.type = "submit"
        form.requestSubmit(one)
        one.type = "button"
      })
    addEventListener("pageshow", () => field.value && seek())
  }
}

customElements.define("tick-all", TickAll)
customElements.define("seek-badge", SeekBadge)
