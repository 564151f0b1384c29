// Package verify proves signed webhooks genuine: one checker, told by a Scheme how a provider signs. HMAC and Ed25519, hex and base64, any order of body, time, id, nonce and URL, several live keys, several signatures in one header, and a limit on age.
//
// It is not for schemes that sign something other than the bytes that came: sorted form fields (Twilio, Plivo), a hash inside a JWT (Vonage, MessageBird), certificates (SNS). Those stand with their adapters.
//
// A header that is not signed is never read, so nothing in a Result was chosen by anybody but the signer. No error and no Result holds a key, a signature, or a value of the request other than its signed id and time.
package verify
