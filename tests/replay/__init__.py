"""Histories recorded from this and earlier versions, replayed by today's workflows."""
