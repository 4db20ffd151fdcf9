"""Every order in which freezing, thawing and appending can meet, on a simulated disk that may lose power.

- `disk` is the disk and what each primitive operation does to it, `power` what is left when the power goes;
- `actor` runs the reference on it, one operation at a time, and can stop it between any two;
- `scenario` says who takes part and what the disk holds first; `laws` what must hold;
- `explore` goes through all orders, by the `moves` of each actor, without those that `reduction` leaves out;
- `planted` breaks the reference on purpose, to show that it would be seen.
"""
