package contact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// The prefixes of ids.
const (
	DeliveryPrefix    = "dlv_"
	IdentityPrefix    = "idn_"
	ProfilePrefix     = "prf_"
	InteractionPrefix = "int_"
	DuplicatePrefix   = "dup_"
	FilePrefix        = "fil_"
	DecisionPrefix    = "dec_"
	NotSamePrefix     = "nsm_"
	EvidencePrefix    = "evd_"
	OperationPrefix   = "op_"
	ErasurePrefix     = "ers_"
	KeyPrefix         = "key_"
	BlockPrefix       = "blk_"
	QuarantinePrefix  = "qua_"
	ConsentPrefix     = "cns_"
	JobPrefix         = "job_"
	JobPartPrefix     = "jbp_"
	JobRowPrefix      = "jbr_"
	NotePrefix        = "nte_"
	ClaimLinkPrefix   = "clm_"
	EventPrefix       = "evt_"
	EndpointPrefix    = "whe_"
	UndeliveredPrefix = "und_"

	OrganizationPrefix = "org_"
	DomainPrefix       = "dom_"
	MembershipPrefix   = "mbr_"
	ExternalIDPrefix   = "xid_"
	ApplicationPrefix  = "apl_"
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Salt makes opaque ids from natural keys, so that no number or address stands in a URL or a log. It is made once for a store and kept in its meta document.
type Salt []byte

// ID is prefix and 120 bits of HMAC-SHA256(salt, natural key). The parts of the key are separated by a byte that none of them holds, so that "a"+"bc" is not "ab"+"c".
func (s Salt) ID(prefix string, key ...string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(prefix + "\x00" + strings.Join(key, "\x00")))
	return prefix + idEncoding.EncodeToString(mac.Sum(nil)[:15])
}
