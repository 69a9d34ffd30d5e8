"""What was acknowledged is there: asked from outside, of real servers that are killed and whose disks are full."""
