package greeting

import "testing"

func TestGreetNamesThePerson(t *testing.T) {
	if got := Greet(" Ada "); got != "Hello, Ada!" {
		t.Fatalf("got %q", got)
	}
}

func TestGreetFallsBackToTheWorld(t *testing.T) {
	if got := Greet(""); got != "Hello, world!" {
		t.Fatalf("got %q", got)
	}
}
