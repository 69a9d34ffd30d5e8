"""What holders tell in their own words, and what they attach to it."""
