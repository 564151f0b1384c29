package message

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// File is a part that is no text of the mail. It stays in the spool; Open reads it.
type File struct {
	ContentType string `json:"content_type"` // in lower case, without parameters
	Filename    string `json:"filename,omitempty"`
	Disposition string `json:"disposition,omitempty"` // attachment, inline or what was written
	ContentID   string `json:"content_id,omitempty"`  // without its angle brackets
	// Size is the number of bytes that Open gives.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // of those bytes, in hex
	// Start and End are where the part lies in the spool, still encoded.
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
	Encoding string `json:"encoding,omitempty"` // base64, quoted-printable or empty for none
}

// Open reads a file's content from the spool its mail was parsed from. Errors are the spool's; damage to the encoding is none.
func (f File) Open(spool io.ReaderAt) io.Reader {
	return decoder(io.NewSectionReader(spool, f.Start, f.End-f.Start), transfer(f.Encoding))
}

// fileOf describes a part. It is read for that: its size and digest are of what is in the encoding.
func fileOf(n *node, spool io.ReaderAt) (File, error) {
	e, _ := encodingOf(value(n.fields, "Content-Transfer-Encoding"))
	f := File{
		ContentType: n.kind(), Filename: n.filename(), Disposition: n.place.kind, ContentID: clip(unbracketed(value(n.fields, "Content-ID")), maxID),
		Start: n.start, End: n.end, Encoding: string(e),
	}
	sum := sha256.New()
	size, err := io.Copy(sum, f.Open(spool))
	f.Size, f.SHA256 = size, hex.EncodeToString(sum.Sum(nil))
	return f, err
}

// filename is the part's name by either of its headers.
func (n *node) filename() string {
	for _, name := range []string{n.place.param("filename"), n.content.param("name"), n.place.param("name"), n.content.param("filename")} {
		if name = filename(name); name != "" {
			return name
		}
	}
	return ""
}

// kind is the part's type. "text" alone and what has no type are plain text (RFC 2045 section 5.2).
func (n *node) kind() string {
	switch kind := n.content.kind; {
	case kind == "" || kind == "text":
		return "text/plain"
	case len(kind) > 127 || !isASCII([]byte(kind)):
		return "application/octet-stream"
	default:
		return kind
	}
}
