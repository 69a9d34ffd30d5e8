"""All that a recruiter can touch."""
