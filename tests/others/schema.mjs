// What npm's ajv says of values by a JSON Schema 2020-12: a list of {schema, value} in, a list of lists of faults out, both JSON.

import './offline.mjs'
import {text} from 'node:stream/consumers'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

function faults({schema, value}) {
  const ajv = new Ajv.default({allErrors: true, strict: true, strictRequired: false})
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  validate(value)
  return (validate.errors ?? []).map(fault => `${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`)
}

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(faults)))
