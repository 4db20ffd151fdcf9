"""Changes of a rollout or a home after which a reader has to answer as before.

A *transformation* says the same in another way: other blanks, other times, another place.  It is data: a
name, a sentence, a change of what is given, and what becomes of the expected answer.  A *variant* is a case
of the corpus under a transformation, and a case itself: whatever judges cases judges variants.
"""
