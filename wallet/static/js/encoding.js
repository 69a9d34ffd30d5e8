/* Bytes, and the texts that stand for them. */
export const bytes = (text) => new TextEncoder().encode(text)

export const text = (some) => new TextDecoder().decode(some)

export const hex = (some) => [...new Uint8Array(some)].map((byte) => byte.toString(16).padStart(2, "0")).join("")

/* Base64 of either alphabet (RFC 4648, 4 and 5). */
export const fromBase64 = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0))

export const toBase64url = (some) =>
  btoa(String.fromCharCode(...new Uint8Array(some))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")

/* A name that nobody else gives to anything. */
export const randomName = () => hex(crypto.getRandomValues(new Uint8Array(16)))
