"""What pricing does, by noun: answers and quotes, rows, taxes."""
