// Package sender decides who wrote a mail, from its header alone.
//
// [Class] says what kind of mail it is before anything else is believed. [Choose] picks the one contact by the mailbox's policy, [Assurance] says how sure the receiving server is of it, [Clean] and [KeyOf] bring name and address
// into shape. [ParseDeliveryStatus] and [ParseDisposition] tell which of our mails a bounce or a receipt is about.
//
// The functions are pure: they get decoded headers and parsed addresses, look nothing up and keep nothing. What stands in the mail's text is the reply package's.
package sender
