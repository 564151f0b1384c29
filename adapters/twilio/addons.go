package twilio

import (
	"encoding/json"
	"maps"
	"slices"

	"usher/gateway/contact"
)

// addOns are the results of the add-ons that are installed in Twilio's console, by the unique name given to them there. https://www.twilio.com/docs/add-ons/how-to-use
type addOns struct {
	Results map[string]struct {
		Result json.RawMessage `json:"result"`
	} `json:"results"`
}

// withAddOns adds what an add-on says of the caller's line: Carrier Information says mobile, landline or voip, and whose network. What is not of its form is somebody else's. The parameter is kept verbatim as well, for the other add-ons in it.
func withAddOns(c contact.Caller, text string) contact.Caller {
	var all addOns
	if json.Unmarshal([]byte(text), &all) != nil {
		return c
	}
	for _, name := range slices.Sorted(maps.Keys(all.Results)) {
		var info struct {
			Carrier struct{ Name, Type string } `json:"carrier"`
		}
		if json.Unmarshal(all.Results[name].Result, &info) == nil && info.Carrier.Type != "" && c.LineType == "" {
			c.CarrierName, c.LineType = info.Carrier.Name, info.Carrier.Type
		}
	}
	return c
}
