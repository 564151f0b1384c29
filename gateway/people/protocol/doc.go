// Package protocol holds the tests of the decision log (PROTOCOLS.md 2) and nothing else: apart from those of people, so that a wrong protocol is built quickly.
package protocol
