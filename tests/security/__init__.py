"""What must hold against those who mean harm, wherever they try."""
