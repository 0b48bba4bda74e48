"""The configurator owns families of characteristics, the rules between them, and what comes of a set of choices.

It answers after each choice which values are still possible (each one it offers leads to a whole configuration), why
another is not and what would have to be given up for it, and which configuration a set of values is. It never decides
by the order in which choices came, never rounds what was entered, and never stores what a solver knows: a session is
its ordered choices.
"""
