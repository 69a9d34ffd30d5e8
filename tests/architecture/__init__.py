"""What holds of the whole project: its code, its words, its pages, its documents."""
