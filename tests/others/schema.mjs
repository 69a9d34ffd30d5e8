// What npm's ajv says of values by a JSON Schema 2020-12: a list of {schema, value} in, a list of lists of faults out, both JSON.

import './offline.mjs'
import {text} from 'node:stream/consumers'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const compiled = new Map()

function compile(schema) {
  const ajv = new Ajv.default({allErrors: true, strict: true, strictRequired: false})
  addFormats.default(ajv)
  return ajv.compile(schema)
}

function faults({schema, value}) {
  const key = JSON.stringify(schema)
  if (!compiled.has(key)) compiled.set(key, compile(schema))
  const validate = compiled.get(key)
  validate(value)
  return (validate.errors ?? []).map(fault => `${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`)
}

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(faults)))
