// Package greeting is the small thing that the demo's Go Test Runner tests.
package greeting

import "strings"

// Greet says hello to a name, or to the world when there is none.
func Greet(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "world"
	}
	return "Hello, " + name + "!"
}
