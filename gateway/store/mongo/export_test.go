package mongo

// OpenMonitored is Open with an observer of every command.
var OpenMonitored = open
