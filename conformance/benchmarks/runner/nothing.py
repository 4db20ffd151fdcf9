"""An adapter that does nothing: it rejects whatever it is given, as fast as it can say so."""

import sys

for line in sys.stdin:
    number = line.split('"', 4)[3]  # the id is the first field of a message
    if '"op":"bye"' in line:
        break
    if '"op":"hello"' in line:
        about = '{"name":"nothing","version":"1"},"profiles":["trace-reader"]'
        print(f'{{"id":"{number}","rcp":1,"implementation":{about}}}', flush=True)
    else:
        print(f'{{"id":"{number}","outcome":"rejected"}}', flush=True)
