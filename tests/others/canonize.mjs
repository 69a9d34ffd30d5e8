// The canonical forms (RDFC-1.0) that npm's rdf-canonize gives: a list of texts in N-Quads in, a list of texts out, JSON.

import './offline.mjs'
import {text} from 'node:stream/consumers'

const {canonize} = await import('rdf-canonize')

const format = 'application/n-quads'
const options = {algorithm: 'RDFC-1.0', inputFormat: format, format, maxWorkFactor: Infinity}
const forms = []
for(const found of JSON.parse(await text(process.stdin))) {
  forms.push(await canonize(found, options))
}
process.stdout.write(JSON.stringify(forms))
