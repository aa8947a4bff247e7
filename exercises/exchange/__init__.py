"""Exchange: scenarios from and to the formats of other planners. What cannot be carried is listed, never lost."""
