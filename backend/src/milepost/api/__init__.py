"""The HTTP edge: who may call what, what is read from a request, and how an answer or a problem looks on the wire."""
