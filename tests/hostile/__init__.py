"""Files that strangers could send, and what becomes of each: a drawing or a word, and nothing else."""
