"""Graph to DOT text, to positions, to SVG; every step a pure function but the one that starts ``dot``."""
