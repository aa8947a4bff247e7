"""Mail through a server of the operator's."""
