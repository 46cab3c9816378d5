"""Cases and their snapshots, as files and as text; what pytest tells about them."""
