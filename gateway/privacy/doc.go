// Package privacy erases people. That somebody is erased is a decision (package people); here it is carried out, in bounded steps that any gateway goes on with: everything that was stored of the person goes, tombstones keep what happened before from coming in again,
// and what happened after is worked on anew as somebody unknown's (gateway/docs/015-erasing-a-person.md).
package privacy
