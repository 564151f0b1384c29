// Package reply takes the plain text of a mail apart: what the sender wrote, what is quoted, what is forwarded, and the signature.
//
// [Split] gives the pieces as spans of bytes that cover the text without gap or overlap. [Signature] reads the contact points, the company and the title out of what the sender wrote;
// it never looks into quotes and forwarded blocks, which hold somebody else's signature, most often our own agent's. [Forwarded] reads the header block of a forwarded mail.
//
// The package works on text alone. Markers of HTML mail are the parser's business, and who the sender is, is the sender package's. It decides by tables of what mail clients write in their languages and by
// the shape of the lines, in time linear in the text: no line longer than maxLine is looked at, and no more than maxLines of them.
package reply
