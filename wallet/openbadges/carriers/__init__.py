"""What badges travel in: PNG and SVG pictures, web pages, the addresses of platforms."""
