// What html-validate holds our pages to: all that it recommends, but for what is said here. It is told the files, and answers in JSON.

import {HtmlValidate, Reporter, StaticConfigLoader} from 'html-validate'

const config = {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // ARIA 1.2 lets a list item have a name: that of the share which it tells of.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // Both spellings are HTML; ours is the shorter to read.
    "doctype-style": ["error", { style: "lowercase" }],
    // Boxes to tick that are one answer share a name, and so do the camera and the album that bring one picture.
    "form-dup-name": "off",
    // A title says which badge, and how it is with it, in words: the name of a badge is as long as its issuer made it.
    "long-title": "off",
    // In HTML a button sends its form unless it says otherwise, and ours do say so.
    "no-implicit-button-type": "off",
  },
}

// Its own program makes its table of all elements anew for each file: a third of its work.
class Once extends StaticConfigLoader {
  getConfigFor() {
    return this.resolved ??= super.getConfigFor()
  }
}

const reader = new HtmlValidate(new Once(config)), reports = []
for(const file of process.argv.slice(2)) reports.push(await reader.validateFile(file))
console.log(JSON.stringify(Reporter.merge(reports).results))
