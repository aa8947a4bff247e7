"""Evidence as others get it: a bag with the originals and their custody, CASE/UCO, and timestamps from an authority."""
