#!/bin/sh
# An adapter for rolloutspec: one JSON message a line on stdin, one reply a line on stdout.
# Print nothing else to stdout; stderr is free for what you want to say to yourself.
#
# If your reader is a program that takes a folder, you may not need this file at all:
# `rolloutspec shim -- PROGRAM` makes an adapter of it.

# Who you are. A profile is a promise: add "trace-reader" once all of it is done.
hello='"rcp":1,"implementation":{"name":"my-reader","version":"0.1.0","language":"shell"},"profiles":[],"capabilities":[]'

# The text of a string member of a message, its escapes as they stand: enough for ids, operations and
# paths. Take jq for more.
member() {
    printf '%s\n' "$message" | sed -n 's/.*[{,] *"'"$1"'" *: *"\(\([^"\\]\|\\.\)*\)".*/\1/p'
}

# Turn the bundle in the folder $1 into the state, as JSON on stdout.
# Return 0 if that went well, 3 after printing "code message" for a bundle that breaks a rule,
# 4 for one that uses what you do not do yet, anything else for your own errors.
trace_reduce() {
    # GO ON HERE: call your reader with "$1/manifest.json" and "$1/trace.jsonl".
    # The rules are in spec/trace/, the codes of rejection too.
    return 4
}

reduce() {
    state=$(member out)/state.json
    trace_reduce "$(member in)" >"$state.part"
    case $? in
    0)
        mv "$state.part" "$state"
        echo '"outcome":"ok","outputs":["state.json"]'
        ;;
    3)
        read -r code reason <"$state.part"
        rm -f "$state.part"
        printf '"outcome":"rejected","code":"%s","message":"%s"' "$code" "$reason"
        ;;
    4)
        rm -f "$state.part"
        echo '"outcome":"unsupported","capability":"trace.reduce"'
        ;;
    *)
        rm -f "$state.part"
        echo '"outcome":"error","message":"the reader failed"'
        ;;
    esac
}

while IFS= read -r message; do
    op=$(member op)
    case $op in
    hello) reply=$hello ;;
    bye) exit 0 ;;
    trace.reduce) reply=$(reduce) ;;
    *) reply='"outcome":"unsupported","capability":"'"$op"'"' ;;
    esac
    printf '{"id":"%s",%s}\n' "$(member id)" "$reply"
done
