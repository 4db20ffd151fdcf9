// An adapter for rolloutspec: one JSON message a line on stdin, one reply a line on stdout.
// Print nothing else to stdout; stderr is free for what you want to say to yourself.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

type message struct{ ID, Op, In, Out string }

type reply map[string]any

// rejected says that the bundle breaks a rule; Code says which, such as trace.duplicate_thread_start.
// Line is that of trace.jsonl, 0 if it is about another file.
type rejected struct {
	Code, Reason string
	Line         int
}

func (fault rejected) Error() string { return fault.Reason }

// errUnsupported stands for something that this adapter does not do.
var errUnsupported = errors.New("not done yet")

// hello says who you are. A profile is a promise: add "trace-reader" once all of it is done.
func hello() reply {
	about := map[string]string{"name": "my-reader", "version": "0.1.0", "language": "go"}
	return reply{"rcp": 1, "implementation": about, "profiles": []string{}, "capabilities": []string{}}
}

// traceReduce turns the bundle in the folder into the text of its state.
func traceReduce(folder string) ([]byte, error) {
	// GO ON HERE: read manifest.json and trace.jsonl of the folder, call your reader, return the JSON
	// of the state; return rejected{code, why, line} for a bundle that breaks a rule and errUnsupported
	// for one that uses what you do not do yet. The rules are in spec/trace/.
	// Beware: encoding/json rounds numbers in an `any` to float64 and hides keys that are given twice.
	return nil, errUnsupported
}

func answer(asked message) (told reply) {
	defer func() {
		if bug := recover(); bug != nil {
			told = reply{"outcome": "error", "message": fmt.Sprint(bug), "traceback": string(debug.Stack())}
		}
	}()
	if asked.Op == "hello" {
		return hello()
	}
	if asked.Op != "trace.reduce" {
		return reply{"outcome": "unsupported", "capability": asked.Op}
	}
	state, err := traceReduce(asked.In)
	if err == nil {
		err = os.WriteFile(filepath.Join(asked.Out, "state.json"), state, 0o644)
	}
	var fault rejected
	switch {
	case err == nil:
		return reply{"outcome": "ok", "outputs": []string{"state.json"}}
	case errors.Is(err, errUnsupported):
		return reply{"outcome": "unsupported", "capability": "trace.reduce", "message": err.Error()}
	case errors.As(err, &fault):
		told = reply{"outcome": "rejected", "code": fault.Code, "message": fault.Reason}
		if fault.Line > 0 {
			told["at"] = reply{"file": "trace.jsonl", "line": fault.Line}
		}
		return told
	default:
		return reply{"outcome": "error", "message": err.Error()}
	}
}

func main() {
	messages, replies := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked message
		if messages.Decode(&asked) != nil || asked.Op == "bye" {
			return
		}
		told := answer(asked)
		told["id"] = asked.ID
		if replies.Encode(told) != nil {
			return
		}
	}
}
