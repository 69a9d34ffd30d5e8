"""What badges say of competencies: frameworks, the map, the journey, search."""
